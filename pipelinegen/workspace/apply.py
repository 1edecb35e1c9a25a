"""Bringing a folder to what was generated: compare, merge, write; nothing of a person's is lost."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pipelinegen import __version__
from pipelinegen.errors import InputError, OutsideError, Problem, Refused
from pipelinegen.workspace import atomic, lock, merge
from pipelinegen.workspace.change import Change, Outcome
from pipelinegen.workspace.lock import Lock, blob_id

# What was generated for a file that a person then edited. Once merged, git holds no such blob:
# without this, each edit could be merged once and would be a conflict ever after.
BASES = ".pipelinegen/base"


def plan_changes(folder: Path, files: dict[str, str], command: str = "generate") -> list[Change]:
    """What would happen to each file; writes nothing.

    Args:
        folder: the service's folder, or the library's.
        files: the generated files.
        command: which of pipelinegen's commands generated them, for the lock's first line.

    Raises:
        InputError: the lock file cannot be read.
        OutsideError: a file cannot be read.
        Refused: a path leads out of the folder.
    """
    return _plan(folder, replace(lock.read(folder), command=command), files)[0]


# Files of `ide:`, which a repository may well have of its own.
EDITORS = (".devcontainer/", ".vscode/", ".run/")


def apply(folder: Path, files: dict[str, str], command: str = "generate") -> list[Change]:
    """Bring the folder to the generated files.

    A file that is not ours is never touched: then nothing at all is written.

    Args:
        folder: the service's folder, or the library's.
        files: the generated files.
        command: which of pipelinegen's commands generated them, for the lock's first line.

    Returns:
        What was done.

    Raises:
        InputError: the lock file cannot be read.
        OutsideError: the disk refuses.
        Refused: a file that pipelinegen did not write stands in the way, or another run writes.
    """
    with atomic.exclusive(folder):
        known = replace(lock.read(folder), command=command)
        changes, done = _plan(folder, known, files)
        if foreign := [c for c in changes if c.outcome is Outcome.FOREIGN]:
            raise Refused(_foreign(folder, foreign))
        writes = [c for c in changes if c.writes and c.path != lock.FILE]
        if writes:
            # Until the last file is written, what was there before counts as ours too.
            before = {c.path: was for c in writes if (was := _before(known, c))}
            known = _save(folder, known, replace(done, before=before))
        _linked.cache_clear()  # a folder may have become a link meanwhile
        for change in writes:
            _write(folder, change)
        _keep_bases(folder, changes, done)
        _save(folder, known, done)
    return changes


def _plan(folder: Path, known: Lock, files: dict[str, str]) -> tuple[list[Change], Lock]:
    """Each file's change, the lock's among them, and the lock when all is done."""
    _linked.cache_clear()
    changes = [_change(folder, known, path, text) for path, text in files.items()]
    gone = dict.fromkeys(path for path in (*known.files, *known.before) if path not in files)
    changes += [_leftover(folder, known, path) for path in gone]
    blobs = {c.path: blob for c in changes if (blob := _locked(known, c))}
    done = Lock(__version__, blobs, command=known.command)
    if done != known:
        outcome = Outcome.UPDATED if known.version else Outcome.CREATED
        old = known.text() if known.version else None
        changes.append(Change(lock.FILE, outcome, old, done.text()))
    return changes, done


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
    if put_back := _put_back(folder, path, old, ours):
        ours = [put_back]
        if put_back == blob_id(old):
            return Change(path, Outcome.UPDATED, old, generated, generated)
    if ours == [blob_id(generated)]:
        return Change(path, Outcome.KEPT, old, None, generated)
    if "\0" in old:
        why = "is not UTF-8 text, so your edit cannot be merged; save it as UTF-8, then run again"
        raise Refused(f"{folder / path}: {why}")
    merged, clean = merge.merge(old, _base(folder, path, ours), generated)
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


def _put_back(folder: Path, path: str, old: str, ours: list[str]) -> str | None:
    """The id that was generated for a file that somebody put back to how it was committed.

    `git checkout` of a file after a merge or an update leaves the lock ahead of the file: what was
    generated since then is in the lock and not in the file, and must not pass for an edit.
    """
    text = merge.committed_with(folder, path, blob_id(old), lock.FILE)
    if text is None:
        return None
    try:
        was = lock.parse(folder / lock.FILE, text).files.get(path)
    except InputError:
        return None
    return was if was not in ours else None


def _base(folder: Path, path: str, ours: list[str]) -> str | None:
    """What the person's edit started from.

    After a run that was killed there are two; from the older one, nothing that was generated
    since can pass for the person's.
    """
    kept = _read(folder, f"{BASES}/{path}")
    for blob in ours:
        text = kept if kept is not None and blob_id(kept) == blob else merge.blob(folder, blob)
        if text is not None:
            return text
    return None


def _locked(known: Lock, change: Change) -> str | None:
    """The id to remember: of what was generated now, or, while that is not merged in, before."""
    if change.outcome in (Outcome.UNRESOLVED, Outcome.ORPHAN, Outcome.FOREIGN):
        return known.ours(change.path)[-1] if known.ours(change.path) else None
    return blob_id(change.generated) if change.generated is not None else None


def _before(known: Lock, change: Change) -> str | None:
    """The id of what is there now, or of what the person's edit of it started from."""
    ours = known.ours(change.path)
    if change.old is None or not ours:
        return None
    return now if (now := blob_id(change.old)) in ours else ours[0]


