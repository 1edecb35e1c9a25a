"""Where the files are that come with pipelinegen."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def templates() -> Path:
    """The Jinja2 templates: inside the wheel, or beside the package in a checkout."""
    return _beside_or_inside("jenkins-templates")


def library() -> Path:
    """The steps of the Jenkins shared library."""
    return _beside_or_inside("vars")


def chart() -> Path:
    """The Helm chart that all services share."""
    return _PACKAGE / "chart"


def schema(kind: str) -> Path:
    """The JSON Schema of ``pipeline`` or ``platform``, as an editor reads it."""
    return _PACKAGE / "schemas" / f"{kind}.schema.json"


def _beside_or_inside(name: str) -> Path:
    inside = _PACKAGE / "_data" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
