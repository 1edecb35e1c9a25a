"""Writing so that a reader, or a kill at any moment, sees the old file or the new one."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from pipelinegen.errors import OutsideError, Refused


def write(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all; a file that was there keeps its mode.

    There is no fsync: a crash of the machine may lose the newest files, which `generate` makes
    again, but rename keeps each of them whole.

    Raises:
        OutsideError: the disk or the permissions do not allow it.
    """
    # Always the same name: what a kill leaves behind, the next run takes away.
    with _staged(path, f".{path.name}.pipelinegen.tmp", text) as staged:
        with contextlib.suppress(FileNotFoundError):
            staged.chmod(path.stat().st_mode & 0o7777)
        staged.replace(path)


def write_new(path: Path, text: str) -> bool:
    """Write ``text`` to ``path`` unless something is there already.

    Returns:
        Whether it was written.

    Raises:
        OutsideError: the disk or the permissions do not allow it.
    """
    with _staged(path, f".{path.name}.{os.getpid()}.tmp", text) as staged:
        try:
            path.hardlink_to(staged)  # fails when the name is taken; rename would replace it
        except FileExistsError:
            return False
        finally:
            staged.unlink()
    return True


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where it is not there.

    Raises:
        OutsideError: the disk or the permissions do not allow it.
    """
    with _explained(path):
        path.mkdir(parents=True, exist_ok=True)


def remove(path: Path, top: Path) -> None:
    """Remove a file, and the folders below ``top`` that it leaves empty.

    Raises:
        OutsideError: the disk or the permissions do not allow it.
    """
    with _explained(path):
        path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == top:
            break
        try:
            folder.rmdir()
        except OSError:  # it holds something, or is a link
            break


@contextlib.contextmanager
def _staged(path: Path, name: str, text: str) -> Iterator[Path]:
    """A finished file beside ``path``; it goes when something fails."""
    with _explained(path):
        staged = path.with_name(name)
        try:
            try:
                handle = _create(staged)
            except (FileExistsError, FileNotFoundError):
                path.parent.mkdir(parents=True, exist_ok=True)
                staged.unlink(missing_ok=True)
                handle = _create(staged)
            with open(handle, "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
            yield staged
        except BaseException:  # a Ctrl-C among them
            with contextlib.suppress(OSError):
                staged.unlink()
            raise


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise OutsideError(f"{path}: cannot be written: {why}") from None


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
        except OSError:
            pass  # a file system without locks; it is still better to write
        yield
    finally:
        os.close(handle)
