"""Text of any kind within a query, which Lucene's own parser reads."""

from __future__ import annotations

from hypothesis import given

from pipelinegen.render.lucene import phrase
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
