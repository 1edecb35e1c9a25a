"""Any text reaches Groovy, a shell and YAML unchanged, and executes nothing on the way."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelinegen.config.names import printable
from pipelinegen.render import quoting
from pipelinegen.render.yamltext import dump
from tests.lab.groovy import Groovy
from tests.strategies import texts

# Many texts go to a program at once: starting it costs more than reading them.
BATCH = 50


def allowed(text: str) -> bool:
    """What a config may hold at all."""
    try:
        printable(text)
    except ValueError:
        return False
    return True


ALLOWED = texts().filter(allowed)


@settings(max_examples=40)
@given(batch=st.lists(ALLOWED, min_size=1, max_size=BATCH))
def test_groovy_reads_any_text_as_it_was(groovy: Groovy, batch: list[str]) -> None:
    assert groovy.evaluate_many([quoting.groovy(text) for text in batch]) == batch


@settings(max_examples=20)
@given(batch=st.dictionaries(ALLOWED, ALLOWED, min_size=1, max_size=BATCH))
def test_groovy_reads_any_map_as_it_was(groovy: Groovy, batch: dict[str, str]) -> None:
    literal = quoting.groovy(batch)
    keys = groovy.evaluate_many([f"{literal}.keySet().toList()[{i}]" for i in range(len(batch))])
    values = groovy.evaluate_many([f"{literal}.values().toList()[{i}]" for i in range(len(batch))])
    assert dict(zip(keys, values, strict=True)) == batch


@pytest.mark.parametrize("key", ["in", "class", "default", "true", "a-b", "", "1", "PIP_CACHE_DIR"])
def test_any_key_stays_a_key(groovy: Groovy, key: str) -> None:
    literal = quoting.groovy({key: "v"})
    assert groovy.evaluate_many([f"{literal}.keySet().toList()[0]"]) == [key]


def test_values_of_other_types_keep_their_type(groovy: Groovy) -> None:
    literal = quoting.groovy({"n": 5, "b": True, "l": ["a", "b"], "m": {}})
    assert groovy.evaluate_many([f"{literal}.inspect()"]) == [
        "['n':5, 'b':true, 'l':['a', 'b'], 'm':[:]]"
    ]


def test_several_lines_stay_readable() -> None:
    assert quoting.groovy("make\nit's") == "'''make\nit's'''"


def test_an_umlaut_stays_and_a_hidden_direction_shows() -> None:
    assert quoting.groovy("grün\u202e") == "'grün\\u202e'"


@settings(max_examples=40)
@given(batch=st.lists(ALLOWED, min_size=1, max_size=BATCH))
def test_a_shell_reads_any_text_as_one_word(batch: list[str]) -> None:
    words = " ".join(quoting.shell(text) for text in batch)
    done = subprocess.run(
        ["bash", "--norc", "-c", f"printf '%s\\0' {words}"], capture_output=True, check=True
    )
    assert done.stdout.decode("utf-8").split("\0")[:-1] == batch
    assert done.stderr == b""


SCALARS = ALLOWED | st.booleans() | st.integers() | st.none()
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ALLOWED, inner, max_size=4),
    max_leaves=20,
)


@given(data=st.dictionaries(ALLOWED, DATA, max_size=6))
@example({"k" * 120: [], "l" * 120: {}, "m": {"n" * 120: [[], {}, [{}]]}})
def test_yaml_reads_any_data_as_it_was(data: dict[str, object]) -> None:
    assert (yaml.safe_load(dump(data)) or {}) == data


@given(lines=st.lists(st.text("a1 -#:'\"\\{}|&*!%@~", max_size=6), min_size=1, max_size=5))
def test_yaml_reads_any_lines_as_they_were(lines: list[str]) -> None:
    data = {"a": {"b": "\n".join(lines), "c": [{"d": "\n".join(lines), "e" * 90: 1}]}}
    assert yaml.safe_load(dump(data)) == data


def test_lines_are_read_as_they_are_written() -> None:
    assert dump({"a": {"b": 'up{x="y"}\n\n  and on ()\n'}}) == (
        'a:\n  b: |\n    up{x="y"}\n\n      and on ()\n'
    )
    assert dump({"b": "x\ny"}) == "b: |-\n  x\n  y\n"


def test_double_quotes_are_read_as_they_are_written() -> None:
    assert quoting.yaml('up{service="orders"}') == "'up{service=\"orders\"}'"


@pytest.mark.parametrize(
    "text",
    [
        "y",
        "No",
        "1.10",
        "0o17",
        "1e3",
        "12:30",
        "0x1F",
        "1_000",
        ".5",
        "~",
        "=",
        "<<",
        "2024-01-01",
    ],
)
def test_text_that_looks_like_something_else_is_quoted(text: str) -> None:
    assert quoting.yaml(text) == f'"{text}"'


@pytest.mark.parametrize(
    "text", ["info", "/healthz", "128Mi", "100m", "http://catalog", "eu-west-1"]
)
def test_plain_words_stay_plain(text: str) -> None:
    assert quoting.yaml(text) == text
