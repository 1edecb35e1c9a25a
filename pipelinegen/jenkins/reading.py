"""From what is declared to what has to be done: the server read, many configurations at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from pipelinegen.jenkins import live
from pipelinegen.jenkins.answers import NotThere, ServerError
from pipelinegen.jenkins.changes import CHANGE, CREATE, MOVE, Change, Changes, compare
from pipelinegen.jenkins.client import Connections
from pipelinegen.plan.jobs import Item
from pipelinegen.render.jobs import Rendered, rendered
from pipelinegen.render.jobxml import Difference, NotXml, differences

A = TypeVar("A")
B = TypeVar("B")
AT_ONCE = 8


def find(
    connections: Connections,
    items: Sequence[Item],
    *,
    prune: bool = False,
    delete: bool = False,
    deep: bool = False,
    at_once: int = AT_ONCE,
) -> Changes:
    """What has to be done on the server.

    One request tells everything but the configurations. These are read of the items that are seen
    to differ; with ``deep`` of all, since what a person changed by hand shows nowhere else.

    Args:
        connections: the server.
        items: what is declared.
        prune: whether ours that is declared no more is disabled.
        delete: whether such that was disabled by an earlier run is deleted.
        deep: whether all configurations are read.
        at_once: how many requests there are at the same time.

    Raises:
        ServerError: the server does not answer, or refuses.
    """
    depth = max((item.path.count("/") for item in items), default=0) + 1
    there = live.read(connections.server, depth)
    found = compare(map(rendered, items), there, prune=prune, delete=delete)

    def differs(change: Change) -> Change:
        assert change.wanted is not None and change.live is not None
        return replace(change, differences=_differences(connections, change.wanted, change.live))

    known = [change for change in found.changes if change.what in (CHANGE, MOVE)]
    looked = iter(each(known, differs, at_once))
    found.changes = [next(looked) if c.what in (CHANGE, MOVE) else c for c in found.changes]
    if deep:
        doubtful = [Change(CHANGE, one.item.path, one, is_) for one, is_ in found.doubtful]
        changed = [change for change in each(doubtful, differs, at_once) if change.differences]
        paths = {change.path for change in changed}
        found.doubtful = [pair for pair in found.doubtful if pair[0].item.path not in paths]
        found.changes += changed
    found.changes = _sorted(found.changes)
    return found


def each(things: Sequence[A], do: Callable[[A], B], at_once: int) -> list[B]:
    """What ``do`` gives for each, several at the same time."""
    if len(things) < 2:
        return [do(thing) for thing in things]
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(do, things))


def _differences(
    connections: Connections, wanted: Rendered, there: live.Live
) -> tuple[Difference, ...]:
    try:
        text = connections.server.get_job_config(there.path)
    except NotThere:
        return (Difference("class", "", "gone meanwhile"),)
    except ServerError as error:
        if error.status != 403:
            raise
        # Whoever may not read it may still see that it is another.
        return (Difference("description", _first(there.description), _first(wanted.description)),)
    try:
        found = differences(wanted.xml, text)
    except NotXml:
        return (Difference("class", "no XML", wanted.item.name),)
    others = [one for one in found if one.path != "description"]
    # The digest in the marker differs because of them, which a person need not read.
    same = _above(wanted.description) == _above(there.description)
    return tuple(others if others and same else found)


def _above(text: str) -> str:
    """A description without the line of its marker."""
    return text.strip().rpartition("\n")[0]


def _first(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _sorted(changes: Iterable[Change]) -> list[Change]:
    order = {CREATE: 0, CHANGE: 0, MOVE: 1}
    return sorted(changes, key=lambda c: (order.get(c.what, 2), not c.is_folder, c.path))
