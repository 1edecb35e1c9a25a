"""A folder as `init` reads it: bounded, cached, and every match with its line."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_FILES = 20_000
MAX_BYTES = 1024 * 1024
# Folders of tools, downloads and build output: nothing in there is the service's own.
SKIP = frozenset((
    "node_modules", "vendor", "target", "build", "dist", "out", "bin", "obj", "venv",
    "__pycache__", "site-packages", "coverage", "third_party",
))  # fmt: skip
_TESTS = re.compile(
    r"(^|/)(tests?|spec|__tests__|e2e|it)(/|$)|(_test\.go|\.(test|spec)\.\w+|IT\.java)$"
)


@dataclass(frozen=True)
class Fact(Generic[T]):
    """A value and what shows it: ``file:line``, or a few words."""

    value: T
    because: str


class Repo:
    """One service's folder.

    Args:
        folder: the folder.
        top: how far up files that several services share may be found: the git work tree.
    """

    def __init__(self, folder: Path, top: Path | None = None) -> None:
        self.folder = folder
        self.top = top or folder
        self._texts: dict[str, str | None] = {}

    @cached_property
    def files(self) -> list[str]:
        """All files below, relative with ``/``, in order; at most ``MAX_FILES``."""
        found: list[str] = []
        for folder, folders, names in os.walk(self.folder):
            folders[:] = sorted(n for n in folders if n not in SKIP and not n.startswith("."))
            inside = os.path.relpath(folder, self.folder).replace(os.sep, "/")
            found += [n if inside == "." else f"{inside}/{n}" for n in sorted(names)]
            if len(found) > MAX_FILES:
                break
        return found[:MAX_FILES]

    def has(self, *names: str) -> str | None:
        """The first of these files that exists."""
        return next((name for name in names if (self.folder / name).is_file()), None)

    def folders(self, name: str) -> bool:
        """Whether a folder of this path holds a file."""
        return any(file.startswith(f"{name}/") for file in self.files)

    def text(self, name: str) -> str:
        """A file's text; empty when it is not there, cannot be read or is large."""
        if name not in self._texts:
            self._texts[name] = read(self.folder / name)
        return self._texts[name] or ""

    def matching(self, pattern: str) -> list[str]:
        """The files whose path a regular expression finds."""
        found = re.compile(pattern)
        return [file for file in self.files if found.search(file)]

    def sources(self, *suffixes: str) -> list[str]:
        """The source files, without tests."""
        return [f for f in self.files if f.endswith(suffixes) and not _TESTS.search(f)]

    def find(self, name: str, pattern: str) -> Fact[str] | None:
        """The first match in a file: its first group, and ``file:line``."""
        text = self.text(name)
        match = re.search(pattern, text, re.MULTILINE)
        if match is None:
            return None
        value = match.group(1) if match.groups() else match.group(0)
        return Fact(value or "", f"{name}:{text.count(chr(10), 0, match.start()) + 1}")

    def search(self, names: list[str], pattern: str) -> Fact[str] | None:
        """The first match in several files."""
        return next((found for name in names if (found := self.find(name, pattern))), None)


def read(path: Path) -> str | None:
    """A text file of reasonable size, or None."""
    try:
        about = path.stat()
        # A named pipe would never end.
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_BYTES:
            return None
        return path.read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        return None


def above(repo: Repo, *names: str) -> Path | None:
    """The first of these files in the folder or above it, up to the repository's top."""
    folder, top = repo.folder.resolve(), repo.top.resolve()
    while True:
        for name in names:
            if (folder / name).is_file():
                return folder / name
        if folder == top or folder.parent == folder:
            return None
        folder = folder.parent


def shown(repo: Repo, path: Path) -> str:
    """A path as a person in the service's folder would write it."""
    return os.path.relpath(path.resolve(), repo.folder.resolve()).replace(os.sep, "/")
