"""Other people's files as data: whatever they hold, it is read or it is not."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import yaml

# A file may refer to one part many times (`&a`, `*a`), so that its data is far larger than itself.
_MOST = 10_000
_DEEPEST = 30


def read_json(text: str) -> Any:
    """The data of a JSON file; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def read_toml(text: str) -> dict[str, Any]:
    """The data of a TOML file; empty where it is none."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def read_yaml(text: str) -> list[Any] | None:
    """The documents of a YAML file; None where it is none."""
    try:
        documents = list(yaml.load_all(text, _Loader))
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
    return documents if _small(documents) else None


class _Loader(yaml.SafeLoader):
    """What `safe_load` reads, with dates as the text that they are."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _small(documents: list[Any]) -> bool:
    """Whether it can be walked: neither endless nor a bomb."""
    left = _MOST

    def walk(value: Any, depth: int) -> bool:
        nonlocal left
        left -= 1
        if left < 0 or depth > _DEEPEST:
            return False
        inner = value.values() if isinstance(value, dict) else value
        return not isinstance(value, dict | list) or all(walk(v, depth + 1) for v in inner)

    return walk(documents, 0)


def table(value: object) -> dict[str, Any]:
    """A map with names for keys; empty where something else stands."""
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in value.items() if isinstance(key, str)}


def entries(value: object) -> list[Any]:
    """A list; empty where something else stands."""
    return value if isinstance(value, list) else []


def words(value: object) -> str:
    """A text; empty where something else stands."""
    return value if isinstance(value, str) else ""
