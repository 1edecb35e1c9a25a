"""From a plan to what is executed on this machine: pure, and the same commands as in Jenkins.

The step that Jenkins calls for each kind of work is named beside it; a test compares both.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipelinegen.plan.imagebuild import ImageBuild, deployed
from pipelinegen.plan.model import Agent, Plan, Sequence, Stage

# The shell that Jenkins' `sh` step starts for a script without a first line of its own.
# https://www.jenkins.io/doc/pipeline/steps/workflow-durable-task-step/#sh-shell-script
SHELL = ("sh", "-xe")


@dataclass(frozen=True)
class Work:
    """What one stage does here.

    Args:
        name: the stage's name.
        title: the stage's name for people.
        image: what is built for it.
        script: the command that runs in the container; None: the image itself is all.
        env: the variables that the step adds; ``{cache}`` stands for the caches' folder.
        directory: where the command runs, from the repository's top.
        docker: whether the container gets the Docker socket.
        junit: Ant patterns of the reports, from ``directory``; empty: there are none.
        minutes: when it is stopped.
        runs: whether the stage's ``when`` holds on the branch.
        repository: the name of the image that is made; only without a script.
        system: whether the service and its dependencies are up around it.
        network: the Docker network that its container is on; empty: Docker's own.
    """

    name: str
    title: str
    image: ImageBuild
    script: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    directory: str = "."
    docker: bool = False
    junit: tuple[str, ...] = ()
    minutes: float = 30
    runs: bool = True
    repository: str = ""
    system: bool = False
    network: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """A stage that only Jenkins runs.

    Args:
        reason: why, as the end of "… runs in Jenkins only: ".
    """

    name: str
    title: str
    reason: str


Group = tuple[Work | Elsewhere, ...]

_ELSEWHERE = {
    "systemUp": "`system` itself brings its containers up here",
    "temporaryUp": "it deploys a temporary release to the test account",
    "deployWave": "it deploys",
    "milestone": "a person approves",
}


def work(plan: Plan, branch: str) -> list[Group]:
    """What is done here, in order; the members of a group do not need each other.

    Args:
        plan: the service's plan.
        branch: the branch whose stages run.
    """
    groups: list[Group] = []
    for node in plan.nodes:
        if isinstance(node, Stage):
            groups.append((_stage(node, branch),))
        elif isinstance(node, Sequence) and node.stages[0].step.call == "systemUp":
            groups += [(member,) for member in _with_system(node, branch)]
        elif isinstance(node, Sequence):
            reason = _ELSEWHERE[node.stages[0].step.call]
            members = tuple(_inside(stage, reason, branch) for stage in node.stages)
            groups += [(member,) for member in members]
        else:
            groups.append(tuple(_stage(stage, branch) for stage in node.stages))
    return groups


def _with_system(node: Sequence, branch: str) -> list[Work | Elsewhere]:
    """vars/systemUp.groovy and vars/systemDown.groovy: here around the tests themselves."""
    runs = node.when is None or node.when.holds(branch)
    found = [_stage(stage, branch) for stage in node.stages]
    return [
        replace(each, system=True, runs=each.runs and runs) if isinstance(each, Work) else each
        for each in found
    ]


def _inside(stage: Stage, reason: str, branch: str) -> Work | Elsewhere:
    """A stage of a sequence: it needs what the first of them does."""
    found = _stage(stage, branch)
    if isinstance(found, Elsewhere):
        return found
    return Elsewhere(stage.name, stage.title, f"it needs the stage before it, and {reason}")


def _stage(stage: Stage, branch: str) -> Work | Elsewhere:
    runs = stage.when is None or stage.when.holds(branch)
    minutes = stage.timeout_minutes or 30
    match stage.step.call:
        case "runTests":
            return _command(stage, runs, minutes)
        case "buildImage":
            return _image(stage, runs, minutes)
    return Elsewhere(stage.name, stage.title, _ELSEWHERE[stage.step.call])


def _command(stage: Stage, runs: bool, minutes: int) -> Work:
    """vars/runTests.groovy"""
    said = stage.step.arguments
    assert stage.agent is not None
    env = {**_map(said.get("caches")), **_map(said.get("env"))}
    junit = str(said.get("junit", ""))
    return Work(
        stage.name,
        stage.title,
        _agent(stage.agent),
        script=str(said["command"]),
        env=env,
        directory=str(said.get("dir", ".")),
        docker=stage.agent.docker,
        junit=tuple(pattern.strip() for pattern in junit.split(",") if pattern.strip()),
        minutes=minutes,
        runs=runs,
    )


def _image(stage: Stage, runs: bool, minutes: int) -> Work:
    """vars/buildImage.groovy"""
    said = stage.step.arguments
    build = deployed(said)
    return Work(
        stage.name,
        stage.title,
        build,
        directory=build.directory,
        minutes=minutes,
        runs=runs,
        repository=str(said["image"]),
    )


def _agent(agent: Agent) -> ImageBuild:
    """The ``docker build`` of ``agent { dockerfile { … } }``."""
    filename = posixpath.normpath(posixpath.join(agent.directory, agent.filename))
    return ImageBuild(agent.directory, filename, agent.target)


def _map(value: object) -> dict[str, str]:
    return dict(value) if isinstance(value, dict) else {}
