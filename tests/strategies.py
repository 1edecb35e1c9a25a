"""Text that breaks generators: what Groovy, shells, YAML, XML and templates give a meaning to."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# Each is a piece, so that hypothesis puts them together, cuts them and finds the least that fails.
PIECES = (
    # Quotes and escapes
    *("'", '"', "`", "\\", "'''", '"""', "''", "\\'", '\\"', "\\\\", "\\n", "\\u0041", "\\x41"),
    *("\\", "\\\n", "/", "$/", "/$", "'\\''", "'+'", '"+"', "${'"),
    # Interpolation: Groovy and shell, Helm and Jinja, Make, Grafana
    *("$", "${", "${x}", "${env.HOME}", "$HOME", "$(id)", "`id`", "$((1+1))", "$'\\n'", "$$", "!!"),
    *("{{ .Values.x }}", "{{ 7*7 }}", "{{", "}}", "{% raw %}", "{%", "%}", "{#", "#}", "[[x]]"),
    # Comments and ends
    *("*/", "/*", "//", "#", " #", "-->", "<!--", "]]>", "<![CDATA[", "</script>", "&amp;", "<"),
    # Shell
    *("; id", "&& id", "|| id", "| id", "> x", "< x", "& ", "~", "~root", "*", "?", "[a]", "{a,b}"),
    *("-n", "--", "-e x", "=", "a=b", "%s", "%n", "%d", "!", "^", "(", ")", "{", "}", "\\c"),
    # YAML
    *("yes", "no", "on", "off", "null", "~", "true", "1", "1.10", "012", "0x1F", "1e3", "12:30"),
    *(".inf", ".nan", "2024-01-01", "- a", "a: b", ": ", ":", "? ", "| ", "> ", ">-", "|+", "&a"),
    *("*a", "!!python/object", "@", "%YAML 1.1", "---", "...", "<<", "[", "]", ",", " ", "\t"),
    # Paths and names
    *("..", "../..", "/etc/passwd", "C:\\x", ".", "a b", "file://x", "con"),
    # Lines: what one reader takes for an end of line and another does not
    *("\n", "\r", "\r\n", "\n\n", " \n", "\n ", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"),
    # Control, direction, width and plane
    *("\x01", "\x07", "\x1b[31m", "\x7f", "\u00a0", "\u200b", "\ufeff", "\u202e", "\u202d"),
    *("\u0600", "\u05d0\u05d1", "e\u0301", "\u00e9", "\u0130", "\u00df", "\ufffd", "\uffff"),
    *("\U0001f600", "\U0001f469\u200d\U0001f4bb", "\U0001d11e", "\U0010ffff"),
    # Heredocs, Docker, Make
    *("EOF", "\nEOF\n", "FROM scratch", "\n\tid", "$@", "ONBUILD RUN id"),
)

NEWLINES = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def texts(
    *, min_size: int = 0, max_size: int = 200, nul: bool = False, newlines: bool = True
) -> SearchStrategy[str]:
    """Any text without surrogates, with the nasty pieces in it more often than not.

    NUL is left out unless asked for: no argument, variable or file name can hold it.
    """
    without = ("" if nul else "\0") + ("" if newlines else NEWLINES)
    characters = st.characters(exclude_categories=["Cs"], exclude_characters=without)
    pieces = [piece for piece in PIECES if not set(piece) & set(without)]
    nasty = st.lists(st.sampled_from(pieces) | st.text(characters, max_size=4), max_size=12)
    mixed = nasty.map("".join) | st.text(characters, max_size=max_size)
    return mixed.map(lambda text: text[:max_size]).filter(lambda text: len(text) >= min_size)


def lines(*, min_size: int = 0, max_size: int = 200) -> SearchStrategy[str]:
    """Text of one line."""
    return texts(min_size=min_size, max_size=max_size, newlines=False)


def long_texts(least: int = 5_000) -> SearchStrategy[str]:
    """Text beyond buffers, line widths and the size of a constant in a class file's line."""
    pieces = texts(min_size=1, max_size=40)
    return pieces.map(lambda text: text * (least // len(text) + 1))


def printable_yaml(text: str) -> bool:
    """Whether YAML can hold the text at all: its readers refuse most control characters."""
    return all(
        char in "\t\n\r\x85"
        or " " <= char <= "~"
        or "\xa0" <= char <= "\ud7ff"
        or ("\ue000" <= char <= "\ufffd" and char != "\ufeff")
        or char >= "\U00010000"
        for char in text
    )
