"""Three-way merge of a generated file that a person edited, by git itself."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipelinegen.errors import OutsideError

if TYPE_CHECKING:
    import subprocess

_MARKER = re.compile(r"^(<{7}|\|{7}|>{7}) ", re.MULTILINE)
_SECONDS = 60


def has_markers(text: str) -> bool:
    """Whether a conflict of an earlier merge is still unresolved."""
    return _MARKER.search(text) is not None


def blob(folder: Path, blob_id: str) -> str | None:
    """A text from git's objects; None when git does not have it."""
    done = _git(folder, "cat-file", "blob", blob_id)
    return _text(done.stdout) if done.returncode == 0 else None


def committed_with(folder: Path, path: str, blob_id: str, other: str) -> str | None:
    """The text of ``other`` in the last commit, if that has this very text of ``path`` too.

    Args:
        folder: the folder that both paths are relative to.
        path: a file.
        blob_id: the id of its text now.
        other: the file that is asked for.
    """
    head = _git(folder, "rev-parse", "--verify", "--quiet", f"HEAD:./{path}")
    if head.returncode != 0 or _text(head.stdout).strip() != blob_id:
        return None
    done = _git(folder, "cat-file", "blob", f"HEAD:./{other}")
    return _text(done.stdout) if done.returncode == 0 else None


def merge(yours: str, base: str | None, generated: str) -> tuple[str, bool]:
    """Merge the edited file with the newly generated one.

    Args:
        yours: the file as a person left it.
        base: what was generated before, or None when it is not known; then every difference
            is a conflict.
        generated: what is generated now.

    Returns:
        The merged text, and whether it is free of conflicts. Nothing of ``yours`` is dropped: it
        is in the text, or between conflict markers.

    Raises:
        OutsideError: git is missing or fails.
    """
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pipelinegen-") as temporary:
        folder = Path(temporary)
        for name, text in (("yours", yours), ("base", base or ""), ("generated", generated)):
            (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        # With no base, diff3 style would make one conflict of the whole file.
        style = "--diff3" if base is not None else "-q"
        labels = ["-L", "your edit", "-L", "generated before", "-L", "generated now"]
        files = ["yours", "base", "generated"]
        config = ["-c", "merge.conflictStyle=merge"]
        done = _git(folder, *config, "merge-file", "-p", style, *labels, *files)
    if not 0 <= done.returncode <= 127:
        raise OutsideError(f"git merge-file failed: {_text(done.stderr).strip()}")
    return _text(done.stdout), done.returncode == 0


def _text(raw: bytes) -> str:
    # Not by `subprocess`, which makes each "\\r" an end of line.
    return raw.decode("utf-8", "surrogateescape")


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    import subprocess

    # In a git hook these name the repository of the hook, relative to another folder.
    hook = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={key: value for key, value in os.environ.items() if key not in hook},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise OutsideError(
            "git is not installed; pipelinegen merges edited files with it"
        ) from None
    except subprocess.TimeoutExpired:
        raise OutsideError(f"git {arguments[0]} did not end within {_SECONDS} seconds") from None
