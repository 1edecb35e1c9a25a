"""One process at a time: the workers of a test run share its containers."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(run: str, what: str) -> Iterator[Path]:
    """Wait until no other process has this lock.

    Args:
        run: the run's name.
        what: what is done alone.

    Returns:
        Its file; what is written beside it under the same name goes with the run.
    """
    folder = _folder(run)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = folder / f"{what}.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield lock


def forget(run: str) -> None:
    """Remove the files of a run that has ended."""
    shutil.rmtree(_folder(run), ignore_errors=True)


def _folder(run: str) -> Path:
    return Path(tempfile.gettempdir()) / f"pipelinegen-{os.getuid()}" / run
