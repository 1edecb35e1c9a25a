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
    lines = _mapping(data, "")
    return "\n".join(lines) + "\n" if lines else ""


def _mapping(data: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        head = f"{indent}{yaml(key)}:"
        if isinstance(value, str) and _BLOCK.match(value):
            lines += [f"{head} |{'' if value.endswith(chr(10)) else '-'}"]
            lines += [f"{indent}  {line}" if line else "" for line in value.splitlines()]
        elif isinstance(value, Mapping) and value:
            lines += [head, *_mapping(value, indent + "  ")]
        elif len(line := f"{head} {inline(value)}") > _WIDTH and isinstance(value, list) and value:
            lines += [head, *_list(value, indent + "  ")]
        else:
            lines.append(line)
    return lines


def _list(items: list[Any], indent: str) -> list[str]:
    lines: list[str] = []
    for item in items:
        line = f"{indent}- {inline(item)}"
        if isinstance(item, Mapping) and len(line) > _WIDTH:
            first, *rest = _mapping(item, indent + "  ")
            lines += [f"{indent}- {first.lstrip(' ')}", *rest]
        else:
            lines.append(line)
    return lines


def inline(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(inline(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{yaml(k)}: {inline(v)}" for k, v in value.items()) + "}"
    return yaml(value)
