"""What `init` sees in a small tree of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.detect import services, write
from pipelinegen.detect.found import Found
from pipelinegen.detect.repo import Fact
from tests.helpers import write_tree

Files = Mapping[str, str | bytes]


def find(folder: Path, files: Files) -> Found:
    """The one service of a repository that holds ``files``."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    found = services.find(write_tree(folder, files))
    assert [one.folder for one in found] == [folder]
    return found[0]


def said(facts: Mapping[str, Fact[Any]]) -> dict[str, Any]:
    """Facts without what shows them."""
    return {name: fact.value for name, fact in facts.items()}


def runs(found: Found) -> dict[str, str]:
    """The test commands by stage."""
    return {stage: command.value.run for stage, command in found.ecosystem.tests.items()}


def port(found: Found) -> int | None:
    return found.port.value if found.port else None


def dockerfile(found: Found) -> list[str]:
    """The instructions of the Dockerfile that `init` writes, without comments."""
    text = write.dockerfile(found).replace("\\\n", "")
    return [" ".join(line.split()) for line in text.splitlines() if line and line[0] != "#"]


def loaded(found: Found) -> Config:
    """What the Loader makes of all that `init` writes."""
    for name, text in write.files(found).items():
        (found.folder / name).write_text(text, "utf-8")
    return Loader().service(found.folder)


Look = Callable[[Files], Found]
