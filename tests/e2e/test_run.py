"""``pipelinegen run`` and ``shell`` with a real Docker: what a person at a laptop gets."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from pipelinegen.config.load import Loader
from pipelinegen.plan.build import build_plan
from pipelinegen.run.checkout import Checkout, checkout
from pipelinegen.run.container import OWNER
from pipelinegen.run.daemon import connect
from pipelinegen.run.runner import Result, Run, Runner
from pipelinegen.run.work import LABEL, Work, work
from tests.helpers import write_tree

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("docker_ready")]

DEADLINE = 120
PIPELINEGEN = [sys.executable, "-m", "pipelinegen"]
HEAD = "apiVersion: pipelinegen/v1\nservice: {name: echo, team: shop}\n"
DOCKERFILE = "FROM python:3.11-slim AS test\nENV FROM_IMAGE=yes\nFROM test AS runtime\n"
REPORT = (
    'mkdir -p reports && echo \'<testsuite><testcase classname="a" name="ok"/>'
    '<testcase classname="a" name="no"><failure message="assert 1 == 2"/></testcase></testsuite>\''
    " > reports/unit.xml"
)


@pytest.fixture(autouse=True)
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caches of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A repository in a path with a space."""
    folder = tmp_path / "my services" / "echo"
    write_tree(folder, {"Dockerfile": DOCKERFILE, ".dockerignore": "reports\n"})
    configure(folder, "echo hello")
    return folder


@pytest.fixture(autouse=True)
def no_images_are_left(service: Path) -> Iterator[None]:
    yield
    client = docker.from_env()
    build = here(service).build
    for image in client.images.list(filters={"label": f"{LABEL}={build}"}):
        client.api.remove_image(str(image.id), force=True, noprune=True)
    client.close()


def configure(folder: Path, command: str, more: str = "") -> None:
    quoted = "'" + command.replace("'", "''") + "'"
    body = f"{HEAD}build: {{agent: {{target: test}}, image: {{target: runtime}}}}\n{more}"
    (folder / "pipeline.yaml").write_text(f"{body}tests:\n  unit:\n    run: {quoted}\n")


def here(folder: Path) -> Checkout:
    return checkout(Loader().service(folder))


def pipelinegen(
    folder: Path, *arguments: str, told: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PIPELINEGEN, *arguments],
        cwd=folder,
        input=told,
        stdin=subprocess.DEVNULL if told is None else None,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )


def containers(folder: Path) -> list[str]:
    client = docker.from_env()
    try:
        label = f"{LABEL}={here(folder).build}"
        return [str(each.id) for each in client.containers.list(all=True, filters={"label": label})]
    finally:
        client.close()


def test_a_stage_runs_as_the_user_in_the_working_tree(service: Path) -> None:
    configure(service, 'pwd; id -u; id -g; echo "$FROM_IMAGE $CI $STAGE_NAME"; touch made')
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 0, done.stderr
    lines = [line.partition(" │ ")[2] for line in done.stderr.splitlines()]
    assert str(service) in lines
    assert "yes true Unit tests" in lines
    assert lines[lines.index("+ id -u") + 1] == str(os.getuid())
    assert lines[lines.index("+ id -g") + 1] == str(os.getgid())
    assert (service / "made").stat().st_uid == os.getuid()
    assert re.match(r"stage  state +time", done.stdout)
    assert containers(service) == []


def test_all_stages_run_and_the_image_is_the_deployed_one(service: Path) -> None:
    done = pipelinegen(service, "run")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(\w+) +passed", done.stdout, re.M) == ["unit", "image"]
    found = subprocess.run(["docker", "image", "inspect", "echo:local"], capture_output=True)
    assert found.returncode == 0


def test_a_failed_test_is_shown_and_the_rest_is_skipped(service: Path, tmp_path: Path) -> None:
    configure(service, f"{REPORT}; exit 3")
    report = tmp_path / "report.html"
    done = pipelinegen(service, "run", "--report", str(report))
    assert done.returncode == 1
    unit, image = done.stdout.splitlines()[1:3]
    assert re.fullmatch(r"unit +failed .* 2 +1 +0  the command ended with 3", unit)
    assert re.fullmatch(r"image +skipped +unit failed", image)
    assert "unit: a: no\n    assert 1 == 2" in done.stdout
    assert "assert 1 == 2" in report.read_text("utf-8")


def test_failed_tests_count_even_when_the_command_says_it_went_well(service: Path) -> None:
    configure(service, REPORT)
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 1
    assert "the reports tell of failed tests" in done.stdout


def test_an_image_that_does_not_build_says_why(service: Path) -> None:
    (service / "Dockerfile").write_text(f"{DOCKERFILE}RUN echo the reason >&2; exit 7\n")
    done = pipelinegen(service, "run", "image")
    assert done.returncode == 1
    assert "the reason" in done.stderr
    assert "docker build ended with" in done.stdout


