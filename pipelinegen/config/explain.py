"""Where an effective value comes from."""

from __future__ import annotations

from typing import Any

from pipelinegen.config import schema
from pipelinegen.config.document import Path
from pipelinegen.config.effective import SETTINGS, layers, settings
from pipelinegen.config.loaded import Config
from pipelinegen.config.merge import Data
from pipelinegen.errors import PipelinegenError

Row = tuple[str, Any, str]  # dotted key, value, source
DEFAULT = "default"
NOT_SET = "not set"


def explain(
    config: Config,
    key: Path,
    region: str | None = None,
    account: str | None = None,
    cluster: str | None = None,
) -> list[Row]:
    """The value of ``key``; for a map one row for each value in it.

    Args:
        config: the service.
        key: the path of the key; below ``deploy`` it may differ from place to place.
        region: a region, or None for what holds everywhere.
        account: an account.
        cluster: a cluster.

    Raises:
        PipelinegenError: there is no such key.
    """
    platform = key[:1] == ("platform",)
    if platform:
        data: Data = {"platform": config.platform.model.model_dump(by_alias=True, mode="json")}
    else:
        data = config.model.model_dump(by_alias=True, mode="json")
        data["deploy"] |= settings(config, region, account, cluster)
    key = _joined(data, key)
    below, kind = (key[1:], "platform") if platform else (key, "pipeline")
    if below and not schema.at("platform" if platform else "pipeline", below):
        raise PipelinegenError(_unknown(kind, below, key[: len(key) - len(below)]))
    found = _get(data, key)
    rows: list[Row] = []
    for path, value in _leaves(key, found):
        source = _source(config, path, region, account, cluster)
        unset = source == DEFAULT and value is None
        rows.append((".".join(map(str, path)), value, NOT_SET if unset else source))
    return rows


def _joined(data: Any, key: Path) -> Path:
    """The key where steps are put together again that are one: a file's path or a label's name
    holds dots itself."""
    found: list[str | int] = []
    while key:
        ends = range(1, len(key) + 1)
        names = [key[0], *(".".join(map(str, key[:end])) for end in ends[1:])]
        known = data.keys() if isinstance(data, dict) else ()
        end = next((end for end, name in zip(ends, names, strict=True) if name in known), 1)
        found.append(names[end - 1])
        data, key = _below(data, names[end - 1]), key[end:]
    return tuple(found)


def _get(data: Any, key: Path) -> Any:
    """The value at ``key``, or None."""
    for step in key:
        data = _below(data, step)
    return data


def _below(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _leaves(path: Path, value: Any) -> list[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        return [leaf for name in value for leaf in _leaves((*path, name), value[name])]
    return [(path, value)]


def _source(
    config: Config, path: Path, region: str | None, account: str | None, cluster: str | None
) -> str:
    if path[0] == "platform":
        document, prefix = config.platform.document, config.platform.prefix
        below = (*prefix, *path[1:])
        if document and document.has(below):
            line, column = document.place(below).value
            return f"{document.path}:{line}:{column}"
        return DEFAULT
    if path[0] == "deploy" and len(path) > 1 and path[1] in SETTINGS:
        for prefix, said in reversed(layers(config, region, account, cluster)):
            if _says(said, path[1:]):
                return _place(config, (*prefix, *path[1:]))
        return DEFAULT
    return _place(config, path) if _says(config.data, path) else DEFAULT


def _says(data: Any, path: Path) -> bool:
    """Whether ``path`` is written, even as null."""
    above = _get(data, path[:-1])
    if isinstance(above, dict):
        return path[-1] in above
    return _below(above, path[-1]) is not None


def _place(config: Config, path: Path) -> str:
    place = config.place(path)
    line, column = place.value
    inherited = place.file is not config.document
    note = " (the platform's defaults)" if inherited else ""
    return f"{place.file.path}:{line}:{column}{note}"


def _unknown(kind: str, path: Path, above: Path) -> str:
    from difflib import get_close_matches

    which: schema.Kind = "platform" if kind == "platform" else "pipeline"
    good: Path = ()
    while len(good) < len(path) and schema.at(which, path[: len(good) + 1]):
        good = path[: len(good) + 1]
    known = schema.keys(which, good)
    step = str(path[len(good)])
    dotted = ".".join(map(str, above + good))
    top = "".join(f"{name}." for name in above)
    where = f"`{dotted}` has" if dotted else "there is"
    close = get_close_matches(step, known, 1)
    places = schema.elsewhere(which, step)
    if close:
        hint = f"did you mean `{f'{dotted}.' if dotted else ''}{close[0]}`?"
    elif places:
        hint = f"did you mean `{top}{places[0]}`?"
    else:
        hint = f"known: {', '.join(known)}" if known else "it holds no keys"
    return f"{where} no key `{step}`\n      = {hint}"
