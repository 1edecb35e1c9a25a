"""Text of any kind within a query, which Lucene's own parser reads."""

from __future__ import annotations

from hypothesis import given

from pipelinegen.plan.lucene import phrase, query
from tests.lab.lucene import Found, Lucene, Message
from tests.strategies import texts


@given(texts(min_size=1), texts(min_size=1))
def test_any_text_finds_exactly_its_message(lucene: Lucene, text: str, other: str) -> None:
    near = {f"{text} ", text[:-1], f"\\{text}", text.swapcase(), other} - {text, ""}
    messages: dict[str, Message] = {"it": {"order": text}}
    messages |= {str(number): {"order": each} for number, each in enumerate(sorted(near))}
    query = f"order:{phrase(text)}"
    assert lucene.search(messages, query) == Found(frozenset({"it"}))
    # Nothing of it is left over for what stands behind it.
    both = f"{query} AND NOT order:{phrase(other)}"
    assert lucene.search(messages, both).ids == ({"it"} if text != other else set())


@given(texts(min_size=1), texts(min_size=1))
def test_any_names_of_services_are_names(lucene: Lucene, one: str, other: str) -> None:
    messages: dict[str, Message] = {
        "1": {"service": one, "region": "eu", "level": 3, "message": "x"},
        "2": {"service": other, "region": "eu", "level": 3, "message": "x"},
        "3": {"service": f"{one}{other}", "region": "eu", "level": 3, "message": "x"},
    }
    both = {"1", "2"} | ({"3"} if f"{one}{other}" in (one, other) else set())
    asked = query([one, other], level=3, region="eu")
    assert lucene.search(messages, asked).ids == both
    assert lucene.search(messages, query([one], region="us")).ids == set()


def test_nothing_that_is_said_is_everything() -> None:
    assert query() == "*"
