"""Writing so that a reader, or a kill at any moment, sees the old file or the new one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipelinegen.errors import OutsideError, Refused


def write(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all; a file that was there keeps its mode.

    There is no fsync: a crash of the machine may lose the newest files, which `generate` makes
    again, but rename keeps each of them whole.

    Raises:
        OutsideError: the disk or the permissions do not allow it.
    """
    with _staged(path, text) as staged:
        if path.exists():
            staged.chmod(path.stat().st_mode & 0o7777)
        staged.replace(path)


def write_new(path: Path, text: str) -> bool:
    """Write ``text`` to ``path`` unless something is there already.

    Returns:
        Whether it was written.

    Raises:
        OutsideError: the disk or the permissions do not allow it.
    """
    with _staged(path, text) as staged:
        try:
            path.hardlink_to(staged)  # fails when the name is taken; rename would replace it
        except FileExistsError:
            return False
    return True


def remove(path: Path, top: Path) -> None:
    """Remove a file, and the folders below ``top`` that it leaves empty."""
    with _explained(path):
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == top or top not in folder.parents or any(folder.iterdir()):
                break
            folder.rmdir()


@contextlib.contextmanager
def _staged(path: Path, text: str) -> Iterator[Path]:
    """A finished file beside ``path``, gone at the end."""
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        staged = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
            staged.chmod(0o666 & ~_umask())
            yield staged
        finally:
            staged.unlink(missing_ok=True)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written: {error.strerror or error}") from None


@cache
def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder against other runs of pipelinegen; the lock goes with the process.

    Raises:
        Refused: another run holds it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"{folder}: another pipelinegen is writing here; wait for it, then run again"
            ) from None
        yield
    finally:
        os.close(handle)
