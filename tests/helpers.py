"""Directories from text and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes `{path: text}` below a directory; bytes are written as they are."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def read_tree(root: Path, *, ignore: tuple[str, ...] = (".git",)) -> dict[str, str]:
    """`{path: text}` of all files below a directory, in order."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    relative = {path.relative_to(root).as_posix(): path for path in files}
    return {
        name: path.read_bytes().decode()
        for name, path in relative.items()
        if not set(Path(name).parts) & set(ignore)
    }
