"""The changes made on the server: many at once, each so that it can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from pipelinegen.errors import PipelinegenError, Refused
from pipelinegen.jenkins import live
from pipelinegen.jenkins.answers import NotThere, ServerError
from pipelinegen.jenkins.changes import CHANGE, CREATE, DELETE, DISABLE, MOVE, Change, in_order
from pipelinegen.jenkins.client import Connections, Server
from pipelinegen.render.jobs import Rendered, is_pruned, marked_pruned, marker
from pipelinegen.render.jobxml import Facts, NotXml, facts, holds_more, merged, pruned

# Somebody else may be doing the same at the same time.
_TRIES = 4


@dataclass(frozen=True)
class Done:
    """What became of a change.

    Args:
        change: what was to be done.
        error: why it was not; None when it was.
    """

    change: Change
    error: PipelinegenError | None = None


@dataclass
class Run:
    """All changes on the way.

    Args:
        connections: the server.
        at_once: how many at the same time.
        tell: called for each change that is done or has failed.
    """

    connections: Connections
    at_once: int
    tell: Callable[[Done], None]
    done: list[Done] = field(default_factory=list)

    def run(self, changes: Iterable[Change]) -> list[Done]:
        """Make the changes; what is not in the answer was not begun.

        Raises:
            KeyboardInterrupt: somebody stopped it; what was under way is done.
        """
        with ThreadPoolExecutor(self.at_once) as pool:
            for group in in_order(changes):
                self._group(pool, group)
                if self.connections.stopped.is_set():
                    break
        return self.done

    def _group(self, pool: ThreadPoolExecutor, group: list[Change]) -> None:
        waiting = {pool.submit(self._one, change) for change in group}
        try:
            while waiting:
                ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
                self._collect(waiting, ready)
        except KeyboardInterrupt:
            self.connections.stopped.set()
            ready, _ = wait(waiting)
            self._collect(waiting, ready)
            raise

    def _collect(
        self, waiting: set[Future[Done | None]], ready: Iterable[Future[Done | None]]
    ) -> None:
        for future in ready:
            if (done := future.result()) is not None:
                self.done.append(done)
            # Before it is told, where somebody may interrupt: it must not be lost, nor come twice.
            waiting.discard(future)
            if done is not None:
                self.tell(done)
                self._look(done)

    def _look(self, done: Done) -> None:
        """Whether it makes sense to go on: nobody wants a thousand times the same refusal."""
        error = done.error
        if not isinstance(error, ServerError):
            return
        none_yet = all(one.error is not None for one in self.done)
        if error.hopeless or (error.status == 403 and none_yet and len(self.done) >= self.at_once):
            self.connections.stopped.set()

    def _one(self, change: Change) -> Done | None:
        if self.connections.stopped.is_set():
            return None
        try:
            _DO[change.what](self.connections.server, change)
        except PipelinegenError as error:
            return Done(change, error)
        return Done(change)


def _create(server: Server, change: Change) -> None:
    wanted = change.wanted
    assert wanted is not None
    item = wanted.item
    for number in range(1, _TRIES + 1):
        try:
            server.create(item.path, wanted.xml)
            return
        except NotThere:
            raise Refused(
                f"{item.path}: its folder `{item.folder}` is not there\n      = run it again"
            ) from None
        except ServerError as error:
            # It may have been carried out, or somebody else was faster.
            if not (error.unknown or error.status == 400) or number == _TRIES:
                raise _with_plugins(error, wanted) from None
            if _settled(server, wanted, error):
                return


def _settled(server: Server, wanted: Rendered, error: ServerError) -> bool:
    """Whether the item is there after all, as it should be."""
    try:
        there = live.one(server, wanted.item.path)
    except NotThere:
        if not error.unknown:
            raise error from None
        return False
    if there.marker is None:
        raise Refused(f"{wanted.item.path}: somebody else has made {there.kind} of that name")
    if there.marker.state != wanted.digest:
        _push(server, wanted)
    return True


def _change(server: Server, change: Change) -> None:
    assert change.wanted is not None
    _push(server, change.wanted)


def _push(server: Server, wanted: Rendered) -> None:
    """The document over that of the server, of which it keeps what is not ours."""
    path = wanted.item.path
    text = server.get_job_config(path)
    _check_ours(path, text)
    try:
        server.reconfig_job(path, merged(wanted.xml, text))
    except ServerError as error:
        raise _with_plugins(error, wanted) from None


def _check_ours(path: str, text: str) -> Facts:
    """What an item is right now, ahead of what cannot be taken back."""
    try:
        found = facts(text)
    except NotXml:
        raise Refused(f"{path}: its configuration cannot be read as XML: mend it by hand") from None
    said = marker(found.description)
    if said is None or said.name != path.rpartition("/")[2]:
        raise Refused(f"{path}: its marker is gone, so it is somebody else's now")
    return found


def _with_plugins(error: ServerError, wanted: Rendered) -> ServerError:
    """Jenkins tells a missing class only in its log: say which plugins the document needs."""
    if error.status != 500:
        return error
    from pipelinegen.jenkins.plugins import needed

    names = ", ".join(sorted(needed(wanted.item)))
    return ServerError(f"{error}\n      = most often a plugin is missing; it needs {names}", 500)


def _move(server: Server, change: Change) -> None:
    assert change.wanted is not None and change.live is not None
    old, new = change.live.path, change.wanted.item.path
    if _is_ours(server, old) and not _is_ours(server, new):
        folder = change.wanted.item.folder
        try:
            server.post(server.address(old, "move/move"), destination=f"/{folder}")
        except ServerError as error:
            if not error.unknown:
                raise
        # A move that cannot be is answered as one that was done.
        if not _is_ours(server, new):
            raise Refused(
                f"{old}: Jenkins did not move it to `{folder}`\n"
                f"      = check that `{server.access.user}` may move it (Job/Move) and create in "
                "there (Job/Create), then run it again"
            )
    _push(server, change.wanted)


def _is_ours(server: Server, path: str) -> bool:
    try:
        return live.one(server, path).marker is not None
    except NotThere:
        return False


def _disable(server: Server, change: Change) -> None:
    assert change.live is not None
    path = change.live.path
    try:
        text = server.get_job_config(path)
        found = _check_ours(path, text)
        description = marked_pruned(found.description, change.live.name)
        server.reconfig_job(path, pruned(text, description))
    except NotThere:
        return  # somebody else was faster


def _delete(server: Server, change: Change) -> None:
    assert change.live is not None
    path = change.live.path
    try:
        text = server.get_job_config(path)
        found = _check_ours(path, text)
        if found.folder:
            _check_empty(server, path, text)
        elif not found.disabled or not is_pruned(found.description):
            raise Refused(f"{path}: somebody uses it again, so it is not deleted")
        server.post(server.address(path, "doDelete"))
    except NotThere:
        return  # somebody else was faster


def _check_empty(server: Server, path: str, text: str) -> None:
    if live.children(server, path):
        raise Refused(f"{path}: it is not empty, so it is not deleted")
    if holds_more(text):
        raise Refused(f"{path}: it holds credentials, permissions or the like: delete it by hand")


_DO: dict[str, Callable[[Server, Change], None]] = {
    CREATE: _create,
    CHANGE: _change,
    MOVE: _move,
    DISABLE: _disable,
    DELETE: _delete,
}
