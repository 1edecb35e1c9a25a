"""YAML as teams write it: plain data, every node's position, and no surprises.

PyYAML reads YAML 1.1, where ``no`` is false, ``1.10`` is 1.1 and ``12:30`` is 750. Here only the
scalars on which YAML 1.1 and 1.2 agree are read; every other plain scalar that one of them would
turn into something else is a problem that says "quote it".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.resolver import BaseResolver

from pipelinegen.errors import InputError, Problem

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # a PyYAML that was built without libyaml: ten times slower, same answers
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Parser(Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        def __init__(self, stream: str) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)


MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 60

Path = tuple[str | int, ...]

_STR = "tag:yaml.org,2002:str"
_COLLECTION_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+\Z")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}
# What YAML 1.1 or 1.2 reads as something else than the text that stands there.
_SURPRISES: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"(?i:yes|on)\Z"), "true in YAML 1.1"),
    (re.compile(r"(?i:no|off)\Z"), "false in YAML 1.1"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?\Z"), "a number in base 60"),
    (re.compile(r"[-+]?0[0-9_]+\Z"), "an octal number"),
    (re.compile(r"[-+]?0[xob][0-9a-fA-F_]+\Z"), "a hexadecimal, octal or binary number"),
    (re.compile(r"[-+]?[0-9][0-9_]*\Z"), "a number without its underscores"),
    (re.compile(r"[-+]?\.(?i:inf|nan)\Z|\.(?i:nan)\Z"), "a number that is none"),
    (re.compile(r"[-+]?([0-9][0-9_]*)?\.?[0-9_]*([eE][-+]?[0-9]+)?\Z"), "a number"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?\Z"), "a date"),
    (re.compile(r"=\Z"), "a special value"),
]
_SUSPECT = frozenset("+-.0123456789=yYnNoO")


class _Loader(_Parser, BaseResolver):
    """Composes nodes only; what a scalar means is decided in ``_Reader``."""

    def __init__(self, text: str) -> None:
        _Parser.__init__(self, text)
        BaseResolver.__init__(self)


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

    def problem(self, line: int, column: int, message: str, hint: str = "") -> Problem:
        """A problem at a line and column of this file, with that line's text."""
        lines = self.text.split("\n")
        source = lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""
        return Problem(self.path, line, column, message, hint, source[:200])

    def place(self, path: Path) -> Place:
        """The place of ``path``, or of the nearest part of it that is written."""
        node, key = self._root, self._root
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            key, node = found
        return Place(self, _mark(key), _mark(node), getattr(node, "value", None))

    def has(self, path: Path) -> bool:
        """Whether ``path`` is written in this file."""
        node = self._root
        for step in path:
            found = _child(node, step)
            if found is None:
                return False
            node = found[1]
        return node is not None


def _mark(node: yaml.Node | None) -> tuple[int, int]:
    return (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)


