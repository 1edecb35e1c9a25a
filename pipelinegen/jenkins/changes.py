"""What has to be done on the server: what is declared, against what is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipelinegen.jenkins.live import FOLDER, KINDS, MULTIBRANCH, PIPELINE, Live
from pipelinegen.plan.jobs import Folder, Item, Multibranch
from pipelinegen.render.jobs import Rendered, is_pruned
from pipelinegen.render.jobxml import Difference

CREATE, CHANGE, MOVE, DISABLE, DELETE = "create", "change", "move", "disable", "delete"


@dataclass(frozen=True)
class Change:
    """One thing to do.

    Args:
        what: create, change, move, disable or delete.
        path: the full name of the item, once it is done.
        wanted: what it should be; None for what is declared no more.
        live: what is there; None for what is not.
        differences: what of it will be another; known once its configuration was read.
    """

    what: str
    path: str
    wanted: Rendered | None = None
    live: Live | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def is_folder(self) -> bool:
        if self.wanted is not None:
            return isinstance(self.wanted.item, Folder)
        return self.live is not None and self.live.java_class == FOLDER


@dataclass(frozen=True)
class Conflict:
    """Something that stands where a declared item should be, and is not ours to change."""

    path: str
    why: str


@dataclass
class Changes:
    """All that has to be done, and what stays.

    Args:
        changes: what to do, folders first.
        doubtful: what is as it was pushed as far as one can see without its configuration.
        conflicts: what cannot be done.
        undeclared: ours, declared no more, and left as it is.
        foreign: what else is in our folders.
    """

    changes: list[Change] = field(default_factory=list)
    doubtful: list[tuple[Rendered, Live]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    undeclared: list[Live] = field(default_factory=list)
    foreign: list[Live] = field(default_factory=list)


def compare(
    wanted: Iterable[Rendered],
    live: Mapping[str, Live],
    *,
    prune: bool = False,
    delete: bool = False,
) -> Changes:
    """What has to be done, as far as it can be seen without reading any configuration.

    Args:
        wanted: what is declared, folders before what is in them.
        live: what is on the server, by its full name in lower case.
        prune: whether ours that is declared no more is disabled.
        delete: whether such that was disabled by an earlier run is deleted.
    """
    found, declared = Changes(), {one.item.path.lower(): one for one in wanted}
    blocked: set[str] = set()
    for path, one in declared.items():
        there = live.get(path)
        why = _in_the_way(one.item, there)
        if why is not None:
            found.conflicts.append(Conflict(one.item.path, why))
            blocked.add(path)
        elif one.item.folder.lower() in blocked:
            blocked.add(path)
        elif there is None:
            found.changes.append(Change(CREATE, one.item.path, one))
        elif _as_pushed(one, there):
            found.doubtful.append((one, there))
        elif not getattr(one.item, "path_only", False) or there.marker is not None:
            found.changes.append(Change(CHANGE, one.item.path, one, there))
    ours, found.foreign = _undeclared(declared, live)
    _move(found, ours)
    # What waits for its new place goes on at its old one.
    waits = {path.rpartition("/")[2] for path in blocked}
    found.undeclared = [one for one in ours if one.name.lower() in waits]
    _prune(found, [one for one in ours if one not in found.undeclared], live, prune, delete)
    return found


def _as_pushed(wanted: Rendered, there: Live) -> bool:
    name = wanted.item.name
    same = there.description.rstrip() == wanted.description and there.display_name in ("", name)
    return same and not there.disabled


def _java_class(item: Item) -> str:
    if isinstance(item, Folder):
        return FOLDER
    return MULTIBRANCH if isinstance(item, Multibranch) else PIPELINE


def _in_the_way(item: Item, there: Live | None) -> str | None:
    """Why an item cannot become what is declared; None when it can."""
    if there is None:
        return None
    wanted = _java_class(item)
    if there.java_class != wanted:
        return (
            f"{there.kind} of that name is there, and {KINDS[wanted]} is declared: rename one of "
            "them (Jenkins cannot make the one into the other)"
        )
    if there.name != item.name:
        return f"`{there.name}` is there, and Jenkins tells no names apart by their case"
    if there.marker is None and not getattr(item, "path_only", False):
        return (
            f"{there.kind} of that name is there, and not ours: to hand it over, write "
            f"`pipelinegen: {item.name}` as the last line of its description"
        )
    return None


def _undeclared(
    declared: Mapping[str, Rendered], live: Mapping[str, Live]
) -> tuple[list[Live], list[Live]]:
    """What of ours is not declared, and what is not ours; both in our folders alone."""
    ours: list[Live] = []
    foreign: list[Live] = []
    # Those that are looked into; of them only the owned ones can hold jobs of ours.
    within, owned = {""}, set[str]()
    for path, one in sorted(live.items(), key=lambda pair: pair[0].count("/")):
        if one.folder.lower() not in within:
            continue
        known = declared.get(path)
        if one.java_class == FOLDER and (one.marker or (known and _leads_on(known))):
            within.add(path)
            owned |= {path} if one.marker else set()
        if known is not None:
            continue
        in_owned = one.folder.lower() in owned
        if one.marker and (one.java_class == FOLDER or (in_owned and one.java_class in KINDS)):
            ours.append(one)
        elif in_owned:
            foreign.append(one)
    return ours, foreign


def _leads_on(wanted: Rendered) -> bool:
    return getattr(wanted.item, "path_only", False)


def _move(found: Changes, ours: list[Live]) -> None:
    """A service that is missing in one folder and too much in another has changed its team."""
    too_much: dict[tuple[str, str], list[Live]] = defaultdict(list)
    missing: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in ours:
        if one.java_class != FOLDER:
            too_much[one.name.lower(), one.java_class].append(one)
    for number, change in enumerate(found.changes):
        if change.what == CREATE and change.wanted is not None and not change.is_folder:
            item = change.wanted.item
            missing[item.name.lower(), _java_class(item)].append(number)
    for key, numbers in missing.items():
        if len(numbers) == len(too_much[key]) == 1:
            (one,), (number,) = too_much[key], numbers
            ours.remove(one)
            change = found.changes[number]
            found.changes[number] = Change(MOVE, change.path, change.wanted, one)


def _prune(
    found: Changes, ours: list[Live], live: Mapping[str, Live], prune: bool, delete: bool
) -> None:
    going: set[str] = {c.live.path.lower() for c in found.changes if c.what == MOVE and c.live}
    # What is in a folder comes before it, so that a folder can be seen to become empty.
    for one in sorted(ours, key=lambda one: (-one.path.count("/"), one.path)):
        path = one.path.lower()
        if one.java_class == FOLDER:
            inside = {key for key in live if key.startswith(f"{path}/")}
            if prune and delete and inside <= going and not _will_hold(found, path):
                going.add(path)
                found.changes.append(Change(DELETE, one.path, live=one))
            else:
                found.undeclared.append(one)
        elif prune and delete and _was_pruned(one):
            going.add(path)
            found.changes.append(Change(DELETE, one.path, live=one))
        elif prune and not _was_pruned(one):
            found.changes.append(Change(DISABLE, one.path, live=one))
        else:
            found.undeclared.append(one)


def _will_hold(found: Changes, path: str) -> bool:
    """Whether something comes into a folder."""
    return any(
        change.what in (CREATE, MOVE) and change.path.lower().startswith(f"{path}/")
        for change in found.changes
    )


def _was_pruned(one: Live) -> bool:
    return one.disabled and is_pruned(one.description)


def in_order(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """The changes in groups; what is in one can be done at the same time, after the one before.

    Folders come level by level, then moves, all that is made or changed, and what goes: jobs
    first, then their folders from the lowest on.
    """
    groups: dict[tuple[int, int], list[Change]] = defaultdict(list)
    for change in changes:
        level = change.path.count("/")
        if change.what in (CREATE, CHANGE) and change.is_folder:
            groups[0, level].append(change)
        elif change.what == DELETE:
            groups[4 if change.is_folder else 3, -level].append(change)
        else:
            groups[{MOVE: 1}.get(change.what, 2), 0].append(change)
    for _, group in sorted(groups.items()):
        yield group
