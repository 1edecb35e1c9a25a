"""Names: which Jenkins takes, and how they stand in its URLs."""

from __future__ import annotations

from urllib.parse import quote

from tests.lab.jenkins_server.errors import Failure

# jenkins.model.Jenkins.checkGoodName
UNSAFE = "?*/\\%!@#$^&|<>[]:;"
# What hudson.Util.rawEncode leaves as it is, besides letters and digits.
RAW = "!$&'()*+,-.:=@_~"


def good_name(name: str | None) -> str:
    """The name without the blanks around it, where Jenkins takes it.

    Raises:
        Failure: with the words of hudson.model.Messages.
    """
    if not name:
        raise Failure("No name is specified")
    trimmed = name.strip()
    if trimmed in (".", ".."):
        raise Failure(f"‘{trimmed}’ is not an allowed name")  # noqa: RUF001
    for character in name:
        if ord(character) < 32 or 127 <= ord(character) < 160:
            shown = "".join(f"\\u{ord(c)};" if ord(c) < 32 else c for c in name)
            raise Failure(f"No control code is allowed: {shown}")
        if character in UNSAFE:
            raise Failure(f"‘{character}’ is an unsafe character")  # noqa: RUF001
    if trimmed.endswith("."):
        raise Failure("A name cannot end with ‘.’")  # noqa: RUF001
    return trimmed


def in_url(name: str) -> str:
    return quote(name, safe=RAW)


def branch_item(branch: str) -> str:
    """The name of the item for a branch: jenkins.branch.NameEncoder."""
    return "".join(quote(c, safe="") if c in UNSAFE else c for c in branch)
