"""``pipelinegen system``: a service whose dependency has a dependency of its own."""

from __future__ import annotations

import json
import shlex
import signal
import urllib.request
from typing import Any

import pytest

from tests.e2e.dependencies.project import PIPELINEGEN, Done, Project, until
from tests.e2e.dependencies.tearoom import serving
from tests.lab.docker.cli import docker, inspect

UNFIT = "FROM python:3.11-slim\nCOPY nothing-here /\n"


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def up(tearoom: Project, *options: str) -> dict[str, str]:
    """Bring it up.

    Returns:
        The variables that are printed.
    """
    done = tearoom.pipelinegen("system", "up", *options)
    assert done.returncode == 0, done.stderr
    return variables(done)


def variables(done: Done) -> dict[str, str]:
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def ids(tearoom: Project) -> dict[str, str]:
    """The container of each dependency."""
    found = [(inspect("container", each) or {}) for each in tearoom.containers()]
    return {each["Config"]["Labels"]["pipelinegen.dependency"]: each["Id"] for each in found}


def test_the_service_comes_up_with_its_dependencies_and_with_theirs(
    tearoom: Project, catalog: str
) -> None:
    # A version that is in the registry alone.
    ours = f"{catalog.rpartition(':')[0]}:{tearoom.mark}"
    tearoom.tags.append(ours)
    for command in (["pull", catalog], ["tag", catalog, ours], ["push", ours], ["rmi", ours]):
        docker(*command)
    text = (tearoom.folder / "pipeline.yaml").read_text()
    version = f"type: service, version: {tearoom.mark}"
    tearoom.write({"pipeline.yaml": text.replace("type: service", version)})
    done = tearoom.pipelinegen("system", "up")
    assert f"catalog: pulling {ours}\n" in done.stderr
    said = variables(done)
    volumes = tearoom.volumes()
    assert list(said) == ["CATALOG_URL", "SYSTEM_URL"]  # the catalog's cache is its own affair
    assert sorted(ids(tearoom)) == ["cache.catalog", "catalog", "tearoom"]
    assert get(said["SYSTEM_URL"]) == {"menu": ["Green tea"]}
    # What the catalog's own pipeline.yaml says, by its image's label.
    assert get(f"{said['CATALOG_URL']}/readyz") == {"greeting": 'it\'s "tea" & $more'}
    down = tearoom.pipelinegen("system", "down")
    assert (down.returncode, "tearoom" in down.stderr) == (0, True)
    assert tearoom.left() == {}
    assert [inspect("volume", each) for each in volumes] == [None] * len(volumes)
    again = tearoom.pipelinegen("system", "down")
    assert (again.returncode, again.stderr) == (0, "Nothing was up.\n")


def test_the_variables_are_printed_in_the_form_that_is_asked_for(tearoom: Project) -> None:
    file = tearoom.folder / "made for it" / "system.env"
    name = ["--name", tearoom.mark]
    assert up(tearoom, "--env-file", str(file), *name) == {}
    env = [*PIPELINEGEN, "system", "env", *name]
    plain = tearoom.run(*env)
    assert plain.stdout == file.read_text()
    assert json.loads(tearoom.run(*env, "--format", "json").stdout) == variables(plain)
    shell = shlex.join([*env, "--format", "shell"])
    done = tearoom.run("sh", "-c", f'eval "$({shell})"; echo "$SYSTEM_URL"')
    assert done.stdout.strip() == variables(plain)["SYSTEM_URL"]
    # For tests in a container on its network.
    inside = variables(tearoom.run(*env, "--inside"))
    assert inside == {"CATALOG_URL": "http://catalog:8000", "SYSTEM_URL": "http://tearoom:8000"}
    network = ["--network", f"pipelinegen-{tearoom.mark}", "--label", tearoom.label]
    ask = f"from urllib.request import urlopen; print(urlopen({inside['SYSTEM_URL']!r}).read())"
    box = ["docker", "run", "--rm", *network, "python:3.11-slim", "python", "-c", ask]
    assert "Green tea" in tearoom.run(*box).stdout
    tearoom.pipelinegen("system", "down", *name)
    assert tearoom.left() == {}


