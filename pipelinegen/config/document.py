"""A YAML file's text and data, and where in the text each value stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from pipelinegen.errors import Problem

Path = tuple[str | int, ...]
# (path, message, what to do, whether the key is meant and not its value)
Fault = tuple[Path, str, str, bool]

# YAML's line ends, in which its marks count; Python's splitlines() knows more of them.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_LONGEST_SOURCE = 200


@dataclass(frozen=True)
class Place:
    """Where a key and its value stand: 1-based lines and columns, and the value as written."""

    file: Document
    key: tuple[int, int]
    value: tuple[int, int]
    written: str | None

    def problem(self, message: str, hint: str = "", *, at_key: bool = False) -> Problem:
        """A problem at this place."""
        line, column = self.key if at_key else self.value
        return self.file.problem(line, column, message, hint)


@dataclass(frozen=True, eq=False)
class Document:
    """One YAML file.

    Args:
        path: as the user named it, for messages.
        text: the file's text.
        data: plain dicts, lists and scalars.
    """

    path: str
    text: str
    data: Any = None
    _root: yaml.Node | None = field(default=None, repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The text's lines, as YAML counts them."""
        return _LINE_END.split(self.text)

    def problem(self, line: int, column: int, message: str, hint: str = "") -> Problem:
        """A problem at a line and column of this file, with that line's text."""
        lines = self.lines
        if line > 1 and not any(rest.strip() for rest in lines[line - 1 :]):
            # The end of the file: the last line that holds something is what a person can see.
            line = max((i for i, text in enumerate(lines, 1) if text.strip()), default=1)
            column = len(lines[line - 1]) + 1
        # What moves the cursor or reverses the line is not for a terminal.
        shown = (c if c == "\t" or c.isprintable() else "\ufffd" for c in lines[line - 1])
        source = "".join(shown) if column <= _LONGEST_SOURCE else ""
        return Problem(self.path, line, column, message, hint, source[:_LONGEST_SOURCE])

    def place(self, path: Path) -> Place:
        """The place of ``path``, or of the nearest part of it that is written."""
        node, key = self._root, self._root
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
        return Place(self, mark(key), mark(node), getattr(node, "value", None))

    def has(self, path: Path) -> bool:
        """Whether ``path`` is written in this file."""
        node = self._root
        for step in path:
            found = _child(node, step)
            if found is None:
                return False
            node = found[1]
        return node is not None


def mark(node: yaml.Node | yaml.Event | None) -> tuple[int, int]:
    """A node's or an event's 1-based line and column."""
    at = node.start_mark if node else None
    return (at.line + 1, at.column + 1) if at else (1, 1)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key's node and the value's node of one step down."""
    if isinstance(node, yaml.MappingNode):
        merged = None
        for key, value in node.value:
            if getattr(key, "value", None) == str(step):
                return key, value
            if getattr(key, "value", None) == "<<" and not key.style:
                merged = merged or next((f for m in sources(value) if (f := _child(m, step))), None)
        return merged
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def sources(value: yaml.Node) -> list[yaml.Node]:
    """What a ``<<`` merges: one node, or each of a list."""
    return value.value if isinstance(value, yaml.SequenceNode) else [value]
