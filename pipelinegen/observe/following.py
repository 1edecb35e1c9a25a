"""What comes after a search, as it comes: no message lost, none twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pipelinegen.observe.graylog import MOST, Message, Search, Server, moment_of, time_of, written

SECONDS = 2.0
# Messages may come later than others that are newer: as far is looked back.
_LATE = timedelta(seconds=30)
# Clocks differ: ours from that of who stamps messages, and those among each other.
_AHEAD = timedelta(hours=1)
_LEAST = timedelta(milliseconds=1)

Wait = Callable[[float], bool]


def follow(
    server: Server, search: Search, shown: list[Message], wait: Wait, now: Callable[[], datetime]
) -> Iterator[list[Message]]:
    """What comes after a search, as it comes; each message once.

    Args:
        server: the Graylog.
        search: what was looked for; nothing older than its start is shown.
        shown: the messages that are known already.
        wait: lets seconds pass, and says whether to end.
        now: what time it is.

    Raises:
        OutsideError: Graylog does not answer, or refuses.
    """
    seen = {_identity(message): time_of(message) for message in shown}
    # How far messages have come, by their own times: our clock may be ahead of theirs.
    reached = search.start
    found = shown
    while True:
        # One with a time to come must not hide what comes before it.
        reached = max([reached, *(min(moment_of(each), now()) for each in found[-1:])])
        start = max(reached - _LATE, search.start)
        seen = {key: time for key, time in seen.items() if time >= written(start)}
        if wait(SECONDS):
            return
        found = []
        for found in _window(server, replace(search, start=start, end=now() + _AHEAD)):
            fresh = {
                _identity(message): message for message in found if _identity(message) not in seen
            }
            if fresh:
                yield list(fresh.values())
            seen |= {key: time_of(message) for key, message in fresh.items()}


def _window(server: Server, search: Search) -> Iterator[list[Message]]:
    """All of a search, though one answer holds only so much; what lies at its end comes twice."""
    while True:
        found = server.oldest(search, MOST)
        if found:
            yield found
        if len(found) < MOST:
            return
        search = replace(search, start=max(moment_of(found[-1]), search.start + _LEAST))


def _identity(message: Message) -> str:
    return str(message.get("gl2_message_id") or sorted(message.items()))
