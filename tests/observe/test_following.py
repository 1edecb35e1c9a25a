"""What is followed: each message once, whatever the clocks say and however many come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.credentials import Token
from pipelinegen.observe.following import follow
from pipelinegen.observe.graylog import Message, Search, Server, written
from pipelinegen.patience import Patience

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEFORE = Search("*", START - HOUR, START)


class Stored(Server):
    """A Graylog that has messages; what it is asked never leaves the process."""

    def __init__(self) -> None:
        super().__init__(Token("http://graylog.test/", "t"), Patience())
        self.messages: list[Message] = []

    def add(self, seconds: float, text: str = "x", *, id: str | None = "") -> None:
        """One with a time so many seconds after the start."""
        self.messages.append(
            {
                "timestamp": written(START + timedelta(seconds=seconds)),
                "message": text,
                "gl2_message_id": f"{len(self.messages):08d}" if id == "" else id,
            }
        )

    def _page(self, search: Search, first: int, size: int, order: str) -> list[Message]:
        start, end = written(search.start), written(search.end)
        found = [one for one in self.messages if start <= one["timestamp"] < end]
        found.sort(key=lambda one: str(one["timestamp"]), reverse=order == "desc")
        return found[first : first + size]


def followed(
    server: Stored,
    rounds: list[Callable[[], object]],
    *,
    search: Search = BEFORE,
    shown: list[Message] | None = None,
    ahead: float = 0,
) -> list[str]:
    """The texts that come, when in each round something happens and two seconds pass."""
    passed = 0.0
    left = iter(rounds)

    def wait(seconds: float) -> bool:
        nonlocal passed
        passed += 2
        step = next(left, None)
        if step is not None:
            step()
        return step is None

    def now() -> datetime:
        return START + timedelta(seconds=passed + ahead)

    return [
        str(message["message"])
        for fresh in follow(server, search, shown or [], wait, now)
        for message in fresh
    ]


def test_messages_of_one_millisecond_stay_in_the_order_in_which_they_came() -> None:
    server = Stored()
    for text in "abc":
        server.add(-1, text)
    assert [one["message"] for one in server.newest(BEFORE, 10)] == ["a", "b", "c"]
    assert [one["message"] for one in server.oldest(BEFORE, 10)] == ["a", "b", "c"]


def test_nothing_older_than_the_search_comes_later() -> None:
    server = Stored()
    server.add(-20, "left out")
    server.add(-1, "shown")
    search = Search("*", START - timedelta(seconds=10), START)
    shown = server.newest(search, 10)
    assert followed(server, [lambda: server.add(1, "new")], search=search, shown=shown) == ["new"]


def test_more_than_one_answer_holds_come_all() -> None:
    server = Stored()

    def flood() -> None:
        for number in range(15_000):
            server.add(number / 10_000, str(number))

    assert followed(server, [flood, int]) == [str(number) for number in range(15_000)]


def test_messages_without_an_id_are_told_apart() -> None:
    server = Stored()
    rounds: list[Callable[[], object]] = [
        lambda: server.add(1, "a", id=None),
        lambda: server.add(2, "b", id=None),
    ]
    assert followed(server, rounds) == ["a", "b"]


def test_a_clock_that_is_ahead_of_the_services_loses_nothing() -> None:
    server = Stored()
    rounds: list[Callable[[], object]] = [lambda: server.add(2, "a"), lambda: server.add(4, "b")]
    search = Search("*", START - HOUR, START + timedelta(minutes=10))
    assert followed(server, rounds, search=search, ahead=600) == ["a", "b"]


def test_a_clock_that_is_behind_shows_them_at_once() -> None:
    server = Stored()
    search = Search("*", START - HOUR, START - timedelta(minutes=10))
    assert followed(server, [lambda: server.add(2, "a")], search=search, ahead=-600) == ["a"]


def test_one_from_the_future_does_not_hide_the_present() -> None:
    server = Stored()
    rounds: list[Callable[[], object]] = [
        lambda: server.add(1800, "future"),
        *(lambda: None for _ in range(30)),
        lambda: server.add(62, "present"),
    ]
    assert followed(server, rounds) == ["future", "present"]


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 25), st.sampled_from("ab")), max_size=4),
        max_size=30,
    ),
    st.floats(-300, 300),
)
def test_each_message_comes_once_when_it_is_late_by_less_than_half_a_minute(
    rounds: list[list[tuple[float, str]]], ahead: float
) -> None:
    server = Stored()

    def arrive(number: int, late: list[tuple[float, str]]) -> Callable[[], None]:
        def step() -> None:
            for seconds, text in late:
                server.add(2 * number - seconds, f"{len(server.messages)}{text}")

        return step

    search = Search("*", START - HOUR, START + timedelta(seconds=ahead))
    steps = [arrive(number, late) for number, late in enumerate(rounds, 1)]
    came = followed(server, list(steps), search=search, ahead=ahead)
    assert sorted(came) == sorted(str(one["message"]) for one in server.messages)
