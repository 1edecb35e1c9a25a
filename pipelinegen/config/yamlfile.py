"""YAML as teams write it: plain data, every node's position, and no surprises.

PyYAML reads YAML 1.1, where ``no`` is false, ``1.10`` is 1.1 and ``12:30`` is 750. Here only the
scalars on which YAML 1.1 and 1.2 agree are read; every other plain scalar that one of them would
turn into something else is a problem that says "quote it".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.resolver import BaseResolver

from pipelinegen.config import syntax
from pipelinegen.config.document import Document, mark, sources
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


MAX_NODES = 50_000
MAX_DEPTH = 60
_NO_MAP = ("a file of `key: value` lines is expected", "begin with `apiVersion: pipelinegen/v1`")
_DEEP = (f"nested more than {MAX_DEPTH} levels deep", "no key of pipelinegen's needs so many")

_STR = "tag:yaml.org,2002:str"
_COLLECTION_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_TAGS = {
    yaml.ScalarNode: _STR,
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}
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
    (re.compile(r"[-+]?([0-9][0-9_]*\.?|\.[0-9])[0-9_]*([eE][-+]?[0-9]+)?\Z"), "a number"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?\Z"), "a date"),
    (re.compile(r"=\Z"), "a special value"),
]
_SUSPECT = frozenset("+-.0123456789=yYnNoO")


class _Loader(_Parser, BaseResolver):
    """Composes nodes only; what a scalar means is decided in ``_Reader``."""

    def __init__(self, text: str) -> None:
        _Parser.__init__(self, text)
        BaseResolver.__init__(self)

    # The resolvers by path and by pattern are asked at every node, and there are none.
    def descend_resolver(self, current_node: Any, current_index: Any) -> None: ...

    def ascend_resolver(self) -> None: ...

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        return _TAGS[kind]


def _too_deep(text: str) -> yaml.Event | None:
    """The first value below too many others. Composing is recursive, and in C: it would crash."""
    # A level takes a bracket, or a column: there is nothing to fear from most files.
    if text.count("[") + text.count("{") + 2 * max(map(len, text.split("\n"))) < 2000:
        return None
    loader, depth = _Loader(text), 0
    try:
        while (event := loader.get_event()) is not None:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                return event
    except yaml.YAMLError:
        return None  # told, with its place, by who reads the file
    finally:
        loader.dispose()
    return None


class _Reader:
    """Turns nodes into plain data and collects what is wrong on the way."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.nodes = 0
        self.aliases = "*" in document.text
        self.open: set[int] = set()

    def say(self, node: yaml.Node, message: str, hint: str) -> None:
        self.problems.append(self.document.problem(*mark(node), message, hint))

    def stop(self, node: yaml.Node, message: str, hint: str) -> InputError:
        self.say(node, message, hint)
        return InputError(self.problems)

    def read(self, node: yaml.Node, depth: int = 0) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.stop(
                node,
                f"more than {MAX_NODES:,} values, each alias (*name) counted as what it names",
                "use fewer aliases, or share values through `defaults` in platform.yaml",
            )
        if type(node) is yaml.ScalarNode:
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
            raise self.stop(node, *_DEEP)
        if not self.aliases:
            return self.collection(node, depth + 1)
        if id(node) in self.open:
            raise self.stop(node, "an alias that contains itself", "write the value out")
        self.open.add(id(node))
        try:
            return self.collection(node, depth + 1)
        finally:
            self.open.discard(id(node))

    def collection(self, node: yaml.Node, depth: int) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        return [self.read(child, depth) for child in node.value]

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
                    f"`{name}` is written twice; the first is at line {mark(first)[0]}",
                    "keep one of the two",
                )
            data[name] = self.read(value, depth)
            if data[name] is None:
                self.swallowed(key, value)
        for other in merged:
            data = {**other, **data}
        return data

    def merge(self, value: yaml.Node, depth: int) -> Iterator[dict[str, Any]]:
        for node in sources(value):
            if isinstance(node, yaml.MappingNode):
                yield self.read(node, depth)
            else:
                self.say(node, "`<<` needs a map, or a list of maps", "point it at an anchor")

    def swallowed(self, key: yaml.ScalarNode, value: yaml.Node) -> None:
        """`slack: #shop` has no value: what looks like one is a comment."""
        line = self.document.text.split("\n")[key.end_mark.line]
        rest = line[key.end_mark.column :].lstrip(" :")
        if getattr(value, "value", "") == "" and re.match(r"#[^\s#!]", rest):
            shown = rest.split()[0]
            self.say(
                key,
                f"`{key.value}` has no value: `#` starts a comment",
                f'quote it: "{shown}"; a comment has a space behind its `#`',
            )

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
        if meaning is None:
            return
        better = {"true in YAML 1.1": "true", "false in YAML 1.1": "false"}.get(meaning)
        hint = f'quote it: "{text}"' + (f", or write {better}" if better else "")
        self.say(node, f"`{text}` is not read as text: it is {meaning}", hint)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


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
    bare = Document(path, syntax.decode(path, raw))
    loader = None
    try:
        if deep := _too_deep(bare.text):
            raise InputError([bare.problem(*mark(deep), *_DEEP)])
        loader = _Loader(bare.text)
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        raise InputError([syntax.problem(bare, error)]) from None
    finally:
        if loader is not None:
            loader.dispose()
    if root is None:
        raise InputError([Problem(path, 0, 0, "the file is empty", _NO_MAP[1])])
    reader = _Reader(bare)
    data = reader.read(root)
    document = Document(path, bare.text, data, root)
    if not isinstance(data, dict):
        raise InputError([document.problem(*mark(root), *_NO_MAP)])
    return document, reader.problems
