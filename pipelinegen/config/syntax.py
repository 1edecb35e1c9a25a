"""What keeps a file from being read as YAML at all, in a user's words."""

from __future__ import annotations

import re

import yaml

from pipelinegen.config.document import Document
from pipelinegen.errors import InputError, Problem

MAX_BYTES = 1024 * 1024

# https://yaml.org/spec/1.2.2/#51-character-set
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def decode(path: str, raw: bytes) -> str:
    """The text of a file that is small enough and in UTF-8.

    Raises:
        InputError: it is not.
    """

    def stop(message: str, hint: str, line: int = 0, column: int = 0) -> InputError:
        return InputError([Problem(path, line, column, message, hint)])

    if len(raw) > MAX_BYTES:
        size = f"{len(raw) / 1024 / 1024:.1f} MiB"
        message = f"the file is {size} large; at most {MAX_BYTES // 1024} KiB are read"
        raise stop(message, "check that this is the right file")
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise stop("the file is UTF-16", "save it as UTF-8")
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        message = f"the byte 0x{raw[error.start]:02x} is not UTF-8"
        before = Document(path, raw[: error.start].decode("utf-8").removeprefix("\ufeff")).lines
        raise stop(message, "save the file as UTF-8", len(before), len(before[-1]) + 1) from None


def problem(document: Document, error: yaml.YAMLError) -> Problem:
    """What the parser stumbled over, at the place where a person has to mend it."""
    if found := _NOT_YAML.search(document.text):
        before = Document("", document.text[: found.start()]).lines
        message = f"a control character that YAML does not allow (U+{ord(found[0]):04X})"
        return document.problem(len(before), len(before[-1]) + 1, message, "remove it")
    at, opened = (_mark(error, name) for name in ("problem_mark", "context_mark"))
    line, column = at or opened or (1, 1)
    if tab := _tab(document, line):
        return tab
    what, context = (str(getattr(error, name, None) or "") for name in ("problem", "context"))
    if opened and "quoted scalar" in context and "end of stream" in what:
        hint = "close it; a quote within single quotes is written twice: 'it''s'"
        return document.problem(*opened, "the quote that opens here is never closed", hint)
    if opened and re.search(r"flow (sequence|mapping)", context):
        bracket, end = ("[", "]") if "sequence" in context else ("{", "}")
        message = f"the `{bracket}` that opens here is not closed where it should be"
        hint = f"look for a missing `{end}` or `,` up to line {line}"
        return document.problem(*opened, message, hint)
    if opened and "could not find expected ':'" in what:
        return document.problem(*opened, "there is no `:` in this line", "write `key: value`")
    if opened and context == "while parsing a block mapping":
        message = f"this does not belong to the map that begins at line {opened[0]}"
        hint = "all keys of a map are indented alike, and a list's items start with `- `"
        return document.problem(line, column, message, hint)
    for part, message, hint in _WORDS:
        if part in what:
            source = document.lines[line - 1 : line] or [""]
            character = source[0][column - 1 : column]
            return document.problem(line, column, message.format(character), hint)
    return document.problem(line, column, f"not valid YAML: {what or error}", context)


# What the parser says, and what a person needs to hear.
_WORDS = [
    (
        "mapping values are not allowed",
        "a second `:` in this line, or a key that is indented too far",
        'quote a text that contains `: `, like "a: b"; otherwise check the indentation',
    ),
    (
        "another document",
        "a second document begins here",
        "keep one; a line of `---` separates documents",
    ),
    (
        "undefined alias",
        "this alias has no anchor",
        "an alias (*name) needs an anchor (&name) above it",
    ),
    (
        "cannot start any token",
        "a value cannot start with `{}`",
        "quote the value with single quotes",
    ),
    (
        "unknown escape",
        'a backslash has a meaning within "double quotes", and this one has none',
        "quote the value with single quotes",
    ),
    (
        "expected node content",
        "a value is missing here",
        "look for a `[` or `{` that is not closed, or for two commas in a row",
    ),
    (
        "alphabetic or numeric character",
        "`*` and `&` begin an alias or an anchor, and no name follows",
        "quote the value with single quotes",
    ),
]


def _mark(error: yaml.YAMLError, name: str) -> tuple[int, int] | None:
    found = getattr(error, name, None)
    return (found.line + 1, found.column + 1) if found else None


def _tab(document: Document, line: int) -> Problem | None:
    """The parser points behind a tab in the indentation, which is what people cannot see."""
    lines = document.lines
    for number in (line, line - 1):
        if 0 < number <= len(lines):
            text = lines[number - 1]
            indent = text[: len(text) - len(text.lstrip())]
            if "\t" in indent:
                column = indent.index("\t") + 1
                hint = "YAML is indented with spaces: replace the tab"
                return document.problem(number, column, "a tab in the indentation", hint)
    return None
