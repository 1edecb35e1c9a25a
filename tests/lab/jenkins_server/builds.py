"""The queue and the builds. Nothing is executed: a test says what a build comes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.lab.jenkins_server.beans import Bean

if TYPE_CHECKING:
    from tests.lab.jenkins_server.model import Job

RUN = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
# hudson.model.Result to the colour of the job: hudson.model.BallColor.
COLOURS = {"SUCCESS": "blue", "UNSTABLE": "yellow", "FAILURE": "red", "ABORTED": "aborted"}


@dataclass(frozen=True)
class Outcome:
    """What a build comes to: its result and what stands in its console between start and end."""

    result: str = "SUCCESS"
    console: str = ""


@dataclass(eq=False)
class Build(Bean):
    """hudson.model.Run"""

    job: Job
    number: int
    queue_id: int
    outcome: Outcome
    cause: str
    parameters: dict[str, str]
    started: float
    duration: float
    result: str | None = None

    @property
    def java_class(self) -> str:  # type: ignore[override]
        return RUN if "Workflow" in self.job.java_class else "hudson.model.FreeStyleBuild"

    @property
    def building(self) -> bool:
        return self.result is None

    @property
    def path(self) -> str:
        return f"{self.job.path}{self.number}/"

    @property
    def console(self) -> str:
        """What was written so far."""
        text = f"{self.cause}\n{self.outcome.console}"
        text += "" if text.endswith("\n") else "\n"
        return text if self.building else f"{text}Finished: {self.result}\n"


@dataclass(eq=False)
class Queued(Bean):
    """hudson.model.Queue.Item"""

    number: int
    job: Job
    cause: str
    parameters: dict[str, str]
    since: float
    cancelled: bool = False
    build: Build | None = None

    @property
    def java_class(self) -> str:  # type: ignore[override]
        return f"hudson.model.Queue${'LeftItem' if self.left else 'WaitingItem'}"

    @property
    def left(self) -> bool:
        return self.cancelled or self.build is not None

    @property
    def path(self) -> str:
        return f"queue/item/{self.number}/"


def succeed(job: Job, parameters: dict[str, str]) -> Outcome:
    return Outcome()


@dataclass
class Executors(Bean):
    """Moves builds from the queue to their end as time goes by.

    It looks at the clock when it is asked, so that nothing runs in the background.
    """

    java_class = "hudson.model.Queue"

    waits: float = 0.05
    """Seconds in the queue; a real one has a quiet period and takes a moment in any case."""
    runs: float = 0.05
    """Seconds that a build takes."""
    held: bool = False
    """Nothing leaves the queue and no build ends until a test says so."""
    outcome: Callable[[Job, dict[str, str]], Outcome] = succeed
    queue: dict[int, Queued] = field(default_factory=dict)
    """All that ever waited, by their numbers."""
    last_id: int = 0
    running: list[Build] = field(default_factory=list)
    waiting: list[Queued] = field(default_factory=list)

    def schedule(self, job: Job, cause: str, parameters: dict[str, str]) -> Queued:
        """One that waits with the same parameters takes this one in: hudson.model.Queue."""
        for queued in self.waiting:
            if queued.job is job and queued.parameters == parameters:
                return queued
        self.last_id += 1
        queued = Queued(self.last_id, job, cause, parameters, time.time())
        self.queue[queued.number] = queued
        self.waiting.append(queued)
        return queued

    def cancel(self, queued: Queued) -> None:
        if queued in self.waiting:
            self.waiting.remove(queued)
            queued.cancelled = True

    def tick(self, quiet: bool = False) -> None:
        """Does what is due by now."""
        if self.held or not (self.waiting or self.running):
            return
        if not quiet:
            now = time.time()
            for queued in [one for one in self.waiting if one.since + self.waits <= now]:
                self.start(queued)
        now = time.time()
        for build in [one for one in self.running if one.started + self.runs <= now]:
            self.finish(build)

    def run_all(self) -> None:
        """Every build that waits or runs comes to its end now."""
        for queued in list(self.waiting):
            self.start(queued)
        for build in list(self.running):
            self.finish(build)

    def start(self, queued: Queued) -> Build:
        self.waiting.remove(queued)
        job = queued.job
        build = Build(
            job,
            job.next_number,
            queued.number,
            self.outcome(job, queued.parameters),
            queued.cause,
            queued.parameters,
            time.time(),
            0,
        )
        job.next_number += 1
        job.builds.append(build)
        queued.build = build
        self.running.append(build)
        return build

    def finish(self, build: Build, result: str | None = None) -> None:
        self.running.remove(build)
        build.duration = time.time() - build.started
        build.result = result or build.outcome.result

    def forget(self, job: Job) -> None:
        """The job is gone, and with it what waits and runs."""
        for queued in [one for one in self.waiting if one.job is job]:
            self.cancel(queued)
        self.running = [build for build in self.running if build.job is not job]


def colour(job: Job) -> str:
    """The `color` of a job: hudson.model.Job.getIconColor."""
    if job.disabled or job.dead:
        # Of a job that was copied and not saved too, once isBuildable says no for it.
        base = "disabled"
    else:
        done = [build.result for build in job.builds if build.result]
        base = COLOURS.get(done[-1] or "", "notbuilt") if done else "notbuilt"
    return base + ("_anime" if job.builds and job.builds[-1].building else "")
