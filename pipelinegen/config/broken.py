"""Checking the rest of a file of which a part is broken: all faults at once, none invented."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import ValidationError

from pipelinegen.config import faults
from pipelinegen.config.document import Path
from pipelinegen.config.effective import SETTINGS
from pipelinegen.config.merge import Data
from pipelinegen.config.service import API_VERSION, ServiceConfig

# What keeps the rest checkable when these keys are themselves at fault.
STAND_IN: Data = {"apiVersion": API_VERSION, "service": {"name": "x", "team": "x"}}

# Which parts, when they are broken and so cut out, make others seem wrong.
_RESTS_ON: dict[Path, list[Path]] = {
    ("service",): [("service",)],
    ("build",): [("build",)],
    ("stages",): [("lint",), ("build",), ("tests",), ("stages",)],
    ("deploy", "clusters"): [("deploy", "regions")],
    ("deploy", "production"): [("deploy", "regions")],
}


class Checked(NamedTuple):
    """The model; when parts are broken the model without them, what is wrong, and the parts.

    Args:
        model: None when no part of the file can be used.
        data: what the model was made from.
        error: what pydantic said of the whole.
        broken: the parts that were cut out, and those that an unknown key was meant to be.
    """

    model: ServiceConfig | None
    data: Data
    error: ValidationError | None
    broken: list[Path]


def validate(data: Data) -> Checked:
    """Check a service's data and keep what is right of it."""
    first: ValidationError | None = None
    broken: list[Path] = []
    for _ in range(3):
        try:
            return Checked(ServiceConfig.model_validate(data), data, first, broken)
        except ValidationError as error:
            first = first or error
            paths = faults.paths(error)
            broken += [*paths, *faults.meant(error, "pipeline")]
            for path in paths:
                data = _without(data, path) if path else data
                if not path or path[0] in STAND_IN:
                    data = {**data, **STAND_IN}
    return Checked(None, data, first, broken)


def follows(path: Path, broken: list[Path]) -> bool:
    """Whether a fault may only seem to be there because a broken part was cut out."""
    rests_on = [
        other for part, others in _RESTS_ON.items() if path[: len(part)] == part for other in others
    ]
    settings = SETTINGS & set(path)
    return any(
        part[:2] == path[:2]
        or any(part[: len(other)] == other[: len(part)] for other in rests_on)
        or settings & set(part)
        for part in broken
    )


def _without(data: Any, path: Path) -> Any:
    """``data`` without what stands at ``path``; a list that holds it goes as a whole."""
    if not isinstance(data, dict) or path[0] not in data:
        return data
    rest = {key: value for key, value in data.items() if key != path[0]}
    if len(path) == 1 or not isinstance(data[path[0]], dict):
        return rest
    return {**rest, path[0]: _without(data[path[0]], path[1:])}
