"""pydantic's errors in a user's words, each at the line that was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipelinegen.config import schema
from pipelinegen.config.document import Path, Place
from pipelinegen.errors import Problem

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a map (`key: value` lines)",
    "model_type": "a map (`key: value` lines)",
    "model_attributes_type": "a map (`key: value` lines)",
    "list_type": "a list (`- item` lines)",
}

_LIMITS = {
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must not be empty",
}


def paths(error: ValidationError) -> list[Path]:
    """What has to go for the rest to be valid; for a missing key, the map that misses it."""
    details = error.errors(include_url=False, include_context=False)
    return [_path(d)[:-1] if d["type"] == "missing" else _path(d) for d in details]


def meant(error: ValidationError, kind: schema.Kind) -> list[Path]:
    """The keys that the unknown ones were probably meant to be."""
    details = error.errors(include_url=False, include_context=False)
    unknown = [_path(d) for d in details if d["type"] == "extra_forbidden"]
    return [(*path[:-1], close) for path in unknown if (close := _close(kind, path))]


def _path(detail: ErrorDetails) -> Path:
    return tuple(step for step in detail["loc"] if step != "[key]")


def problems(
    error: ValidationError,
    kind: schema.Kind,
    place: Callable[[Path], Place],
    prefix: Path,
    *,
    missing: bool = True,
) -> list[Problem]:
    """Every fault that pydantic found.

    Args:
        error: what pydantic raised.
        kind: which file it is about.
        place: a function from a path to its ``Place``.
        prefix: where in the file the data stands.
        missing: whether keys that are missing are faults.
    """
    details = error.errors(include_url=False)
    return [
        _problem(detail, kind, place, prefix)
        for detail in details
        if missing or detail["type"] != "missing"
    ]


def _problem(
    detail: ErrorDetails, kind: schema.Kind, place: Callable[[Path], Place], prefix: Path
) -> Problem:
    path, type_ = _path(detail), detail["type"]
    here: Place = place(prefix + path)
    if type_ == "extra_forbidden":
        return here.problem(f"unknown key `{path[-1]}`", _did_you_mean(kind, path), at_key=True)
    if type_ == "missing":
        above: Place = place(prefix + path[:-1])
        return above.problem(
            f"`{dotted(prefix + path)}` is missing", _example(kind, path), at_key=True
        )
    if type_ in _KINDS:
        return here.problem(
            f"`{dotted(prefix + path)}` must be {_KINDS[type_]}, not {_shown(detail['input'])}",
            _mend(type_, detail["input"], here, schema.keys(kind, path)),
        )
    if type_ == "literal_error":
        at_key = detail["loc"][-1:] == ("[key]",)
        return here.problem(*_choice(detail, prefix + path), at_key=at_key)
    message = detail["msg"]
    if type_ in _LIMITS:
        message = f"`{dotted(prefix + path)}` {_LIMITS[type_].format(**detail['ctx'])}"
    elif type_ not in ("name", "path", "quantity", "key"):
        message = f"`{dotted(prefix + path)}`: {message[:1].lower()}{message[1:]}"
    if type_ == "env_number":
        return here.problem(message, f'write "{here.written}"')
    return here.problem(message, at_key=detail["loc"][-1:] == ("[key]",))


def dotted(path: Path) -> str:
    """``deploy.production.waves[0]``, as people write it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the file"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case dict():
            return "a map"
        case list():
            return "a list"
    text = str(value).replace("\n", " ")
    return f"`{text if len(text) <= 40 else text[:37] + '...'}`" if text else "an empty text"


def _mend(type_: str, value: Any, here: Place, keys: list[str]) -> str:
    if type_ == "string_type" and isinstance(value, int | float):
        return f'quote it: "{here.written}"'
    if type_ == "int_type" and isinstance(value, str) and value.isdigit():
        return "remove the quotes"
    if type_ == "bool_type" and str(value).lower() in ("true", "false", "yes", "no"):
        return f"write {'true' if str(value).lower() in ('true', 'yes') else 'false'}, unquoted"
    if "run" in keys and isinstance(value, str) and len(value) <= 60 and "\n" not in value:
        return f"write `run: {value}` below it"
    if type_ == "list_type" and isinstance(value, str):
        return f"write [{value}]"
    return ""


def _choice(detail: ErrorDetails, path: Path) -> tuple[str, str]:
    from difflib import get_close_matches

    expected = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    value = str(detail["input"])
    close = [name for name in expected if len(value) > 2 and name.startswith(value.lower())]
    close = close or get_close_matches(value.lower(), expected, 1)
    hint = f"did you mean `{close[0]}`?" if close else ""
    if len(expected) == 1:
        return f"`{dotted(path)}` is {_shown(detail['input'])}", f"write {expected[0]}"
    return f"`{dotted(path)}` is {_shown(detail['input'])}, not one of: {', '.join(expected)}", hint


def _close(kind: schema.Kind, path: Path) -> str:
    """The known key beside ``path`` that is most like it, or an empty text."""
    from difflib import get_close_matches

    lower = {name.lower(): name for name in schema.keys(kind, path[:-1])}
    squeezed = str(path[-1]).lower().replace("_", "").replace("-", "")
    short = [name for name in lower if len(squeezed) > 2 and name.startswith(squeezed)]
    close = short[:1] or get_close_matches(squeezed, lower, 1, 0.7)
    return lower[close[0]] if close else ""


def _did_you_mean(kind: schema.Kind, path: Path) -> str:
    known, key = schema.keys(kind, path[:-1]), str(path[-1])
    if close := _close(kind, path):
        return f"did you mean `{close}`?"
    if places := schema.elsewhere(kind, key):
        return f"it belongs to `{places[0].rpartition('.')[0]}`: `{places[0]}`"
    return f"known here: {', '.join(known)}" if known else "nothing may stand here"


def _example(kind: schema.Kind, path: Path) -> str:
    parts = schema.at(kind, path)
    const = next((p["const"] for p in parts if "const" in p), None)
    if const:
        return f"add `{path[-1]}: {const}`"
    example = next((p["examples"][0] for p in parts if p.get("examples")), None)
    shown = f", for example `{path[-1]}: {example}`" if example is not None else ""
    description = schema.describe(kind, path)
    return f"add it{shown}" + (
        f" ({description[:1].lower()}{description[1:-1]})" if description else ""
    )
