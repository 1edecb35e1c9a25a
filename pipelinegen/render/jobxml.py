"""Two config.xml of one item: where their meanings differ, and what of the other is kept.

Jenkins gives a document back as it was posted until it saves the item itself; from then on it has
plugin versions, more fields, and another order. Fields that we do not write are Jenkins' business:
those inside of what we write are not compared, those beside it are kept when a document is pushed.
So are properties and views that somebody added: credentials, permissions, parameters of a build.
"""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelinegen.render.library import without_secrets

_LONGEST = 120
_PROLOG = re.compile(r"\A\s*<\?xml[^>]*\?>")
# What XML 1.1 may name by its number and 1.0 may not.
_NUMBERED = re.compile(r"&#(?:x(0*1?[0-9a-fA-F])|(0*[12]?[0-9]|0*3[01]));")
# The properties that are ours where they are: one that we do not declare goes.
_OURS = ("FolderLibraries", "PipelineTriggersJobProperty")
# A branch source by which Jenkins knows the branches' jobs as its own.
_SOURCE_ID = "sources/data/jenkins.branch.BranchSource/source/id"
# How Java names its lists, which says nothing about what is in them.
_LISTS = re.compile(r"(?:empty-list|list|linked-list|vector|java\.util\..*|.*PropertyList)\Z")


class NotXml(Exception):
    """What the server has is no document that can be read."""


@dataclass(frozen=True)
class Difference:
    """Something that is not as it should be.

    Args:
        path: where, by the names of the fields.
        old: what is there; empty when there is nothing.
        new: what should be; empty when nothing should.
    """

    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {self.old or '(nothing)'} → {self.new or '(nothing)'}"


def differences(ours: str, live: str) -> list[Difference]:
    """Where the meaning of the server's document is not that of ours.

    Args:
        ours: the document that we would push.
        live: the one that the server gave.

    Raises:
        NotXml: the server's is none.
    """
    wanted, there = _parsed(ours), _parsed(live)
    _keep_source_id(wanted, there)
    return list(_compare(wanted, there, ()))


def merged(ours: str, live: str) -> str:
    """Our document with what is kept of the server's.

    Raises:
        NotXml: the server's is none.
    """
    result, there = _parsed(ours), _parsed(live)
    _keep_source_id(result, there)
    _keep(result, there, lambda child: not _foreign_field(child) and result.find(child.tag) is None)
    _keep_members(result, there, "properties", _is_foreign_property)
    _keep_members(result, there, "folderViews/views", _is_view)
    return _text(result)


def pruned(live: str, description: str) -> str:
    """The server's document, disabled and with another description.

    Raises:
        NotXml: the server's is none.
    """
    root = _parsed(live)
    values = {"description": description}
    if _short(root.tag) != "Folder":  # a plain folder cannot be disabled
        values["disabled"] = "true"
    for name, value in values.items():
        found = root.find(name)
        if found is None:
            found = ET.SubElement(root, name)
        found.text = value
    return _text(root)


@dataclass(frozen=True)
class Facts:
    """What a document says of its item beside its configuration."""

    folder: bool
    description: str
    disabled: bool


def facts(live: str) -> Facts:
    """What the server's document says of its item.

    Raises:
        NotXml: it is none.
    """
    root = _parsed(live)
    disabled = root.findtext("disabled", "").strip() == "true"
    return Facts(_short(root.tag) == "Folder", root.findtext("description", ""), disabled)


def holds_more(live: str) -> bool:
    """Whether somebody added properties to it, such as credentials or permissions.

    Raises:
        NotXml: the server's document is none.
    """
    found = _parsed(live).find("properties")
    return found is not None and any(_is_foreign_property(child) for child in found)


def _keep_source_id(ours: ET.Element, live: ET.Element) -> None:
    """With another one all branches would be orphans, and built anew without their history."""
    wanted, there = ours.find(_SOURCE_ID), live.find(_SOURCE_ID)
    if wanted is not None and there is not None and (there.text or "").strip():
        wanted.text = there.text


def _keep(into: ET.Element, found: ET.Element, wanted: Callable[[ET.Element], bool]) -> None:
    into.extend(copy.deepcopy(child) for child in found if wanted(child))


def _keep_members(
    result: ET.Element, there: ET.Element, path: str, wanted: Callable[[ET.Element], bool]
) -> None:
    into, found = result.find(path), there.find(path)
    if into is not None and found is not None:
        known = {_key(child) for child in into}
        _keep(into, found, lambda child: wanted(child) and _key(child) not in known)


