"""The line that every generated file starts with."""

from __future__ import annotations

from pipelinegen import __version__


def header(comment: str = "#") -> str:
    """Which file this was made from, and by which command."""
    return (
        f"{comment} Made by pipelinegen {__version__} from pipeline.yaml: change that file, then "
        "run `pipelinegen generate`.\n"
    )