def test_when_nothing_is_up_there_are_no_variables(tearoom: Project) -> None:
    done = tearoom.pipelinegen("system", "env")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Nothing is up: `pipelinegen system up` brings it up." in done.stderr
    assert tearoom.left() == {}


def test_what_has_not_changed_stays_up_and_only_what_has_is_new(tearoom: Project) -> None:
    said, first = up(tearoom), ids(tearoom)
    assert up(tearoom) == said
    assert ids(tearoom) == first
    app = tearoom.folder / "app.py"
    app.write_text(app.read_text().replace('"menu"', '"card"'))
    said = up(tearoom)
    assert get(said["SYSTEM_URL"]) == {"card": ["Green tea"]}
    second = ids(tearoom)
    assert {name for name in first if first[name] != second[name]} == {"tearoom"}
    # What does not build takes nobody's place.
    tearoom.write({"Dockerfile": UNFIT})
    assert tearoom.pipelinegen("system", "up").returncode == 1
    assert ids(tearoom) == second


def test_when_its_time_is_over_it_is_swept(tearoom: Project) -> None:
    # Not less: somebody else may sweep while it is still coming up.
    up(tearoom, "--ttl", "6s")
    assert len(tearoom.containers()) == 3
    until(lambda: tearoom.pipelinegen("sweep").returncode == 0 and not tearoom.left())


def test_a_dependency_on_this_machine_is_reached_from_the_services_container(
    tearoom: Project,
) -> None:
    with serving({"/products/tea": {"name": "Water"}}) as port:
        url = f"http://localhost:{port}"
        said = up(tearoom, "--dependency-url", f"catalog={url}")
        assert said["CATALOG_URL"] == url
        assert get(said["SYSTEM_URL"]) == {"menu": ["Water"]}
        assert list(ids(tearoom)) == ["tearoom"]


def test_a_dockerfile_that_does_not_build_is_shown_and_nothing_is_left(tearoom: Project) -> None:
    tearoom.write({"Dockerfile": UNFIT})
    done = tearoom.pipelinegen("system", "up")
    assert done.returncode == 1
    assert "nothing-here" in done.stderr
    assert "the image of tearoom does not build: see above" in done.stderr
    assert "Traceback" not in done.stderr
    assert tearoom.left() == {}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_comes_up_nothing_is_left(tearoom: Project, how: signal.Signals) -> None:
    slow = tearoom.image('FROM python:3.11-slim\nCMD ["sleep", "600"]\n')
    command = [*PIPELINEGEN, "system", "up", "--dependency-image", f"catalog={slow}"]
    with tearoom.running(*command) as process:
        until(lambda: tearoom.containers("catalog") or process.poll() is not None)
        process.send_signal(how)
        assert process.wait(20) == 130
    assert "Traceback" not in tearoom.output
    assert tearoom.left() == {}


SYSTEM_TEST = """
import os, pathlib
def test_the_menu_is_what_the_catalog_has(system):
    pathlib.Path(f"{os.getpid()}.url").write_text(system.url)
    tea = system.dependency("catalog").get("/products/tea").json()
    assert system.get("/").json() == {"menu": [tea["name"]]}
"""


def test_the_fixture_brings_the_same_up_once_for_all_workers(tearoom: Project) -> None:
    tearoom.write({"test_one.py": SYSTEM_TEST, "test_two.py": SYSTEM_TEST})
    told = tearoom.pytest("-n", "2", "--dependency-report")
    assert " 2 passed in " in told
    urls = [file.read_text() for file in tearoom.folder.glob("*.url")]
    assert len(urls) == 2
    assert len(set(urls)) == 1
    assert "from a container of localhost:5000/shop/catalog:latest" in told
    assert tearoom.left() == {}
