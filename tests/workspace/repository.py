"""A real git repository that belongs to nobody's configuration."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.helpers import write_tree

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}


def git(folder: Path, *arguments: str) -> str:
    """Runs git as a person with no settings of their own."""
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def repository(folder: Path) -> Path:
    """An empty repository."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    return folder


def commit(folder: Path) -> None:
    """Commits all that is there."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "state")


def edit(file: Path, old: str, new: str) -> None:
    """What a person does in an editor; ``old`` must be there once."""
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    assert text.count(old) == 1, f"{old!r} is in {file.name} {text.count(old)} times"
    changed = text.replace(old, new)
    write_tree(file.parent, {file.name: changed.encode("utf-8", "surrogateescape")})
