"""``pipelinegen run`` does what Jenkins does: the same commands in the same images."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.containers.daemon import Daemon, connect
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.model import BUILD_LABEL as LABEL
from pipelinegen.run import container
from pipelinegen.run.checkout import Checkout, checkout
from pipelinegen.run.work import Work, work
from tests.e2e.conftest import Clone, Start
from tests.e2e.test_pipelines import SERVICES, assert_green
from tests.lab.jenkins import Build, Command

# What differs by its nature, and what stands for it here.
PLACES = ("WORKSPACE", "BESIDE", "BUILD")


@dataclass(frozen=True)
class Done:
    """What a stage did, without the names of the place where it was done."""

    build: tuple[str, ...]
    script: str
    user: str
    mounts: frozenset[str]
    groups: tuple[str, ...]
    working: str
    environment: Mapping[str, str]


def neutral(text: str, places: Mapping[str, str]) -> str:
    """The text with the place's own names replaced; longer ones first, as one is in another."""
    for name, place in sorted(places.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(place, name)
    return text


def docker_build(command: list[str], places: Mapping[str, str]) -> tuple[str, ...]:
    """A ``docker build`` without its tag."""
    at = command.index("-t")
    return tuple(neutral(word, places) for word in [*command[:at], *command[at + 2 :]])


def of_jenkins(build: Build, stage: str, names: set[str]) -> Done:
    """What the stand-in for Jenkins did in a stage; of the variables those of these names."""
    mine = [command for command in build.commands if command.stage == stage]
    (test,) = [c for c in mine if c.kind == "sh" and c.image]
    (start,) = [c for c in mine if c.kind == "docker run"]
    places = {
        "WORKSPACE": test.environment["WORKSPACE"],
        "BESIDE": test.environment["WORKSPACE_TMP"],
        "BUILD": test.environment["PIPELINEGEN_BUILD"],
    }
    return Done(
        docker_build(shlex.split(_built(mine)), places),
        test.script,
        _option(start, "-u")[0],
        frozenset(neutral(each, places) for each in _option(start, "-v")),
        tuple(_option(start, "--group-add")),
        neutral(_option(start, "-w")[0], places),
        {name: neutral(test.environment[name], places) for name in names},
    )


def _built(commands: list[Command]) -> str:
    (script,) = [c.script for c in commands if c.script.startswith("docker build")]
    return script


def _option(command: Command, name: str) -> list[str]:
    words = command.argv
    return [words[i + 1] for i, word in enumerate(words) if word == name]


def of_run(daemon: Daemon, here: Checkout, stage: Work, branch: str) -> Done:
    """What ``pipelinegen run`` does in it."""
    assert stage.script is not None
    places = dict(zip(PLACES, map(str, (here.root, here.beside, here.build)), strict=True))
    how = container.options(daemon, here, stage, branch)
    variables = how["environment"] | container.step_environment(here, stage)
    return Done(
        docker_build(stage.image.command("tag", here.build), places),
        stage.script,
        how["user"],
        frozenset(neutral(each, places) for each in how["volumes"]),
        tuple(how["group_add"]),
        neutral(how["working_dir"], places),
        {name: neutral(value, places) for name, value in variables.items()},
    )


@pytest.mark.parametrize("service", [*SERVICES, "sample-service"])
def test_each_stage_is_the_same_there_and_here(
    jenkins: Start, clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repository = clone(service)
    until = "System tests beside what is deployed" if service == "sample-service" else None
    build = jenkins().run(repository, until=until)
    assert_green(build)
    config = Loader().service(repository)
    ran = {command.stage for command in build.commands}
    with connect() as daemon:
        for group in work(build_plan(config), "main"):
            for stage in group:
                if not isinstance(stage, Work) or stage.title not in ran:
                    continue
                if stage.script is None:
                    check_image(build, stage)
                    continue
                here = of_run(daemon, checkout(config), stage, "main")
                there = of_jenkins(build, stage.title, set(here.environment))
                assert here == there


def check_image(build: Build, stage: Work) -> None:
    """The image that is deployed is built by another script there: its words are the same."""
    (script,) = [
        s for s in build.scripts(stage.title) if "docker build -t" in s and "$REPOSITORY" in s
    ]
    (command,) = [c for c in build.commands if c.script == script]
    values = command.environment
    assert values["REPOSITORY"] == stage.repository
    assert values["TARGET"] == (stage.image.target or "")
    assert Path(stage.directory, values["DECLARATION"]) == Path(stage.image.declaration)
    assert Path(stage.directory, values["DOCKERFILE"]) == Path(stage.image.filename)
    words = shlex.split(script.replace("\\\n", " "))
    assert words == [
        *("docker", "build", "-t", "$REPOSITORY:$PIPELINEGEN_BUILD"),
        *("${TARGET:+--target", "$TARGET}"),
        *("--label", f"{LABEL}=$PIPELINEGEN_BUILD"),
        *("${DECLARATION:+--label", "pipelinegen.about=$(cat $DECLARATION)}"),
        *("-f", "$DOCKERFILE", "."),
    ]
