"""What a build of the stand-in was: its result, its console, and every command that it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Command:
    """A shell script, or a command of the Docker plugin.

    Args:
        kind: ``sh``, ``docker run``, ``docker stop`` …
        stage: the stage that it was given in.
        script: of ``sh`` its text.
        argv: of the others their words.
        environment: of ``sh`` its variables.
        image: the image of the container that it ran in; None: on the node.
        folder: of ``sh`` where it ran.
    """

    kind: str
    stage: str | None
    script: str = ""
    argv: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    folder: str = ""


@dataclass(frozen=True)
class TestCase:
    """A test as the junit step read it."""

    __test__ = False
    stage: str
    name: str
    suite: str
    state: str
    text: str


@dataclass
class StageRun:
    """A stage: ``state`` is SUCCESS, SKIPPED, UNSTABLE, FAILURE or ABORTED."""

    title: str
    state: str = "SUCCESS"


@dataclass(frozen=True)
class Build:
    """A build that has ended.

    Args:
        steps: what was told to others or only noted (``mail``, ``slackSend``, ``milestone``).
        artifacts: the paths that were archived.
        faults: what Jenkins would fail or go wrong on later: objects that cannot be written down,
            plain code that calls CPS code, unknown parameters.
    """

    result: str
    console: str
    stages: Sequence[StageRun]
    commands: Sequence[Command]
    tests: Sequence[TestCase]
    steps: Sequence[tuple[str, Mapping[str, Any]]]
    artifacts: Sequence[str]
    credentials: Sequence[str]
    faults: Sequence[str]

    def stage(self, title: str) -> StageRun:
        """The only stage of that title."""
        (found,) = [stage for stage in self.stages if stage.title == title]
        return found

    def scripts(self, stage: str) -> list[str]:
        """The shell scripts of a stage."""
        return [c.script for c in self.commands if c.kind == "sh" and c.stage == stage]


def build(events: Sequence[Mapping[str, Any]]) -> Build:
    """A build from its events."""
    stages: dict[int, StageRun] = {}
    for event in _of(events, "stage"):
        if event["stage"] is not None:
            stage = stages.setdefault(event["stageId"], StageRun(event["stage"]))
            if event["state"] not in ("begins", "ends"):
                stage.state = event["state"]
    return Build(
        result=next(event["result"] for event in _of(events, "finished")),
        console="\n".join(event["text"] for event in _of(events, "line")) + "\n",
        stages=tuple(stages.values()),
        commands=tuple(_command(event) for event in _of(events, "command")),
        tests=tuple(
            TestCase(event["stage"], **case)
            for event in _of(events, "tests")
            for case in event["cases"]
        ),
        steps=tuple((event["name"], event["args"]) for event in _of(events, "step")),
        artifacts=tuple(path for event in _of(events, "artifacts") for path in event["paths"]),
        credentials=tuple(event["id"] for event in _of(events, "credentials")),
        faults=tuple(_fault(event) for event in events if event["event"] in _FAULTS),
    )


_FAULTS = {
    "not-serializable": "java.io.NotSerializableException: {type} at {step}",
    "mismatch": "CPS: {text}",
    "unknown-parameter": "{step} has no parameter {names}",
}


def _fault(event: Mapping[str, Any]) -> str:
    return _FAULTS[event["event"]].format(**event)


def _of(events: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [event for event in events if event["event"] == kind]


def _command(event: Mapping[str, Any]) -> Command:
    return Command(
        event["kind"],
        event["stage"],
        event.get("script", ""),
        tuple(event.get("argv", ())),
        event.get("environment", {}),
        event.get("image"),
        event.get("folder", ""),
    )