def _child(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key's node and the value's node of one step down."""
    if isinstance(node, yaml.MappingNode):
        merged = None
        for key, value in node.value:
            if getattr(key, "value", None) == str(step):
                return key, value
            if getattr(key, "value", None) == "<<" and not key.style:
                merged = merged or next((f for m in _merged(value) if (f := _child(m, step))), None)
        return merged
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def _merged(value: yaml.Node) -> list[yaml.Node]:
    return value.value if isinstance(value, yaml.SequenceNode) else [value]


class _Reader:
    """Turns nodes into plain data and collects what is wrong on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.nodes = 0
        self.open: set[int] = set()

    def say(self, node: yaml.Node, message: str, hint: str) -> None:
        self.problems.append(self.document.problem(*_mark(node), message, hint))

    def stop(self, node: yaml.Node, message: str, hint: str) -> InputError:
        self.say(node, message, hint)
        return InputError(self.problems)

    def read(self, node: yaml.Node, depth: int = 0) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.stop(
                node,
                f"the aliases of this file expand to more than {MAX_NODES:,} values",
                "write the values out, or share them through `defaults` in platform.yaml",
            )
        if isinstance(node, yaml.ScalarNode):
            if node.tag != _STR:
                self.say(
                    node, f"the tag {_short(node.tag)} is not supported", "write the value plainly"
                )
                return node.value
            return self.plain(node) if not node.style else node.value
        if node.tag not in _COLLECTION_TAGS:
            self.say(
                node, f"the tag {_short(node.tag)} is not supported", "write the value plainly"
            )
        if depth > MAX_DEPTH:
            raise self.stop(node, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
        if id(node) in self.open:
            raise self.stop(node, "an alias that contains itself", "write the value out")
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, depth + 1)
            return [self.read(child, depth + 1) for child in node.value]
        finally:
            self.open.discard(id(node))

    def mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.say(key, "a key must be text", "write `key: value`")
                continue
            name = key.value
            if not key.style:
                if name == "<<":
                    merged += self.merge(value, depth)
                    continue
                self.surprise(key)
            if name in data:
                first = next(k for k, _ in node.value if k.value == name)
                self.say(
                    key,
                    f"`{name}` is written twice; the first is at line {_mark(first)[0]}",
                    "keep one of the two",
                )
            data[name] = self.read(value, depth)
        for other in merged:
            data = {**other, **data}
        return data

    def merge(self, value: yaml.Node, depth: int) -> Iterator[dict[str, Any]]:
        for node in _merged(value):
            if isinstance(node, yaml.MappingNode):
                yield self.read(node, depth)
            else:
                self.say(node, "`<<` needs a map, or a list of maps", "point it at an anchor")

    def plain(self, node: yaml.ScalarNode) -> Any:
        text = node.value
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] not in _SUSPECT:
            return text
        if _INT.match(text):
            return int(text) if len(text) < 20 else text
        if _FLOAT.match(text):
            return float(text)
        self.surprise(node)
        return text

    def surprise(self, node: yaml.ScalarNode) -> None:
        text = node.value
        if text[:1] not in _SUSPECT or _INT.match(text) or _FLOAT.match(text) or len(text) > 80:
            return
        meaning = next((m for pattern, m in _SURPRISES if pattern.match(text)), None)
        if meaning is None or text in ("", "-", "+", "."):
            return
        better = {"true in YAML 1.1": "true", "false in YAML 1.1": "false"}.get(meaning)
        hint = f'quote it: "{text}"' + (f", or write {better}" if better else "")
        self.say(node, f"`{text}` is not read as text: it is {meaning}", hint)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _decode(path: str, raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        size = f"{len(raw) / 1024 / 1024:.1f} MiB"
        raise InputError(
            [
                Problem(
                    path,
                    0,
                    0,
                    f"the file is {size} large; at most {MAX_BYTES // 1024} KiB are read",
                    "check that this is the right file",
                )
            ]
        )
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError([Problem(path, 0, 0, "the file is UTF-16", "save it as UTF-8")])
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        message = f"the byte 0x{raw[error.start]:02x} is not UTF-8"
        raise InputError([Problem(path, line, column, message, "save the file as UTF-8")]) from None


def _syntax_problem(document: Document, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:  # a character that YAML does not allow at all
        position = getattr(error, "position", 0)
        before = document.text[:position]
        line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
        return document.problem(
            line, column, "a control character that YAML does not allow", "remove it"
        )
    line, column = mark.line + 1, mark.column + 1
    lines = document.text.split("\n")
    # libyaml points behind the trouble; a tab in the indentation is what people cannot see.
    for number in (line, line - 1):
        if 0 < number <= len(lines):
            indent = lines[number - 1][: len(lines[number - 1]) - len(lines[number - 1].lstrip())]
            if "\t" in indent:
                return document.problem(
                    number,
                    indent.index("\t") + 1,
                    "a tab in the indentation",
                    "YAML is indented with spaces: replace the tab",
                )
    what = str(getattr(error, "problem", None) or error)
    context = getattr(error, "context", None)
    hint = f"{context}; check the indentation, quotes and brackets around here" if context else ""
    if "mapping values are not allowed" in what:
        hint = "a text that contains `: ` must be quoted; otherwise check the indentation"
    if "undefined alias" in what:
        hint = "an alias (*name) needs an anchor (&name) above it"
    if "cannot start any token" in what or "unknown escape" in what:
        hint = "quote the value with single quotes"
    return document.problem(line, column, f"not valid YAML: {what}", hint)


def parse(path: str, raw: bytes) -> tuple[Document, list[Problem]]:
    """Read one YAML document.

    Args:
        path: the file's name in messages.
        raw: its bytes.

    Returns:
        The document, and the problems that do not keep the rest from being read.

    Raises:
        InputError: it cannot be read at all (encoding, size, syntax, an alias bomb, empty).
    """
    bare = Document(path, _decode(path, raw))
    loader = None
    try:
        loader = _Loader(bare.text)
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        raise InputError([_syntax_problem(bare, error)]) from None
    except RecursionError:
        raise InputError([bare.problem(1, 1, "nested too deeply to be read")]) from None
    finally:
        if loader is not None:
            loader.dispose()
    if root is None:
        raise InputError([Problem(path, 0, 0, "the file is empty", "run `pipelinegen init`")])
    reader = _Reader(bare)
    data = reader.read(root)
    document = Document(path, bare.text, data, root)
    if not isinstance(data, dict):
        raise InputError([document.problem(*_mark(root), "expected `key: value` lines here")])
    return document, reader.problems
