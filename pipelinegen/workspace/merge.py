"""Three-way merge of a generated file that a person edited, by git itself."""

from __future__ import annotations

import re
from pathlib import Path

from pipelinegen.errors import OutsideError
from pipelinegen.git import git, text_of

_MARKER = re.compile(r"^(<{7}|\|{7}|>{7}) ", re.MULTILINE)


def has_markers(text: str) -> bool:
    """Whether a conflict of an earlier merge is still unresolved."""
    return _MARKER.search(text) is not None


def blob(folder: Path, blob_id: str) -> str | None:
    """A text from git's objects; None when git does not have it."""
    done = git(folder, "cat-file", "blob", blob_id)
    return text_of(done.stdout) if done.returncode == 0 else None


def committed_with(folder: Path, path: str, blob_id: str, other: str) -> str | None:
    """The text of ``other`` in the last commit, if that has this very text of ``path`` too.

    Args:
        folder: the folder that both paths are relative to.
        path: a file.
        blob_id: the id of its text now.
        other: the file that is asked for.
    """
    head = git(folder, "rev-parse", "--verify", "--quiet", f"HEAD:./{path}")
    if head.returncode != 0 or text_of(head.stdout).strip() != blob_id:
        return None
    done = git(folder, "cat-file", "blob", f"HEAD:./{other}")
    return text_of(done.stdout) if done.returncode == 0 else None


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
        done = git(folder, *config, "merge-file", "-p", style, *labels, *files)
    if not 0 <= done.returncode <= 127:
        raise OutsideError(f"git merge-file failed: {text_of(done.stderr).strip()}")
    return text_of(done.stdout), done.returncode == 0
