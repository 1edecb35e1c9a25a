"""Three-way merge of a generated file that a person edited, by git itself."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from pipelinegen.errors import OutsideError

_MARKER = "<<<<<<< "


def has_markers(text: str) -> bool:
    """Whether a conflict of an earlier merge is still unresolved."""
    return text.startswith(_MARKER) or f"\n{_MARKER}" in text


def base(folder: Path, blob_ids: set[str]) -> str | None:
    """The text that was generated before, from git's objects; None when git does not have it."""
    for blob in sorted(blob_ids):
        done = _git(folder, "cat-file", "blob", blob)
        if done.returncode == 0:
            return done.stdout
    return None


def merge(yours: str, ancestor: str | None, generated: str) -> tuple[str, bool]:
    """Merge the edited file with the newly generated one.

    Args:
        yours: the file as a person left it.
        ancestor: what was generated before, or None when it is not known; then every difference
            is a conflict.
        generated: what is generated now.

    Returns:
        The merged text, and whether it is free of conflicts. Nothing of ``yours`` is dropped: it
        is in the text, or between conflict markers.
    """
    with tempfile.TemporaryDirectory(prefix="pipelinegen-") as temporary:
        folder = Path(temporary)
        for name, text in (("yours", yours), ("base", ancestor or ""), ("generated", generated)):
            (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        # With no ancestor, diff3 style would make one conflict of the whole file.
        style = ["--diff3"] if ancestor is not None else []
        labels = ["-L", "your edit", "-L", "generated before", "-L", "generated now"]
        files = ["yours", "base", "generated"]
        done = _git(folder, "merge-file", "-p", *style, *labels, *files)
    if done.returncode < 0 or done.returncode > 127:
        raise OutsideError(f"git merge-file failed: {done.stderr.strip()}")
    return done.stdout, done.returncode == 0


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=60,
        )
    except FileNotFoundError:
        raise OutsideError(
            "git is not installed; pipelinegen merges edited files with it"
        ) from None