def test_an_image_that_stages_share_is_tried_once(service: Path) -> None:
    (service / "Dockerfile").write_text(
        "FROM python:3.11-slim AS test\nRUN exit 7\nFROM test AS runtime\n"
    )
    configure(service, "true", more="lint: {run: 'true'}\n")
    done = pipelinegen(service, "run", "lint", "unit")
    assert re.search(r"^lint +failed .*docker build ended with", done.stdout, re.M)
    assert re.search(r"^unit +failed .*its image did not build, see lint$", done.stdout, re.M)


def test_an_entrypoint_that_ignores_its_command_is_explained(service: Path) -> None:
    (service / "Dockerfile").write_text('FROM python:3.11-slim AS test\nENTRYPOINT ["true"]\n'
                                        "FROM test AS runtime\n")  # fmt: skip
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 1
    assert "ENTRYPOINT must run the command that it is given" in done.stderr
    assert containers(service) == []


def running(service: Path, *arguments: str) -> subprocess.Popen[str]:
    """A run whose command waits to be stopped."""
    configure(service, "echo it runs; sleep 600")
    process = subprocess.Popen(
        [*PIPELINEGEN, "run", *arguments],
        cwd=service,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.rstrip().endswith("│ it runs"):
            return process
    raise AssertionError("it did not start")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_no_container(service: Path, how: signal.Signals) -> None:
    process = running(service, "unit")
    assert len(containers(service)) == 1
    process.send_signal(how)
    told, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert re.search(r"^unit +failed .* interrupted$", told, re.M)
    assert "Traceback" not in told
    assert containers(service) == []


def test_what_a_killed_run_left_is_removed_by_the_next(service: Path) -> None:
    process = running(service, "unit")
    process.kill()
    process.communicate(timeout=DEADLINE)
    assert len(containers(service)) == 1
    configure(service, "echo hello")
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 0
    assert "Removed 1 left from a run that was killed." in done.stderr
    assert containers(service) == []


def test_a_run_that_lives_keeps_its_container(service: Path) -> None:
    process = running(service, "unit")
    assert pipelinegen(service, "shell", "unit", told="true\n").returncode == 0
    assert len(containers(service)) == 1
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE)
    assert containers(service) == []


def test_a_shell_has_the_stages_variables(service: Path) -> None:
    done = pipelinegen(service, "shell", "unit", told='pwd; echo "$FROM_IMAGE $HOME"\n')
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(service), f"yes {here(service).beside}"]
    assert containers(service) == []


def test_a_shell_that_ends_badly_is_told_by_the_code(service: Path) -> None:
    assert pipelinegen(service, "shell", "unit", told="exit 9\n").returncode == 1


def test_watch_runs_again_when_a_file_changes(service: Path) -> None:
    configure(service, "cat text")
    (service / "text").write_text("first\n")
    process = subprocess.Popen(
        [*PIPELINEGEN, "run", "unit", "--watch"],
        cwd=service, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line.rstrip())
        if seen[-1].endswith("│ first"):
            (service / "text").write_text("second\n")
        if seen[-1].endswith("│ second"):
            break
    assert any(line.startswith("Changed: ") for line in seen)
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE) == 130
    process.stderr.close()


def one(service: Path, **changes: object) -> Result:
    """One stage, run in this process."""
    config = Loader().service(service)
    unit = work(build_plan(config), "main")[0][0]
    assert isinstance(unit, Work)
    with connect() as found:
        runner = Runner(Run(found, checkout(config), "main", [(replace(unit, **changes),)]))  # type: ignore[arg-type]
        (result,) = runner.go()
    return result


def test_a_stage_that_takes_too_long_is_stopped(service: Path) -> None:
    configure(service, "sleep 600")
    result = one(service, minutes=0.02)
    assert (result.state, result.reason) == ("failed", "stopped after 0.02 min")
    assert containers(service) == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("uid", [1000, 12345])
def test_any_user_will_do(service: Path, monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    configure(service, 'id -u; touch made "$HOME/made"; ! whoami')
    monkeypatch.setattr("pipelinegen.run.daemon.os.getuid", lambda: uid)
    monkeypatch.setattr("pipelinegen.run.daemon.os.getgid", lambda: uid)
    os.chown(service, uid, uid)
    os.chown(here(service).beside, uid, uid)
    result = one(service)
    assert result.state == "passed", list(result.lines)
    assert str(uid) in result.lines
    assert (service / "made").stat().st_uid == uid


def test_a_command_of_several_lines_and_odd_characters_arrives_whole(service: Path) -> None:
    configure(service, "true")
    script = "printf '%s\\n' \"a  'b'\" '$HOME' \\\n  '☃ \\'\necho done"
    result = one(service, script=script)
    assert list(result.lines)[-1] == "done"
    assert {"a  'b'", "$HOME", "☃ \\"} <= set(result.lines)


def test_a_script_may_name_its_own_interpreter(service: Path) -> None:
    result = one(service, script="#!/usr/bin/env python3\nprint(6 * 7)\n")
    assert list(result.lines) == ["42"]


def test_the_label_says_whose_a_container_is(service: Path) -> None:
    process = running(service, "unit")
    client = docker.from_env()
    (found,) = client.containers.list(filters={"label": OWNER})
    assert found.labels[LABEL] == here(service).build
    assert found.labels[OWNER] == str(process.pid)
    client.close()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE)
