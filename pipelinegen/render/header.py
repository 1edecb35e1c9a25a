"""The line that every generated file starts with."""

from __future__ import annotations

from pipelinegen import __version__


def header(comment: str = "#", source: str = "pipeline.yaml", command: str = "generate") -> str:
    """Which file this was made from, and by which command."""
    return (
        f"{comment} Made by pipelinegen {__version__} from {source}: change that file, then "
        f"run `pipelinegen {command}`.\n"
    )


def without_header(text: str) -> str:
    """A text without the line that `header` gave it."""
    first, _, rest = text.partition("\n")
    return rest if "Made by pipelinegen " in first else text
