"""Text in a picture: how wide it is at the most, and where it breaks."""

from __future__ import annotations

import re
import unicodedata

from pipelinegen.render.graph import plain

ELLIPSIS = "…"

# Hundredths of the font size from the space to `~`: DejaVu Sans Bold, the widest of the fonts that
# the picture asks for, so that no text is wider than this on any machine.
_ASCII = (
    35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 53, 84, 38, 42, 38, 37, 70, 70, 70, 70, 70, 70, 70,
    70, 70, 70, 40, 40, 84, 84, 84, 59, 100, 78, 77, 74, 84, 69, 69, 83, 84, 38, 38, 78, 64, 100,
    84, 86, 74, 86, 78, 73, 69, 82, 78, 111, 78, 73, 73, 46, 37, 46, 84, 50, 50, 68, 72, 60, 72,
    68, 44, 72, 72, 35, 35, 67, 35, 105, 72, 69, 72, 72, 50, 60, 48, 72, 66, 93, 65, 66, 59, 72,
    37, 72, 84,
)  # fmt: skip
_OTHER, _WIDE = 112, 140


def width(text: str, size: float) -> float:
    """How wide the text is at the most.

    Args:
        text: one line.
        size: the font's size.
    """
    return sum(map(_hundredths, text)) * size / 100


def _hundredths(c: str) -> int:
    if " " <= c <= "~":
        return _ASCII[ord(c) - 32]
    if c in "…·\u00d7":
        return 100
    wide = unicodedata.east_asian_width(c) in "WF" or c > "\uffff"
    return _WIDE if wide else _OTHER


def cut(text: str, most: float, size: float) -> str:
    """The text's beginning, with an ellipsis where it does not fit."""
    if width(text, size) <= most:
        return text
    while text and width(text + ELLIPSIS, size) > most:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def cut_middle(text: str, most: float, size: float) -> str:
    """The text's beginning and end: names of one family differ at their ends."""
    if width(text, size) <= most:
        return text
    kept = len(text) - 1
    while kept > 1:
        shown = text[: (kept + 1) // 2] + ELLIPSIS + text[len(text) - kept // 2 :]
        if width(shown, size) <= most:
            return shown
        kept -= 1
    return cut(text, most, size)


def wrap(text: str, most: float, size: float, lines: int) -> list[str]:
    """The text on at most ``lines`` lines; what does not fit ends in an ellipsis.

    It breaks at spaces, and behind `-`, `/` and `_` where a word alone is too wide.
    """
    found: list[str] = []
    rest = [part for word in plain(text).split(" ") for part in _parts(word, most, size)]
    while rest:
        if len(found) == lines - 1:
            return [*found, cut("".join(rest).strip(), most, size)]
        line = rest.pop(0)
        while rest and width((line + rest[0]).rstrip(), size) <= most:
            line += rest.pop(0)
        found.append(cut(line.strip(), most, size))
    return found


def _parts(word: str, most: float, size: float) -> list[str]:
    if width(word, size) <= most:
        return [f"{word} "]
    pieces = re.findall(r"[^-/_]+[-/_]*|[-/_]+", word)
    return [*pieces[:-1], f"{pieces[-1]} "]