def _keep_bases(folder: Path, changes: list[Change], done: Lock) -> None:
    """Keep what was generated for each edited file, and no more than that."""
    any_kept = os.path.isdir(folder / BASES)
    for change in changes:
        path, generated = f"{BASES}/{change.path}", change.generated
        now = change.new if change.new is not None else change.old
        if generated is None or now == generated:
            if (
                any_kept
                and change.outcome is not Outcome.ORPHAN
                and _read(folder, path) is not None
            ):
                atomic.remove(folder / path, folder)
        elif done.files[change.path] == blob_id(generated) and _read(folder, path) != generated:
            atomic.write(Path(_inside(folder, path)), generated)


def _inside(folder: Path, path: str) -> str:
    """The file behind ``path``: links are followed, but not out of the folder."""
    parent, _, name = path.rpartition("/")
    file = f"{_linked(folder, parent) if parent else folder}/{name}"
    if not os.path.islink(file):
        return file
    real = os.path.realpath(file)
    if not Path(real).is_relative_to(os.path.realpath(folder)):
        why = "is a link that leads out of the service's folder; remove the link, then run again"
        raise Refused(f"{folder / path}: {why}")
    return real


@lru_cache(64)
def _linked(folder: Path, parent: str) -> str:
    """The folder behind ``parent``, looked up once for the files of a run."""
    return _inside(folder, parent)


def _bytes(folder: Path, path: str) -> bytes | None:
    try:
        with open(_inside(folder, path), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        why = "a folder stands where a file is generated; move it away, then run again"
        raise Refused(f"{folder / path}: {why}") from None
    except NotADirectoryError:
        why = "a file stands where a folder is needed; move it away, then run again"
        raise Refused(f"{(folder / path).parent}: {why}") from None
    except OSError as error:
        raise OutsideError(f"{folder / path}: cannot be read: {error.strerror}") from None


def _is_crlf(raw: bytes) -> bool:
    """Whether all lines end as Windows ends them: then git made them so, and they are no edit."""
    return b"\r" in raw and 0 < raw.count(b"\r\n") == raw.count(b"\n")


def _text(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    return (raw.replace(b"\r\n", b"\n") if _is_crlf(raw) else raw).decode(
        "utf-8", "surrogateescape"
    )


def _read(folder: Path, path: str) -> str | None:
    return _text(_bytes(folder, path))


def _write(folder: Path, change: Change) -> None:
    raw = _bytes(folder, change.path)
    if _text(raw) != change.old:
        raise Refused(f"{folder / change.path}: was changed meanwhile; run again")
    if change.new is None:
        atomic.remove(folder / change.path, folder)
        return
    text = change.new.replace("\n", "\r\n") if raw and _is_crlf(raw) else change.new
    atomic.write(Path(_inside(folder, change.path)), text)


def _save(folder: Path, now: Lock, new: Lock) -> Lock:
    if new != now:
        atomic.write(folder / lock.FILE, new.text())
    return new


def _foreign(folder: Path, changes: list[Change]) -> str:
    import shlex

    problems = []
    for change in changes:
        file = str(folder / change.path)
        keep = shlex.join(["mv", file, f"{file}.old"])
        message = "stands where a file is generated, and pipelinegen did not write it"
        hint = f"keep it aside, then run again: {keep}"
        if change.path.startswith(EDITORS):
            hint = f"leave it out of `ide:` in pipeline.yaml (`ide: []` is none), or: {keep}"
        if "Made by pipelinegen" in (change.old or "")[:500]:
            message = f"was made by pipelinegen, but {lock.FILE} does not know it"
            hint = f"restore the lock: git checkout -- {lock.FILE}; or {hint}"
        problems.append(Problem(file, 0, 0, message, hint).text())
    return "\n\n".join([*problems, "Nothing was written."])
