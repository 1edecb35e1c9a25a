"""Jenkins' remote API: `tree` and `depth` choose what of an object becomes JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.lab.jenkins_server.beans import Bean
from tests.lab.jenkins_server.errors import Wrong

ALWAYS = 999
"""The visibility of what is shown at any depth."""

Limits = tuple[int, int | None]
"""From where to before where a list is shown."""
ALL: Limits = (0, None)


@dataclass(frozen=True)
class Look:
    """Who looks, and under which address."""

    base: str
    """The URL of Jenkins, with a slash at its end."""
    may_read: Callable[[Any], bool]
    """Items that a user may not read are not shown to him."""
    executors: Any = None


@dataclass(frozen=True)
class Exported:
    """A property with @Exported(visibility=…)."""

    name: str
    get: Callable[[Any, Look], Any]
    visibility: int = 1
    inline: bool = False
    """@Exported(inline=true): its value counts as no level of its own."""


ABSENT = object()
"""A property's value where this object does not have it."""


class Pruner(Protocol):
    @property
    def limits(self) -> Limits: ...

    def accept(self, prop: Exported) -> Pruner | None: ...


@dataclass(frozen=True)
class ByDepth:
    """org.kohsuke.stapler.export.TreePruner.ByDepth; it starts at 1 - depth."""

    level: int
    limits: Limits = ALL

    def accept(self, prop: Exported) -> Pruner | None:
        if self.level > prop.visibility:
            return None
        return self if prop.inline else ByDepth(self.level + 1)


@dataclass
class Tree:
    """org.kohsuke.stapler.export.NamedPathPruner: a name that comes twice counts as it is last."""

    children: dict[str, Tree] = field(default_factory=dict)
    limits: Limits = ALL

    def accept(self, prop: Exported) -> Pruner | None:
        return self.children.get(prop.name) or self.children.get("*")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def take(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += 1
            return True
        return False

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            self.fail(mark)

    def fail(self, wanted: str) -> None:
        told = f"java.lang.IllegalArgumentException: expected {wanted} at {self.at}"
        raise Wrong(f"jakarta.servlet.ServletException: Malformed tree expression: {told}")

    def word(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",[]{}":
            self.at += 1
        return self.text[start : self.at]

    def number(self) -> int:
        word = self.word()
        if not word.isdecimal():
            self.fail("number")
        return int(word)


def parse_tree(text: str) -> Tree:
    """Raises Wrong where Jenkins answers with 500."""
    reader = _Reader(text)
    tree = Tree()
    _list(reader, tree)
    if reader.at < len(text):
        reader.fail("EOF")
    return tree


def _list(reader: _Reader, tree: Tree) -> None:
    while True:
        name = reader.word()
        if not name:
            reader.fail("name")
        child = tree.children[name] = Tree()
        if reader.take("["):
            _list(reader, child)
            reader.expect("]")
        if reader.take("{"):
            child.limits = _range(reader)
            reader.expect("}")
        if not reader.take(","):
            return


def _range(reader: _Reader) -> Limits:
    """`{M,N}` from M to before N, `{M,}`, `{,N}`, and `{N}` for one alone."""
    if reader.take(","):
        return 0, reader.number()
    start = reader.number()
    if not reader.take(","):
        return start, start + 1
    if reader.text.startswith("}", reader.at):
        return start, None
    return start, reader.number()


def pruner(fields: dict[str, str]) -> Pruner:
    """What the parameters of a request ask for: `tree` counts before `depth`."""
    if "tree" in fields:
        return parse_tree(fields["tree"])
    try:
        return ByDepth(1 - int(fields.get("depth", "0")))
    except ValueError:
        thrown = "jakarta.servlet.ServletException: Depth parameter must be a number"
        raise Wrong(thrown) from None


TABLES: dict[type[Bean], list[Exported]] = {}
"""The properties of each class; fields.py fills it."""


def _properties(kind: type[Bean]) -> list[Exported]:
    """The table of a class, or that of the nearest class above it."""
    if kind not in TABLES:
        TABLES[kind] = next((TABLES[base] for base in kind.__mro__ if base in TABLES), [])
    return TABLES[kind]


def export(bean: Bean, chosen: Pruner, look: Look) -> dict[str, Any]:
    """The JSON of an object."""
    shown: dict[str, Any] = {"_class": bean.java_class} if bean.java_class else {}
    for prop in _properties(type(bean)):
        below = chosen.accept(prop)
        if below is not None and (value := prop.get(bean, look)) is not ABSENT:
            shown[prop.name] = prune(value, below, look)
    return shown


def prune(value: Any, chosen: Pruner, look: Look) -> Any:
    """The value of a property, and so on down."""
    if isinstance(value, Bean):
        return export(value, chosen, look)
    if isinstance(value, list):
        return [prune(one, chosen, look) for one in value[slice(*chosen.limits)]]
    if isinstance(value, dict):
        return dict(_shown(value, chosen, look))
    return value


def _shown(value: dict[str, Any], chosen: Pruner, look: Look) -> Iterator[tuple[str, Any]]:
    for name, inside in value.items():
        prop = Exported(name, lambda bean, look: None, ALWAYS)
        below = chosen if name == "_class" else chosen.accept(prop)
        if below is not None:
            yield name, prune(inside, below, look)
