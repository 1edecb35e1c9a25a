"""Bringing a folder to what was generated: compare, merge, write; nothing of a person's is lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pipelinegen import __version__
from pipelinegen.errors import Problem, Refused
from pipelinegen.workspace import atomic, lock, merge
from pipelinegen.workspace.lock import Lock, blob_id


class Outcome(Enum):
    """What happens to one file; the value is the word that a user reads."""

    SAME = "up to date"
    CREATED = "created"
    UPDATED = "updated"
    KEPT = "kept, edited by hand"
    MERGED = "merged with your edit"
    CONFLICT = "CONFLICT, resolve the markers"
    UNRESOLVED = "UNRESOLVED conflict markers"
    FOREIGN = "NOT OURS, left alone"
    REMOVED = "removed"
    ORPHAN = "no longer generated, but edited"

    @property
    def blocks(self) -> bool:
        """Whether a person has to act before the file can be right."""
        return self in (Outcome.CONFLICT, Outcome.UNRESOLVED, Outcome.FOREIGN)


@dataclass(frozen=True)
class Change:
    """One file: what is there, and what will be.

    Args:
        path: relative to the folder.
        outcome: what happens to it.
        old: its text now, None when there is none.
        new: its text then; None when it goes, or stays as it is.
        generated: what was generated for it, None when nothing is any more.
    """

    path: str
    outcome: Outcome
    old: str | None = None
    new: str | None = None
    generated: str | None = None

    @property
    def writes(self) -> bool:
        """Whether the disk changes."""
        return self.new is not None or self.outcome is Outcome.REMOVED


def plan_changes(folder: Path, files: dict[str, str]) -> list[Change]:
    """What would happen to each file; writes nothing.

    Args:
        folder: the service's folder.
        files: the generated files.

    Raises:
        InputError: the lock file cannot be read.
        Refused: a path leads out of the repository.
    """
    known = lock.read(folder)
    changes = [_change(folder, known, path, text) for path, text in files.items()]
    changes += [_leftover(folder, known, path) for path in known.files if path not in files]
    return changes


def _change(folder: Path, known: Lock, path: str, generated: str) -> Change:
    old = _read(folder, path)
    ours = known.ours(path)
    if old is None:
        return Change(path, Outcome.CREATED, None, generated, generated)
    if old == generated:
        return Change(path, Outcome.SAME, old, None, generated)
    if not ours:
        return Change(path, Outcome.FOREIGN, old, None, generated)
    if blob_id(old) in ours:
        return Change(path, Outcome.UPDATED, old, generated, generated)
    if merge.has_markers(old):
        return Change(path, Outcome.UNRESOLVED, old, None, generated)
    if blob_id(generated) == known.files.get(path) and not known.before:
        return Change(path, Outcome.KEPT, old, None, generated)
    merged, clean = merge.merge(old, merge.base(folder, ours), generated)
    if merged == old:
        return Change(path, Outcome.KEPT, old, None, generated)
    outcome = Outcome.MERGED if clean else Outcome.CONFLICT
    return Change(path, outcome, old, merged, generated)


def _leftover(folder: Path, known: Lock, path: str) -> Change:
    """A file that was generated once and is no longer asked for."""
    old = _read(folder, path)
    if old is None:
        return Change(path, Outcome.SAME)
    if blob_id(old) in known.ours(path):
        return Change(path, Outcome.REMOVED, old)
    return Change(path, Outcome.ORPHAN, old)


def _read(folder: Path, path: str) -> str | None:
    file = folder / path
    if not file.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"{file}: a link leads out of the service's folder; nothing was written")
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return None
    except (IsADirectoryError, NotADirectoryError):
        raise Refused(f"{file}: a folder stands where a file is generated; move it away") from None
    except OSError as error:
        raise Refused(f"{file}: cannot be read: {error.strerror}") from None
    # A checkout with Windows' line ends holds the same file.
    return raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def apply(folder: Path, changes: list[Change]) -> None:
    """Write what ``plan_changes`` found.

    A file that is not ours is never touched: then nothing at all is written.

    Raises:
        Refused: a file that pipelinegen did not write stands in the way, or another run writes.
        OutsideError: the disk refuses.
    """
    foreign = [change.path for change in changes if change.outcome is Outcome.FOREIGN]
    if foreign:
        raise Refused(_foreign(folder, foreign))
    with atomic.exclusive(folder):
        known = lock.read(folder)
        new = {
            c.path: _locked(known, c)
            for c in changes
            if c.generated is not None or c.outcome is Outcome.ORPHAN
        }
        done = Lock(__version__, new)
        if any(change.writes for change in changes):
            # Both versions count as ours until the last file is written.
            atomic.write(folder / lock.FILE, Lock(__version__, new, _before(known, new)).text())
            for change in changes:
                if change.outcome is Outcome.REMOVED:
                    atomic.remove(folder / change.path, folder)
                elif change.new is not None:
                    atomic.write((folder / change.path).resolve(), change.new)
        elif known == done:
            return
        atomic.write(folder / lock.FILE, done.text())


def _locked(known: Lock, change: Change) -> str:
    """The id to remember: of what was generated now, or, while that is not merged in, before."""
    if change.generated is None or change.outcome is Outcome.UNRESOLVED:
        return known.files[change.path]
    return blob_id(change.generated)


def _before(known: Lock, new: dict[str, str]) -> dict[str, str]:
    ids = {**known.files, **known.before}
    return {path: blob for path, blob in ids.items() if new.get(path) != blob}


def _foreign(folder: Path, paths: list[str]) -> str:
    problems = [
        Problem(
            str(folder / path),
            0,
            0,
            "stands where a file is generated, and pipelinegen did not write it",
            f"keep it aside, then run again: git mv {path} {path}.old",
        ).text()
        for path in paths
    ]
    return "\n\n".join([*problems, "Nothing was written."])
