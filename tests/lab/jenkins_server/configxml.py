"""config.xml: what was posted, and the two forms in which it comes back."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.parsers import expat

from tests.lab.jenkins_server.errors import Wrong

VERSION = re.compile(rb"""^\s*<\?xml[^>]*?version\s*=\s*["']1\.1["']""")


@dataclass
class ConfigXml:
    """The file of an item, and what Jenkins read from it."""

    posted: bytes
    root: ET.Element = field(repr=False)
    written: str | None = None
    """What Jenkins wrote itself; before it did, the posted text counts."""

    @classmethod
    def parse(cls, posted: bytes) -> ConfigXml:
        """Raises Wrong where it is no XML: hudson.model.AbstractItem.updateByXml."""
        try:
            return cls(posted, ET.fromstring(posted))
        except (ET.ParseError, LookupError, ValueError) as error:
            thrown = f"java.io.IOException: Failed to persist config.xml\nCaused by: {error}"
            raise Wrong(thrown) from None

    @property
    def java_class(self) -> str:
        return self.root.tag

    @property
    def text(self) -> str:
        return self.identity if self.written is None else self.written

    @cached_property
    def identity(self) -> str:
        return identity(self.posted)

    def value(self, name: str) -> str | None:
        """The text of a child of the root; an empty one is empty text."""
        found = self.root.find(name)
        return None if found is None else found.text or ""

    def flag(self, name: str) -> bool:
        return (self.value(name) or "").strip() == "true"

    def put(self, name: str, value: str) -> None:
        """Sets a field of the item in memory; the file follows when it is saved."""
        found = self.root.find(name)
        if found is None:
            found = ET.SubElement(self.root, name)
        found.text = value


def identity(posted: bytes) -> str:
    """What jenkins.util.xml.XMLUtils.safeTransform makes of a document.

    It is an identity transformation of the JDK: another prolog on the same line, `<a></a>` as
    `<a/>`, double quotes, nothing between the prolog and the root. The cases in test_configxml.py
    were run with the transformer of a JDK 17.
    """
    writer = _Writer()
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    for name in dir(writer):
        if name.endswith("Handler"):
            setattr(parser, name, getattr(writer, name))
    parser.Parse(posted, True)
    version = "1.1" if VERSION.match(posted) else "1.0"
    return f'<?xml version="{version}" encoding="UTF-8"?>{"".join(writer.out)}'


class _Writer:
    def __init__(self) -> None:
        self.out: list[str] = []
        self._open = False
        self._depth = 0
        self._raw = False

    def StartElementHandler(self, name: str, attributes: list[str]) -> None:
        self._close()
        self.out.append(f"<{name}")
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            self.out.append(f' {key}="{_attribute(value)}"')
        self._open = True
        self._depth += 1

    def EndElementHandler(self, name: str) -> None:
        self.out.append("/>" if self._open else f"</{name}>")
        self._open = False
        self._depth -= 1

    def CharacterDataHandler(self, data: str) -> None:
        self._close()
        self.out.append(data if self._raw else _text(data))

    def StartCdataSectionHandler(self) -> None:
        self._close()
        self._raw = True
        self.out.append("<![CDATA[")

    def EndCdataSectionHandler(self) -> None:
        self._raw = False
        self.out.append("]]>")

    def CommentHandler(self, data: str) -> None:
        self._close()
        self.out.append(f"<!--{data}-->")

    def ProcessingInstructionHandler(self, target: str, data: str) -> None:
        self._close()
        self.out.append(f"<?{target} {data}?>")

    def _close(self) -> None:
        if self._open:
            self.out.append(">")
            self._open = False


def _text(data: str) -> str:
    data = data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _beyond(data.replace("\r", "&#13;"))


def _attribute(data: str) -> str:
    data = _text(data).replace('"', "&quot;")
    return data.replace("\n", "&#10;").replace("\t", "&#9;")


def _beyond(data: str) -> str:
    # The JDK's serialiser writes what needs two UTF-16 units as a number.
    if data.isascii():
        return data
    return "".join(f"&#{ord(c)};" if ord(c) > 0xFFFF else c for c in data)


def same(left: str | bytes, right: str | bytes) -> bool:
    """Whether two documents are the same but for white space between elements and the prolog."""
    return shape(ET.fromstring(left)) == shape(ET.fromstring(right))


def shape(element: ET.Element) -> tuple[Any, ...]:
    children = tuple(shape(child) for child in element)
    text = element.text or ""
    return (element.tag, dict(element.attrib), text.strip() if children else text, children)
