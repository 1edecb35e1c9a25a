"""Plain data as YAML that reads as if a person had written it.

PyYAML's emitter writes strings that Helm's reader takes for something else (``y``, ``0o17``,
``1e3``) and costs ten times as much; this one knows maps, lists and scalars, and quotes with
``quoting.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipelinegen.render.quoting import yaml

# A list that is no longer than this stands on the line of its key.
_WIDTH = 100
# Several lines that a literal block holds as they are: only what no reader takes for something
# else, no blank ahead of the first line, which would be its indent, and none at the end of a line.
_BLOCK = re.compile(r"(?![ \n])(?:(?:[ -~]*[!-~])?\n)+(?:[ -~]*[!-~])?(?<!\n\n)\Z")


def dump(data: Mapping[str, Any]) -> str:
    """A block of YAML that every YAML reader loads as ``data``."""
    lines: list[str] = []
    _mapping(data, "", lines)
    return "\n".join(lines) + "\n" if lines else ""


def _mapping(data: Mapping[str, Any], indent: str, lines: list[str]) -> None:
    for key, value in data.items():
        head = f"{indent}{yaml(key)}:"
        if isinstance(value, str) and "\n" in value and _BLOCK.match(value):
            lines.append(f"{head} |" if value[-1] == "\n" else f"{head} |-")
            lines += [f"{indent}  {line}" if line else "" for line in value.splitlines()]
        elif isinstance(value, str):
            lines.append(f"{head} {yaml(value)}")
        elif isinstance(value, Mapping) and value:
            lines.append(head)
            _mapping(value, indent + "  ", lines)
        else:
            line = f"{head} {inline(value)}"
            if value and isinstance(value, list) and len(line) > _WIDTH:
                lines.append(head)
                _list(value, indent + "  ", lines)
            else:
                lines.append(line)


def _list(items: list[Any], indent: str, lines: list[str]) -> None:
    for item in items:
        line = f"{indent}- {inline(item)}"
        if isinstance(item, Mapping) and len(line) > _WIDTH:
            first = len(lines)
            _mapping(item, indent + "  ", lines)
            lines[first] = f"{indent}- {lines[first][len(indent) + 2 :]}"
        else:
            lines.append(line)


def inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(inline(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{yaml(k)}: {inline(v)}" for k, v in value.items()) + "}"
    return yaml(value)
