"""Messages as lines for people."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any

import click
import pytest
from hypothesis import given

from pipelinegen.observe.messages import Lines
from tests.strategies import texts

MESSAGE: dict[str, Any] = {
    "timestamp": "2026-11-23T12:00:01.250Z",
    "service": "orders",
    "region": "eu-west-1",
    "cluster": "eu-a",
    "level": 3,
    "message": "No stock",
}


def plain(message: dict[str, Any], lines: Lines | None = None) -> str:
    return click.unstyle((lines or Lines(UTC, days=False)).line(message))


def test_a_line_is_time_service_place_level_and_text() -> None:
    assert plain(MESSAGE) == "12:00:01.250  orders  eu-a  error    No stock"
    berlin = Lines(timezone(timedelta(hours=1)), days=True)
    assert plain(MESSAGE, berlin).startswith("2026-11-23 13:00:01.250  orders")


def test_the_region_stands_where_a_message_has_no_cluster() -> None:
    assert plain({**MESSAGE, "cluster": None}).split("  ")[2] == "eu-west-1"


def test_what_a_message_does_not_have_is_a_dash() -> None:
    bare = dict.fromkeys(MESSAGE) | {"message": "x", "timestamp": MESSAGE["timestamp"]}
    assert plain(bare).split() == ["12:00:01.250", "-", "-", "-", "x"]


@pytest.mark.parametrize(("level", "colour"), [(3, "red"), (0, "red"), (4, "yellow"), (6, None)])
def test_a_level_has_a_colour(level: int, colour: str | None) -> None:
    name = {3: "error  ", 0: "emergency", 4: "warning", 6: "info   "}[level]
    line = Lines(UTC, days=False).line({**MESSAGE, "level": level})
    assert click.style(name, fg=colour) in line


@given(texts(), texts(), texts())
def test_a_terminal_obeys_nothing_of_a_message(text: str, service: str, cluster: str) -> None:
    shown = plain({**MESSAGE, "message": text, "service": service, "cluster": cluster})
    first, *rest = shown.split("\n")
    assert first.isprintable() and first.startswith("12:00:01.250  ")
    # The rest of a text cannot be taken for a message of its own.
    assert all(line.isprintable() and line.startswith("    ") for line in rest)
