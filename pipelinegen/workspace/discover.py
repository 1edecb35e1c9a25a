"""Which services a folder holds."""

from __future__ import annotations

import os
from pathlib import Path

from pipelinegen.config import FILE
from pipelinegen.errors import InputError, Problem

# Folders of tools and of downloads; a service is never in there.
_SKIP = frozenset(("node_modules", "vendor", "target", "build", "dist", "venv", "__pycache__"))


def services(root: Path) -> list[Path]:
    """Every pipeline.yaml in ``root`` and below, in the order of their paths.

    Raises:
        InputError: there is none.
    """
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n not in _SKIP)
        if FILE in names:
            folders[:] = [n for n in folders if n != "deploy"]  # made by `generate`
            found.append(Path(folder) / FILE)
    if not found:
        hint = "run `pipelinegen init` in a service's folder"
        raise InputError([Problem(str(root), 0, 0, f"there is no {FILE} here or below", hint)])
    return found
