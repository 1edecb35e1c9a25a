"""Wave after wave: each deployed, found ready, verified, or brought back to what it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from pipelinegen.config.loaded import Config, account_clusters
from pipelinegen.deploy import release
from pipelinegen.deploy.access import ClusterError, Stopped
from pipelinegen.deploy.back import pods_teller, restore
from pipelinegen.deploy.board import Board
from pipelinegen.deploy.changes import Changes, changes, same_version
from pipelinegen.deploy.lease import Lease, State, good, held, now
from pipelinegen.deploy.ready import NotReady, wait_ready
from pipelinegen.deploy.target import Image, Target
from pipelinegen.deploy.verify import NotGood, verify
from pipelinegen.deploy.why import why
from pipelinegen.errors import OUTSIDE, PipelinegenError

# A helm takes some 50 MB, and most of its time it waits.
AT_ONCE = 40
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class Outcome:
    """What became of one cluster.

    Args:
        cluster: its name.
        wave: the number of its wave.
        state: ``deployed``, ``unchanged``, ``failed``, ``rolled back``, ``removed`` (it had no
            release before) or ``untouched``.
        seconds: how long it took.
        revision: the release's revision now.
        why: what went wrong.
        outside: whether the cluster did not answer.
    """

    cluster: str
    wave: int
    state: str = "untouched"
    seconds: float = 0.0
    revision: int = 0
    why: str = ""
    outside: bool = False


@dataclass
class Work:
    """One cluster while its wave is deployed."""

    target: Target
    lease: Lease
    outcome: Outcome
    before: int = 0
    touched: bool = False
    began: float = field(default_factory=time.monotonic)


class Rollout:
    """The deployment of one image to the clusters of one account.

    Args:
        config: the service.
        image: what is deployed.
        build: who deploys it, for others and for the releases' history.
        board: what is printed.
        preview: what was found to change, by cluster.
    """

    def __init__(
        self, config: Config, image: Image, build: str, board: Board, preview: dict[str, Changes]
    ) -> None:
        self._config = config
        self._image = image
        self._build = build
        self._board = board
        self._preview = preview
        self._minutes = config.model.deploy.ready_minutes

    def run(
        self,
        waves: Sequence[tuple[int, list[Target]]],
        earlier: Iterable[Target],
        outcomes: dict[str, Outcome],
    ) -> bool:
        """Deploy wave after wave until one fails.

        Args:
            waves: their numbers and clusters.
            earlier: clusters of waves before them, which go back as well when one fails.
            outcomes: gets what became of each cluster, as soon as that is known.

        Returns:
            Whether all is deployed.
        """
        done = list(earlier)
        for number, targets in waves:
            self._board.say(f"Wave {number}: {', '.join(target.name for target in targets)}")
            for target in targets:
                outcomes[target.name] = Outcome(target.name, number)
            if not self._wave(targets, outcomes):
                self._take_back(done, outcomes)
                return False
            if self._config.model.deploy.production.rollback == "all":
                done = [*done, *targets]
        return True

    def _wave(self, targets: list[Target], outcomes: dict[str, Outcome]) -> bool:
        """All leases of the wave are held before any of its clusters is touched."""
        works: list[Work] = []
        try:
            each(targets, partial(self._acquire, works, outcomes))
            if len(works) < len(targets):
                return False
            self._steps(works)
        finally:
            each(works, _release)
            self._board.forget()
        return all(work.outcome.state in ("deployed", "unchanged") for work in works)

    def _acquire(self, works: list[Work], outcomes: dict[str, Outcome], target: Target) -> None:
        lease, outcome = Lease(target, self._build), outcomes[target.name]
        try:
            lease.acquire(self._board.teller(target.name))
        except PipelinegenError as error:
            outcome.state, outcome.why = "failed", str(error)
            outcome.outside = isinstance(error, ClusterError)
            self._board.tell(target.name, f"failed: {error}", done=True)
        else:
            works.append(Work(target, lease, outcome))

    def _steps(self, works: list[Work]) -> None:
        for step in (self._deploy, self._verify, self._keep):
            each(works, partial(self._guarded, step))
            if any(work.outcome.state == "failed" for work in works):
                self._explain(works)
                self._board.say("The wave has failed: it goes back")
                each(works, self._back)
                break
        for work in works:
            work.outcome.seconds = round(time.monotonic() - work.began, 1)

    def _guarded(self, step: Callable[[Work], None], work: Work) -> None:
        """A step, whose failure is this cluster's alone."""
        if work.outcome.state == "unchanged":
            return
        try:
            work.lease.check()
            step(work)
        except ClusterError as error:
            self._failed(work, error.said, outside=error.gone)
        except (NotReady, NotGood) as error:
            self._failed(work, str(error))
        except PipelinegenError as error:
            self._failed(work, str(error), outside=error.exit_code == OUTSIDE)

    def _failed(self, work: Work, said: str, *, outside: bool = False) -> None:
        work.outcome.state, work.outcome.why, work.outcome.outside = "failed", said, outside
        self._board.tell(work.target.name, "failed", done=True)

    def _deploy(self, work: Work) -> None:
        target, tell = work.target, self._board.teller(work.target.name)
        tell("reading")
        found = release.history(target)
        work.before = good(work.lease.state, found)
        if done := release.recover(target, found, work.before):
            tell(done)
            found = release.history(target)
            work.before = good(work.lease.state, found)
        current = found[-1] if found else None
        seen = self._preview[target.name]
        if current and current.number != seen.revision:
            seen = changes(target, self._image, release.current(target))
        same = current is not None and current.status == "deployed" and not seen.objects
        if not same or seen.runs.digest != self._image.digest:
            tell("upgrading" if found else "installing")
            work.touched = True
            work.outcome.revision = release.upgrade(
                target, same_version(self._image, seen.runs), self._build
            )
        elif current and work.lease.state.revision == current.number:
            wait_ready(target, self._minutes, pods_teller(tell))
            work.outcome.state, work.outcome.revision = "unchanged", current.number
            self._board.tell(target.name, "unchanged", done=True)
            return
        else:
            # What an earlier run left unverified goes back when it fails now.
            assert current is not None
            work.touched, work.outcome.revision = True, current.number
        wait_ready(target, self._minutes, pods_teller(tell))

    def _verify(self, work: Work) -> None:
        site = work.target.site
        cluster = account_clusters(self._config.platform.model.accounts, site.account)[site.name]
        tell = self._board.teller(site.name)
        verify(work.target, self._config.model.deploy.verify, cluster, self._config.root, tell)

    def _keep(self, work: Work) -> None:
        current = work.outcome.revision
        runs = self._preview[work.target.name].runs
        version = same_version(self._image, runs).version
        before = work.before if work.before != current else work.lease.state.before
        work.lease.keep(State(current, self._image.digest, version, before, self._build, now()))
        work.outcome.state = "deployed"
        self._board.tell(work.target.name, "deployed", done=True)

    def _explain(self, works: list[Work]) -> None:
        """While the failed pods are still there."""
        for work in works:
            if work.outcome.state == "failed":
                if not work.outcome.outside and (said := why(work.target)):
                    work.outcome.why += "\n" + said
                self._board.say(f"{work.target.name}: {work.outcome.why}")

    def _back(self, work: Work) -> None:
        """A cluster of the wave that failed."""
        failed = work.outcome.state == "failed"
        if not work.touched:
            work.outcome.state = "failed" if failed else "unchanged"
            return
        went = self._restore(work.target, work.lease, work.before, work.outcome)
        work.outcome.state = went or "failed"

    def _restore(self, target: Target, lease: Lease, before: int, outcome: Outcome) -> str:
        """Bring a release back to a revision; what became of it, or nothing when it failed."""
        try:
            tell = self._board.teller(target.name)
            outcome.revision = restore(target, lease, before, self._minutes, tell)
        except (PipelinegenError, NotReady) as error:
            said = f"it could not go back to revision {before}: {error}"
            outcome.why = "\n".join(filter(None, [outcome.why, said]))
            self._board.say(f"{target.name}: {said}")
            self._board.tell(target.name, "failed, and not brought back", done=True)
            return ""
        if not before:
            self._board.tell(target.name, "removed: there was no release before", done=True)
            return "removed"
        self._board.tell(target.name, f"rolled back to revision {before}", done=True)
        return "rolled back"

    def _take_back(self, earlier: list[Target], outcomes: dict[str, Outcome]) -> None:
        """The clusters of the waves before, where this build has deployed."""

        def back(target: Target) -> None:
            outcome = outcomes.setdefault(target.name, Outcome(target.name, 0))
            began = time.monotonic()
            try:
                with held(target, self._build, self._board.teller(target.name)) as lease:
                    state = lease.state
                    if state.build == self._build and state.image == self._image.digest:
                        went = self._restore(target, lease, state.before, outcome)
                        outcome.state = went or "failed"
            except PipelinegenError as error:
                outcome.state, outcome.why = "failed", f"it could not go back: {error}"
            outcome.seconds = round(time.monotonic() - began, 1)

        if earlier:
            self._board.say("The waves before go back as well")
            each(earlier, back)
            self._board.forget()


def _release(work: Work) -> None:
    work.lease.release()


def each(items: Sequence[T], do: Callable[[T], R]) -> list[R]:
    """Do it for all of them at once.

    Raises:
        KeyboardInterrupt: we were told to end; all have ended.
    """
    with ThreadPoolExecutor(max_workers=min(max(len(items), 1), AT_ONCE)) as pool:
        futures = [pool.submit(do, item) for item in items]
        try:
            return [future.result() for future in futures]
        except Stopped:
            raise KeyboardInterrupt from None
