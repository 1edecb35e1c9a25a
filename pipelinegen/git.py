"""Running git, in the folder that is named and in no other repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pipelinegen.errors import OutsideError

if TYPE_CHECKING:
    import subprocess

SECONDS = 60

# In a git hook these name the repository of the hook, relative to another folder.
_HOOK = frozenset(
    (
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
        *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE"),
    )
)


def git(
    folder: Path, *arguments: str, seconds: float = SECONDS
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder and wait for it; its messages are English.

    Args:
        folder: where it runs.
        arguments: its command and what follows.
        seconds: how long it may take.

    Raises:
        OutsideError: git is missing or cannot be run, or did not end in time.
    """
    import subprocess

    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**{k: v for k, v in os.environ.items() if k not in _HOOK}, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=seconds,
        )
    except FileNotFoundError:
        raise OutsideError("git is not installed; pipelinegen needs it here") from None
    except OSError as error:
        raise OutsideError(f"git cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise OutsideError(f"git {arguments[0]} did not end within {seconds} seconds") from None


def text_of(raw: bytes) -> str:
    """What git printed; `subprocess` itself would make each carriage return an end of line."""
    return raw.decode("utf-8", "surrogateescape")
