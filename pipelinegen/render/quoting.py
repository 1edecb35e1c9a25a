"""How a value becomes text in another language: the only ways from a config into code.

Each function gives a literal that the language reads back as exactly the same value and executes
nothing. The tests hold that with the real Groovy, bash and YAML loaders, for any text.
"""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_GROOVY_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Printable ASCII without the quote and the backslash: nearly everything, and nothing to escape.
_ORDINARY = re.compile(r"[ -&(-\[\]-~]*\Z")


def groovy(value: Any) -> str:
    """A Groovy literal: a string, number, boolean, list or map of them.

    Strings are single-quoted, so that ``$`` means nothing
    (https://groovy-lang.org/syntax.html#_single_quoted_string); one with several lines is
    triple-quoted, so that a person can read it.
    """
    if isinstance(value, str):
        return _groovy_string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        pairs = [f"{groovy_key(key)}: {groovy(item)}" for key, item in value.items()]
        return f"[{', '.join(pairs) or ':'}]"
    return f"[{', '.join(groovy(item) for item in value)}]"


# Services side by side say the same things again and again.
@lru_cache(4096)
def _groovy_string(value: str) -> str:
    if _ORDINARY.match(value):
        return f"'{value}'"
    return _groovy_lines(value) if "\n" in value else f"'{_groovy_text(value)}'"


@lru_cache(4096)
def groovy_key(key: str) -> str:
    """A key of a Groovy map literal: bare where it is a plain name, else quoted."""
    return key if _NAME.match(key) else groovy(key)


# A plain name that is none of https://groovy-lang.org/syntax.html#_keywords
_NAME = re.compile(
    r"(?!(?:as|assert|break|case|catch|class|const|continue|def|default|do|else|enum|extends|false"
    r"|finally|for|goto|if|implements|import|in|instanceof|interface|new|null|package|return|super"
    r"|switch|this|throws?|trait|true|try|var|while)\Z)[A-Za-z_][A-Za-z0-9_]*\Z"
)


def _groovy_text(text: str, keep: str = "") -> str:
    return "".join(
        c if c in keep else _GROOVY_ESCAPES.get(c) or (c if _readable(c) else _groovy_escape(c))
        for c in text
    )


def _groovy_lines(text: str) -> str:
    body = _groovy_text(text, keep="\n'").replace("'''", "\\'\\'\\'")
    if body.endswith("'"):
        body = body[:-1] + "\\'"
    return f"'''{body}'''"


def _readable(c: str) -> bool:
    """Whether a person sees the character as what it is: no control, no hidden direction."""
    return " " <= c <= "~" or ("\xa0" < c <= "\uffff" and unicodedata.category(c)[0] in "LNPS")


def _groovy_escape(c: str) -> str:
    """Octal below 256: Groovy, as Java, puts a unicode escape's character in before it looks for
    the end of a string, so that an escaped line end would be a real one."""
    if ord(c) < 256:
        return f"\\{ord(c):03o}"
    units = c.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def shell(text: str) -> str:
    """One word of a POSIX shell."""
    return shlex.quote(text)


def xml(text: str) -> str:
    """Text as an XML element's content or as an attribute's value in double quotes.

    It stands on one line: characters that XML cannot hold or that do not show are replaced.
    """
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return _escape(shown)


def _escape(text: str) -> str:
    # The standard library's own function brings an HTTP client along.
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(character, entity)
    return text


# Jenkins keeps config.xml as XML 1.1, which has no other controls than tab and line ends, and reads
# U+0085 and U+2028 as line ends. https://www.w3.org/TR/xml11/#charsets
_NOT_IN_CONFIG = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\ud800-\udfff\ufffe\uffff]")


def config_xml(text: str) -> str:
    """Text as an element's content in a config.xml of Jenkins, lines and blanks as they are.

    What neither XML 1.0 nor Jenkins' own files can hold becomes U+FFFD.
    """
    kept = _NOT_IN_CONFIG.sub("\ufffd", text)
    # A bare carriage return would be read as a line end.
    return _escape(kept).replace("\r", "&#13;")


# Plain scalars that every YAML reader, of 1.1 and of 1.2, reads as this very text.
_PLAIN = re.compile(
    r"(?:[A-Za-z/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*"
    r"|[a-z]+://[A-Za-z0-9_./:-]*[A-Za-z0-9_/-]"  # a URL
    r"|[0-9]+(?:m|[KMGT]i))\Z"  # a quantity
)
# Printable ASCII without the quote and the backslash.
_ORDINARY_YAML = re.compile(r"[ !#-\[\]-~]*\Z")
# Without the single quote, so that double ones and backslashes are as they are, like in PromQL.
_SINGLE_YAML = re.compile(r"[ -&(-~]*\Z")
_NOT_TEXT = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))


def yaml(value: str | int | float | bool | None) -> str:
    """A YAML scalar on one line."""
    if isinstance(value, str):
        return _yaml_string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@lru_cache(4096)
def _yaml_string(value: str) -> str:
    if _PLAIN.match(value) and value.lower() not in _NOT_TEXT:
        return value
    if _ORDINARY_YAML.match(value):
        return f'"{value}"'
    if _SINGLE_YAML.match(value):
        return f"'{value}'"
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if _readable(c) else _yaml_escape(c) for c in text)


def _yaml_escape(c: str) -> str:
    number = ord(c)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
