"""The stages in order, each in its container, and what became of them.

They share one working tree, so they run one after the other, those that Jenkins runs in parallel
(each in a workspace of its own) too; of these all run even when one fails.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pipelinegen.config.loaded import Config
from pipelinegen.containers.build import Line
from pipelinegen.containers.daemon import Daemon, told
from pipelinegen.errors import Refused
from pipelinegen.run import container, junit
from pipelinegen.run.around import around
from pipelinegen.run.checkout import Checkout
from pipelinegen.run.images import BuildFailed, Images
from pipelinegen.run.screen import Screen, duration, now
from pipelinegen.run.work import Work

State = Literal["waiting", "running", "passed", "failed", "skipped"]
MOST_LINES = 10_000


@dataclass
class Result:
    """What became of a stage.

    Args:
        work: the stage.
        state: where it stands.
        reason: why it failed or was skipped, for people.
        seconds: how long it took, its image included.
        tests: what its reports say; None when there are none.
        lines: the end of its output.
    """

    work: Work
    state: State = "waiting"
    reason: str = ""
    seconds: float = 0
    tests: junit.Tally | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_LINES))


@dataclass(frozen=True)
class Run:
    """What is run, where and for which branch."""

    config: Config
    daemon: Daemon
    here: Checkout
    branch: str
    groups: Sequence[tuple[Work, ...]]


class Runner:
    """Runs the stages once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._images = Images(run.daemon, run.here)
        self._began = now()
        self.results = [Result(work) for group in run.groups for work in group]
        self._screen = Screen([result.work.name for result in self.results], self._state)

    def go(self) -> list[Result]:
        """Run them; a stage behind a failed one is skipped.

        Raises:
            KeyboardInterrupt: someone pressed Ctrl-C; what ran has been removed.
            OutsideError: Docker failed.
        """
        by_name = {result.work.name: result for result in self.results}
        broken = ""
        with told(), self._screen:
            if swept := container.sweep(self._run.daemon, self._run.here):
                self._screen.say(f"Removed {swept} left from a run that was killed.")
            for group in self._run.groups:
                here = [by_name[work.name] for work in group]
                for result in here:
                    if broken:
                        result.state, result.reason = "skipped", f"{broken} failed"
                    else:
                        self._stage(result)
                failed = [result.work.name for result in here if result.state == "failed"]
                broken = broken or (failed[0] if failed else "")
        return self.results

    def _stage(self, result: Result) -> None:
        began = now()
        result.state = "running"

        def line(text: str) -> None:
            result.lines.append(text)
            self._screen.line(result.work.name, text)

        try:
            result.reason = self._work(result, line)
            result.state = "failed" if result.reason else "passed"
        except BuildFailed as error:
            result.state, result.reason = "failed", str(error)
        except Refused as error:
            for text in str(error).splitlines():
                line(text)
            result.state, result.reason = "failed", str(error).splitlines()[0]
        except KeyboardInterrupt:
            result.state, result.reason = "failed", "interrupted"
            raise
        except Exception:  # told at the end of the run
            result.state, result.reason = "failed", "Docker failed"
            raise
        finally:
            result.seconds = now() - began
        how = f"{result.state}: {result.reason}" if result.reason else result.state
        self._screen.line(result.work.name, f"{how} in {duration(result.seconds)}", dim=True)

    def _work(self, result: Result, line: Line) -> str:
        """Build and run; returns why it failed, empty when it passed."""
        work, run = result.work, self._run
        image = self._images.build(work, line)
        if work.script is None:
            return ""
        directory = Path(run.here.root, work.directory)
        before = junit.written(directory, work.junit)
        with contextlib.ExitStack() as stack:
            if work.system:
                up = stack.enter_context(around(run.config, run.here, line))
                env = {**up.variables, **work.env}
                work = replace(work, network=up.network, env=env)
            box = stack.enter_context(
                container.started(run.daemon, run.here, work, image, run.branch)
            )
            code = container.execute(run.daemon, box, run.here, work, line)
        result.tests, wrong = junit.read(directory, work.junit, before)
        for text in wrong:
            line(text)
        if code is None:
            return f"stopped after {work.minutes:g} min"
        if code:
            return f"the command ended with {code}"
        # Jenkins calls such a build unstable, and skips the stages behind it all the same.
        if result.tests and result.tests.failed:
            return "the command ended with 0, but the reports tell of failed tests"
        return ""

    def _state(self) -> str:
        running = [result.work.name for result in self.results if result.state == "running"]
        counts = dict.fromkeys(("passed", "failed", "waiting"), 0)
        for result in self.results:
            if result.state in counts:
                counts[result.state] += 1
        if not running:
            return ""
        counted = [f"{count} {state}" for state, count in counts.items() if count]
        return " · ".join([", ".join(running), duration(now() - self._began), *counted])
