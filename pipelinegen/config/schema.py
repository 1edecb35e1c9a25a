"""The JSON Schemas of the two files, and what they say about a key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args

from pipelinegen.config.platform import Platform
from pipelinegen.config.service import ServiceConfig

Kind = Literal["pipeline", "platform"]
_TITLES = {"pipeline": "pipeline.yaml of pipelinegen", "platform": "platform.yaml of pipelinegen"}


@cache
def schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``pipeline.yaml`` or ``platform.yaml``, for editors."""
    model = ServiceConfig if kind == "pipeline" else Platform
    made = model.model_json_schema(by_alias=True, mode="validation")
    _trim(made)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": _TITLES[kind],
    }


def text(kind: Kind) -> str:
    """The schema as it is shipped and printed."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def _trim(node: Any) -> None:
    """Drop the titles that pydantic derives from names: an editor would show each name twice."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        for value in node.values():
            _trim(value)
    elif isinstance(node, list):
        for value in node:
            _trim(value)


def _resolve(kind: Kind, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The node itself, what it refers to, and its alternatives."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        yield from _resolve(kind, schema(kind)["$defs"][name])
    for part in node.get("anyOf", []):
        yield from _resolve(kind, part)
    yield node


def _step(kind: Kind, nodes: list[dict[str, Any]], step: str | int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for node in nodes:
        if isinstance(step, int):
            below = node.get("items")
        else:
            below = node.get("properties", {}).get(step)
            if below is None and isinstance(node.get("additionalProperties"), dict):
                below = node["additionalProperties"]
            if below is None:
                below = next(iter(node.get("patternProperties", {}).values()), None)
        if below is not None:
            found += _resolve(kind, below)
    return found


def at(kind: Kind, path: tuple[str | int, ...]) -> list[dict[str, Any]]:
    """The parts of the schema that describe the value at ``path``; empty when no such key."""
    nodes = list(_resolve(kind, schema(kind)))
    for step in path:
        nodes = _step(kind, nodes, step)
    return nodes


def keys(kind: Kind, path: tuple[str | int, ...]) -> list[str]:
    """The keys that the map at ``path`` may have."""
    return [key for node in at(kind, path) for key in node.get("properties", {})]


def describe(kind: Kind, path: tuple[str | int, ...]) -> str:
    """The description of the key at ``path``, or an empty text."""
    return next((str(n["description"]) for n in at(kind, path)[::-1] if "description" in n), "")


def elsewhere(kind: Kind, key: str) -> list[str]:
    """Dotted places below the top at which ``key`` would be known."""
    found: list[str] = []

    def walk(path: tuple[str, ...]) -> None:
        for name in keys(kind, path):
            if name == key and path:
                found.append(".".join((*path, name)))
            if len(path) < 2 and name != "platform":
                walk((*path, name))

    walk(())
    return sorted(set(found), key=lambda place: (place.count("."), place))


def _rewrite() -> None:
    from pipelinegen import data

    for kind in get_args(Kind):
        data.schema(kind).write_text(text(kind), "utf-8")


if __name__ == "__main__":
    _rewrite()