def _is_foreign_property(child: ET.Element) -> bool:
    return _short(child.tag) not in _OURS


def _is_view(child: ET.Element) -> bool:
    return child.tag.endswith("View")


def _foreign_field(child: ET.Element) -> bool:
    """Whether a field of the item is to go when we do not write it: it would show."""
    return child.tag == "displayName"


def _text(root: ET.Element) -> str:
    # ElementTree leaves a carriage return as it is, and so it would be read as a line end.
    text = ET.tostring(root, "unicode").replace("\r", "&#13;")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _parsed(text: str) -> ET.Element:
    bare = _NUMBERED.sub(_readable, _PROLOG.sub("", text))
    try:
        return ET.fromstring(bare)
    except ET.ParseError as error:
        raise NotXml(str(error)) from None


def _readable(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    return found[0] if number in (9, 10, 13) else "\ufffd"


def _short(name: str) -> str:
    """A class without its package: plugins move theirs, and Jenkins knows them by both names."""
    return name.rpartition(".")[2].replace("__", "_")


def _class(element: ET.Element) -> str:
    said = element.get("class", "")
    return "" if _LISTS.match(said) else _short(said)


def _key(element: ET.Element) -> tuple[str, str]:
    name = element.findtext("name", "") if element.tag.endswith("View") else ""
    return _short(element.tag), name


def _compare(ours: ET.Element, live: ET.Element, path: tuple[str, ...]) -> Iterator[Difference]:
    here = ".".join(path) or "class"
    if not path and _short(ours.tag) != _short(live.tag):
        yield Difference(here, _short(live.tag), _short(ours.tag))
        return
    if _class(ours) != _class(live):
        yield Difference(here, _class(live), _class(ours))
        return
    if not len(ours) and not len(live) and _value(ours) != _value(live):
        yield Difference(here, _shown(live), _shown(ours))
    yield from _children(ours, live, path)


def _children(ours: ET.Element, live: ET.Element, path: tuple[str, ...]) -> Iterator[Difference]:
    wanted, there = _grouped(ours), _grouped(live)
    for key in dict.fromkeys([*wanted, *there]):
        mine, theirs = wanted.get(key, []), there.get(key, [])
        at = (*path, f"{key[0]}[{key[1]}]" if key[1] else key[0])
        for one, other in zip(mine, theirs, strict=False):
            yield from _compare(one, other, at)
        for one in mine[len(theirs) :]:
            if _says(one):
                yield Difference(".".join(at), "", _shown(one))
        for other in theirs[len(mine) :]:
            if _says(other) and (mine or _too_much(other, path)):
                yield Difference(".".join(at), _shown(other), "")


def _grouped(element: ET.Element) -> dict[tuple[str, str], list[ET.Element]]:
    """The children by what they are; those that only point back to the item are left out."""
    found: dict[tuple[str, str], list[ET.Element]] = {}
    for child in element:
        if child.get("reference") is None:
            found.setdefault(_key(child), []).append(child)
    return found


def _says(element: ET.Element) -> bool:
    """Whether it means anything else than its absence: XStream leaves a field false or empty."""
    if len(element) or _class(element) or "." in element.tag:
        return True
    return (element.text or "").strip() not in ("", "false")


def _too_much(child: ET.Element, path: tuple[str, ...]) -> bool:
    """Whether something that we do not write has to go."""
    if not path:
        return _foreign_field(child)
    if path == ("properties",):
        return _short(child.tag) in _OURS
    # Tags with a package are members of a list, others are fields; a person's views stay.
    return "." in child.tag and path != ("folderViews", "views")


def _value(element: ET.Element) -> str:
    text = (element.text or "").replace("\r\n", "\n").strip()
    return "" if text == "false" else text


def _shown(element: ET.Element) -> str:
    """What it holds, on one line, without a password that somebody put into a URL."""
    if not len(element) and (text := (element.text or "").strip()):
        lines = text.splitlines()
        told = " ⏎ ".join(without_secrets(line.strip()) for line in lines)
        told = "".join(c if c.isprintable() else "\ufffd" for c in told)
        return told if len(told) <= _LONGEST else told[: _LONGEST - 1] + "…"
    return _class(element) or _short(element.tag)
