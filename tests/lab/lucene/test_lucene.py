"""What the parser makes of queries is what Graylog does with them."""

from __future__ import annotations

import pytest

from tests.lab.lucene import Found, Lucene, Message, QueryError

MESSAGES: dict[str, Message] = {
    "1": {"service": "orders", "region": "eu-west-1", "level": 3, "message": "No stock left"},
    "2": {"service": "orders", "region": "us-east-1", "level": 6, "message": "Order placed"},
    "3": {"service": "payments", "region": "eu-west-1", "level": 2, "message": "No answer"},
    "4": {"service": "orders-db", "level": 4, "message": "Slow", "took": 1.5},
}


REFUSED = ["service:orders AND (", 'service:"orders', "service:*s", "a:b:c"]
QUERIES = [
    ("*", "1234"),
    ("service:orders", "12"),
    ("service:orders-db", "4"),
    ("service:(orders OR payments)", "123"),
    ("service:orders AND level:<=3", "1"),
    ("level:<=3", "13"),
    ("level:<3", "3"),
    ("level:>4", "2"),
    ("level:>=4", "24"),
    ("level:[2 TO 3]", "13"),
    ("level:{2 TO 4}", "1"),
    ("level:3", "1"),
    ("level:high", ""),
    ("level:>high", ""),
    ("took:>1", "4"),
    ('service:orders AND region:"eu-west-1"', "1"),
    ("service:orders AND region:eu-west-1", "1"),
    ("region:eu*", "13"),
    ("region:eu?west?1", "13"),
    ("service:/ord.*/", "124"),
    ("message:stock", "1"),
    ('message:"no stock"', "1"),
    ("message:no", "13"),
    ("stock", "1"),
    ("_exists_:took", "4"),
    ("took:*", "4"),
    ("service:orders AND (NOT level:6)", "1"),
    ("NOT _exists_:took", "123"),
    ("service:orders NOT level:6", "1"),
    # A small `and` is a word, and what stands beside it is one more.
    ("service:payments and service:orders-db", "34"),
]


@pytest.mark.parametrize(("query", "ids"), QUERIES)
def test_a_query_finds(lucene: Lucene, query: str, ids: str) -> None:
    assert lucene.search(MESSAGES, query) == Found(frozenset(ids))


def test_a_field_that_nobody_has_is_told(lucene: Lucene) -> None:
    assert lucene.search(MESSAGES, "servce:orders") == Found(frozenset(), ("servce",))
    found = lucene.search(MESSAGES, "service:orders AND _exists_:too AND zone:[a TO b]")
    assert found == Found(frozenset(), ("too", "zone"))


@pytest.mark.parametrize("query", REFUSED)
def test_what_graylog_refuses_is_refused(lucene: Lucene, query: str) -> None:
    with pytest.raises(QueryError):
        lucene.search(MESSAGES, query)
