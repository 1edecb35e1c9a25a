"""The searches of logs in a real OpenSearch, as Graylog asks it: what is found, to the message."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from pipelinegen.plan.lucene import phrase, query
from tests.lab.lucene import Message, QueryError
from tests.lab.lucene.test_lucene import MESSAGES, QUERIES, REFUSED
from tests.lab.opensearch import OpenSearch, running
from tests.render.test_contentpack import asked_by, entities, pack, service
from tests.strategies import PIECES

EVENT = 1_760_000_000_000
MINUTE = 60_000
SERVICES = ("orders", "orders-db", "payments", "refunds", "cart")


@pytest.fixture(scope="module")
def opensearch() -> Iterator[OpenSearch]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def day(opensearch: OpenSearch) -> dict[str, Message]:
    """Some thousand messages around an event."""
    chance = random.Random(7)
    made: dict[str, Message] = {}
    for number in range(5000):
        name = chance.choice(SERVICES)
        made[str(number)] = {
            "service": name,
            "team": "data" if name == "orders-db" else "shop",
            "region": chance.choice(["eu-west-1", "us-east-1"]),
            "level": chance.choices([6, 4, 3, 2], [90, 6, 3, 1])[0],
            "message": chance.choice(["service:orders level:3", "No stock", "took 3 ms"]),
            "timestamp": EVENT + chance.randint(-25 * MINUTE, 25 * MINUTE),
        }
    opensearch.index(made)
    return made


Wanted = Callable[[Mapping[str, str | int | float]], bool]


def of(messages: Mapping[str, Message], wanted: Wanted) -> frozenset[str]:
    return frozenset(name for name, each in messages.items() if wanted(each))


def test_the_content_packs_searches(
    opensearch: OpenSearch, day: dict[str, Message], tmp_path: Path
) -> None:
    made = pack([service(tmp_path, name) for name in ("orders", "payments")])
    searches = {title: asked_by(each) for title, each in entities(made, "search").items()}

    def errors_of(name: str) -> Wanted:
        return lambda each: each["service"] == name and int(each["level"]) <= 3

    expected: dict[str, Wanted] = {
        "Errors of orders": errors_of("orders"),
        "Errors of payments": errors_of("payments"),
        "Around an event of shop": lambda each: each["team"] == "shop",
        "All errors": lambda each: int(each["level"]) <= 3,
    }
    assert searches.keys() == expected.keys()
    for title, wanted in expected.items():
        ids = of(day, wanted)
        assert ids
        assert opensearch.search(searches[title]) == ids, title


def test_five_minutes_around_an_event(opensearch: OpenSearch, day: dict[str, Message]) -> None:
    first, last = EVENT - 5 * MINUTE, EVENT + 5 * MINUTE
    ids = of(day, lambda each: each["team"] == "shop" and first <= int(each["timestamp"]) <= last)
    assert 0 < len(ids) < len(day) / 2
    assert opensearch.search("team:shop", (first, last)) == ids


@pytest.mark.parametrize("name", SERVICES)
def test_a_services_logs_in_a_region(
    opensearch: OpenSearch, day: dict[str, Message], name: str
) -> None:
    assert opensearch.search(query([name])) == of(day, lambda each: each["service"] == name)
    ids = of(day, lambda each: (each["service"], each["region"]) == (name, "us-east-1"))
    assert opensearch.search(query([name], region="us-east-1")) == ids


def test_the_parser_of_the_fast_tests_says_the_same(opensearch: OpenSearch) -> None:
    opensearch.index(MESSAGES)
    found = {said: "".join(sorted(opensearch.search(said))) for said, _ in QUERIES}
    assert found == dict(QUERIES)
    for said in REFUSED:
        with pytest.raises(QueryError):
            opensearch.search(said)


def test_any_text_finds_exactly_its_message(opensearch: OpenSearch) -> None:
    nasty = sorted({*PIECES, *(a + b for a, b in zip(PIECES, PIECES[7:], strict=False))})
    opensearch.index({str(number): {"order": text} for number, text in enumerate(nasty)})
    for number, text in enumerate(nasty):
        assert opensearch.search(f"order:{phrase(text)}") == {str(number)}, repr(text)
