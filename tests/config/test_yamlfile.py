"""Reading YAML: what stands there is what is read, and every surprise is told where it stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.config.yamlfile import parse
from pipelinegen.errors import InputError, Problem
from tests.strategies import lines, printable_yaml, texts


def read(text: str | bytes) -> tuple[Any, list[Problem]]:
    """The data, if it can be read at all, and every problem."""
    raw = text.encode() if isinstance(text, str) else text
    try:
        document, problems = parse("f.yaml", raw)
    except InputError as error:
        return None, error.problems
    return document.data, problems


def told(text: str | bytes) -> list[tuple[int, int, str, str]]:
    problems = dict.fromkeys(read(text)[1])
    return [(p.line, p.column, p.message, p.hint) for p in problems]


UNQUOTED = "`{}` is not read as text: it is {}"
NO_MAP = "begin with `apiVersion: pipelinegen/v1`"
DEEP = "no key of pipelinegen's needs so many"


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("on", "true in YAML 1.1"),
        ("Yes", "true in YAML 1.1"),
        ("no", "false in YAML 1.1"),
        ("OFF", "false in YAML 1.1"),
        ("12:30", "a number in base 60"),
        ("-1:59:59", "a number in base 60"),
        ("0777", "an octal number"),
        ("0o17", "a hexadecimal, octal or binary number"),
        ("0x1F", "a hexadecimal, octal or binary number"),
        ("1_000", "a number without its underscores"),
        ("1e3", "a number"),
        (".5", "a number"),
        ("1.", "a number"),
        ("-.inf", "a number that is none"),
        (".NaN", "a number that is none"),
        ("2024-01-31", "a date"),
        ("2024-01-31T10:00:00Z", "a date"),
        ("=", "a special value"),
    ],
)
def test_what_yaml_reads_as_something_else_has_to_be_quoted(written: str, meaning: str) -> None:
    better = {"true": ", or write true", "fals": ", or write false"}.get(meaning[:4], "")
    hint = f'quote it: "{written}"{better}'
    assert told(f"a: x\nkey: {written}\n") == [(2, 6, UNQUOTED.format(written, meaning), hint)]
    assert read(f"a: \"{written}\"\nb: '{written}'\n") == ({"a": written, "b": written}, [])


def test_a_key_that_yaml_reads_as_true_has_to_be_quoted() -> None:
    hint = 'quote it: "on", or write true'
    assert told("on: x\n") == [(1, 1, UNQUOTED.format("on", "true in YAML 1.1"), hint)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("1.10", 1.1), ("0.5", 0.5), ("0", 0), ("-3", -3), ("+3", 3), ("", None), ("~", None)),
        *(("null", None), ("true", True), ("False", False), ("y", "y"), ("N", "N"), ("-e5", "-e5")),
        *(("yesterday", "yesterday"), ("1.2.3", "1.2.3"), ("10m", "10m"), ("--on", "--on")),
        *(
            ("- ", [None]),
            ("on fire", "on fire"),
            ("12:30 h", "12:30 h"),
            ("-.", "-."),
            ("..", ".."),
        ),
    ],
)
def test_what_everyone_reads_alike_needs_no_quotes(written: str, value: Any) -> None:
    assert read(f"a:\n  {written}\n") == ({"a": value}, [])


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        (
            "a: 1\nb: 2\na: 3\n",
            3,
            1,
            "`a` is written twice; the first is at line 1",
            "keep one of the two",
        ),
        (
            "x: {a: 1, 'a': 3}\n",
            1,
            11,
            "`a` is written twice; the first is at line 1",
            "keep one of the two",
        ),
        (
            "a: 1\rb: 2\ra: 3\r",
            3,
            1,
            "`a` is written twice; the first is at line 1",
            "keep one of the two",
        ),
        (
            "a:\n\tb: 1\n",
            2,
            1,
            "a tab in the indentation",
            "YAML is indented with spaces: replace the tab",
        ),
        (
            "a:\n  b: 1\n \tc: 2\n",
            3,
            2,
            "a tab in the indentation",
            "YAML is indented with spaces: replace the tab",
        ),
        (
            "a: *b\n",
            1,
            4,
            "this alias has no anchor",
            "an alias (*name) needs an anchor (&name) above it",
        ),
        ("a: &a [*a]\n", 1, 4, "an alias that contains itself", "write the value out"),
        (
            "a: *\n",
            1,
            5,
            "`*` and `&` begin an alias or an anchor, and no name follows",
            "quote the value with single quotes",
        ),
        ("a: {<<: 5}\n", 1, 9, "`<<` needs a map, or a list of maps", "point it at an anchor"),
        ("", 0, 0, "the file is empty", NO_MAP),
        ("# only\n# comments\n", 0, 0, "the file is empty", NO_MAP),
        ("---\n", 1, 4, "a file of `key: value` lines is expected", NO_MAP),
        ("- a\n- b\n", 1, 1, "a file of `key: value` lines is expected", NO_MAP),
        ("hello\n", 1, 1, "a file of `key: value` lines is expected", NO_MAP),
        (
            "a: 1\n---\nb: 2\n",
            2,
            1,
            "a second document begins here",
            "keep one; a line of `---` separates documents",
        ),
        (
            "é: é\nü: ü\x01\n",
            2,
            5,
            "a control character that YAML does not allow (U+0001)",
            "remove it",
        ),
        ("a: b\0c\n", 1, 5, "a control character that YAML does not allow (U+0000)", "remove it"),
        (
            "a: \x1b[31mred\n",
            1,
            4,
            "a control character that YAML does not allow (U+001B)",
            "remove it",
        ),
        ("a: " + "[" * 100 + "]" * 100, 1, 64, "nested more than 60 levels deep", DEEP),
        ("a: " + "[" * 100_000, 1, 63, "nested more than 60 levels deep", DEEP),
        ("- " * 50_000, 1, 121, "nested more than 60 levels deep", DEEP),
        (
            "a: 'x\nb: 2\n",
            1,
            4,
            "the quote that opens here is never closed",
            "close it; a quote within single quotes is written twice: 'it''s'",
        ),
        (
            'b: 1\na: "x\n',
            2,
            4,
            "the quote that opens here is never closed",
            "close it; a quote within single quotes is written twice: 'it''s'",
        ),
        (
            "a: [1, 2\nb: 3\n",
            1,
            4,
            "the `[` that opens here is not closed where it should be",
            "look for a missing `]` or `,` up to line 2",
        ),
        (
            "a: {b: 1\nc: 2\n",
            1,
            4,
            "the `{` that opens here is not closed where it should be",
            "look for a missing `}` or `,` up to line 2",
        ),
        (
            "a: [\n",
            1,
            5,
            "a value is missing here",
            "look for a `[` or `{` that is not closed, or for two commas in a row",
        ),
        (
            "a: !!python/object:os.system x\n",
            1,
            4,
            "the tag !!python/object:os.system is not supported",
            "write the value plainly",
        ),
        ("a: !mine {b: 1}\n", 1, 4, "the tag !mine is not supported", "write the value plainly"),
        (
            "a: run: x\n",
            1,
            7,
            "a second `:` in this line, or a key that is indented too far",
            'quote a text that contains `: `, like "a: b"; otherwise check the indentation',
        ),
        ("a: @x\n", 1, 4, "a value cannot start with `@`", "quote the value with single quotes"),
        (
            'a: "\\q"\n',
            1,
            5,
            'a backslash has a meaning within "double quotes", and this one has none',
            "quote the value with single quotes",
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            3,
            2,
            "this does not belong to the map that begins at line 1",
            "all keys of a map are indented alike, and a list's items start with `- `",
        ),
        ("a: 1\nb 2\nc: 3\n", 2, 1, "there is no `:` in this line", "write `key: value`"),
        ("? [a]\n: b\n", 1, 3, "a key must be text", "write `key: value`"),
        ("%YAML 3.0\n---\na: 1\n", 1, 1, "not valid YAML: found incompatible YAML document", ""),
        (
            b"\xef\xbb\xbfa: no\n",
            1,
            4,
            UNQUOTED.format("no", "false in YAML 1.1"),
            'quote it: "no", or write false',
        ),
        (
            "é: ü\nname: é".encode() + b"\xe9\n",
            2,
            8,
            "the byte 0xe9 is not UTF-8",
            "save the file as UTF-8",
        ),
        ("a: b".encode("utf-16"), 0, 0, "the file is UTF-16", "save it as UTF-8"),
        (
            b"#" * 10_000_000,
            0,
            0,
            "the file is 9.5 MiB large; at most 1024 KiB are read",
            "check that this is the right file",
        ),
    ],
    ids=lambda value: (
        re.sub(r"\W+", "-", str(value)[:20]) if isinstance(value, str | bytes) else None
    ),
)
def test_each_trap_has_its_own_answer_at_its_place(
    text: str | bytes, line: int, column: int, message: str, hint: str
) -> None:
    assert told(text) == [(line, column, message, hint)]


def test_an_alias_bomb_ends_quickly_and_says_why() -> None:
    levels = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 20))
    ((line, _, message, hint),) = told("a0: &a0 [x, x, x, x]\n" + levels)
    assert (line, message) == (
        1,
        "more than 50,000 values, each alias (*name) counted as what it names",
    )
    assert hint == "use fewer aliases, or share values through `defaults` in platform.yaml"


def test_a_byte_order_mark_is_not_part_of_the_first_key() -> None:
    assert read("\ufeffa: b\n") == ({"a": "b"}, [])


def test_anchors_aliases_and_merges_are_read() -> None:
    text = "x: &x {p: 1, q: 2}\ny: &y {q: 3, r: 4}\nz: {<<: [*x, *y], p: 5}\nw: *x\n"
    x = {"p": 1, "q": 2}
    z = {"p": 5, "q": 2, "r": 4}
    assert read(text) == ({"x": x, "y": {"q": 3, "r": 4}, "z": z, "w": x}, [])


def test_what_an_alias_or_a_merge_brings_stands_at_the_anchor() -> None:
    document, _ = parse("f.yaml", b"x: &x\n  p: 1\ny:\n  <<: *x\n  q: 2\nz: *x\n")
    assert document.place(("y", "p")).key == (2, 3)
    assert document.place(("z", "p")).value == (2, 6)
    assert document.place(("y", "q")).key == (5, 3)
    # What is not written stands where it would belong.
    assert document.place(("y", "nothing", "here")).key == (3, 1)
    assert document.has(("y", "p")) and not document.has(("y", "nothing"))


def test_a_fault_within_an_anchor_is_told_at_the_anchor() -> None:
    assert [p[:2] for p in told("x: &x {q: no}\ny: *x\nz: {<<: *x}\n")] == [(1, 11)]


def test_the_line_of_a_problem_is_safe_to_print() -> None:
    ((problem,)) = read("a: 'x\u202ey' # \x1b[2J\n")[1]
    assert problem.source == "a: 'x\ufffdy' # \ufffd[2J"


def test_the_caret_stands_below_the_fault_even_behind_a_tab() -> None:
    ((problem,)) = read("a:\tno\n")[1]
    assert problem.text().splitlines()[1:3] == ["    1 | a:\tno", "      |   \t^"]


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | texts(max_size=60).filter(printable_yaml)
)
nested = st.recursive(
    scalars,
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(lines(max_size=12).filter(printable_yaml), below, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(lines(max_size=12).filter(printable_yaml), nested, min_size=1, max_size=5))
def test_data_that_others_write_is_read_as_it_was(data: dict[str, Any]) -> None:
    class Quoting(yaml.SafeDumper):
        pass

    def quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')

    Quoting.add_representer(str, quoted)
    text = yaml.dump(data, Dumper=Quoting, allow_unicode=True, sort_keys=False)
    assert read(text) == (data, [])


def lies_in(problem: Problem, text: str) -> bool:
    if problem.line == 0:
        return True
    rows = re.split("\r\n|[\n\r\x85\u2028\u2029]", text.removeprefix("\ufeff"))
    return problem.line <= len(rows) and 1 <= problem.column <= len(rows[problem.line - 1]) + 1


YAMLISH = st.lists(
    st.sampled_from(
        ["a", "b", ": ", ":", "\n", "\n  ", "- ", "[", "]", "{", "}", ", ", "&a ", "*a"]
    )
    | st.sampled_from(
        ["<<: ", "no", "1.10", "'", '"', "|\n", ">", "#", "\t", "!x ", "? ", "\r", "é"]
    )
    | texts(max_size=5),
    max_size=25,
).map("".join)


@given(YAMLISH | texts(nul=True))
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    _, problems = read(text)
    assert [p for p in problems if not lies_in(p, text)] == []


@given(st.binary(max_size=80) | texts(max_size=40).map(lambda text: text.encode("utf-16-le")))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    _, problems = read(raw)
    text = raw.decode("utf-8", "replace")
    assert [p for p in problems if not lies_in(p, text)] == []


def test_a_value_that_became_a_comment_is_told() -> None:
    document, found = parse("p.yaml", b"slack: #shop-ci\nregion:  # nothing differs here\n")
    assert document.data == {"slack": None, "region": None}
    assert [(p.line, p.column, p.message) for p in found] == [
        (1, 1, "`slack` has no value: `#` starts a comment")
    ]
    assert found[0].hint == 'quote it: "#shop-ci"; a comment has a space behind its `#`'
