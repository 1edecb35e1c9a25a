"""Messages in Graylog: searched and paged.

https://go2docs.graylog.org/current/setting_up_graylog/rest_api.html; the scripting API of
`/api/search/messages` answers with rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from pipelinegen.credentials import Kind, Token
from pipelinegen.errors import BAD_INPUT, OutsideError
from pipelinegen.observe.http import SECONDS, no_answer, said
from pipelinegen.patience import Patience

GRAYLOG = Kind("Graylog", "monitoring.graylog.url", make="system/users")
# What is asked of each message. `gl2_message_id` is Graylog's own name for it.
FIELDS = (
    *("timestamp", "service", "region", "cluster", "account", "version", "pod", "level"),
    *("level_name", "message", "gl2_message_id"),
)
_PAGE = 500
# OpenSearch gives no more of one search: index.max_result_window.
MOST = 10_000
_BUSY = (429, 502, 503, 504)

Message = dict[str, Any]


@dataclass(frozen=True)
class Search:
    """What is looked for.

    Args:
        query: a Lucene query.
        start: the first moment, with its zone.
        end: the last one.
    """

    query: str
    start: datetime
    end: datetime

    def url(self, base: str) -> str:
        """The same search in Graylog's web pages.

        Args:
            base: Graylog's address.
        """
        asked = {
            "rangetype": "absolute",
            "from": written(self.start),
            "to": written(self.end),
            "q": self.query,
        }
        return f"{base.rstrip('/')}/search?{urlencode(asked)}"


class Refused(OutsideError):
    """Graylog does not take the query."""

    exit_code = BAD_INPUT


class Server:
    """A Graylog.

    Args:
        access: where, and our token.
        patience: how often a busy one is asked.
        ca: a file with the certificates to trust, when they are not the system's.
    """

    def __init__(self, access: Token, patience: Patience, ca: Path | None = None) -> None:
        self.url = access.url
        self._patience = patience
        self._session = requests.Session()
        # A token is a user name with the word `token` as its password.
        self._session.auth = (access.token, "token")
        self._session.headers["X-Requested-By"] = "pipelinegen"
        self._session.headers["Accept"] = "application/json"
        self._verify: str | bool = str(ca) if ca else True

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def newest(self, search: Search, limit: int) -> list[Message]:
        """The newest messages of a search, in the order of their time.

        Raises:
            OutsideError: Graylog does not answer, or refuses.
        """
        return _in_order(self._pages(search, limit, "desc"))

    def oldest(self, search: Search, limit: int) -> list[Message]:
        """The first messages of a search, in the order of their time.

        Raises:
            OutsideError: Graylog does not answer, or refuses.
        """
        return _in_order(self._pages(search, limit, "asc"))

    def _pages(self, search: Search, limit: int, order: str) -> Iterator[Message]:
        left = min(limit, MOST)
        for page in count():
            size = min(_PAGE, left)
            if not size:
                return
            rows = self._page(search, page * _PAGE, size, order)
            yield from rows
            left -= size
            if len(rows) < size:
                return

    def _page(self, search: Search, first: int, size: int, order: str) -> list[Message]:
        span = {"type": "absolute", "from": written(search.start), "to": written(search.end)}
        asked = {
            "query": search.query,
            "timerange": span,
            "fields": list(FIELDS),
            "from": first,
            "size": size,
            "sort": "timestamp",
            "sort_order": order,
        }
        answer = self._ask("api/search/messages", asked)
        try:
            names = [str(column["field"]) for column in answer["schema"]]
            return [
                {name: _known(name, value) for name, value in zip(names, row, strict=True)}
                for row in answer["datarows"]
            ]
        except (KeyError, TypeError, ValueError):
            raise OutsideError(f"{self.url}: the answer is none of Graylog's") from None

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        for number in count(1):
            retry_after = None
            try:
                # A redirection leads to a login, or away: the token is not for there.
                answer = self._session.post(
                    self.url + path,
                    json=body,
                    timeout=SECONDS,
                    allow_redirects=False,
                    verify=self._verify,
                )
            except requests.RequestException as error:
                wrong = OutsideError(f"{self.url}: {no_answer(error, GRAYLOG)}")
                again = not isinstance(error, requests.exceptions.SSLError)
            else:
                if answer.status_code == 200:
                    return self._json(answer)
                wrong = self._refusal(answer)
                again = answer.status_code in _BUSY
                retry_after = answer.headers.get("Retry-After")
            # A search changes nothing, so it can be sent again whatever became of it.
            if not again or self._patience.over(number, retry_after):
                raise wrong
        raise AssertionError("unreachable")

    def _json(self, answer: requests.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise OutsideError(
                f"{self.url}: the answer is no JSON, so that is no Graylog: a proxy's login, or a "
                "wrong address\n      = check GRAYLOG_URL"
            ) from None

    def _refusal(self, answer: requests.Response) -> OutsideError:
        status, told = answer.status_code, said(answer)
        if status == 400:
            return Refused(f"{self.url}: the query is refused: {told or 'without a reason'}")
        if status == 401:
            hint = f"make a new token at {self.url}{GRAYLOG.make}, and set GRAYLOG_TOKEN"
            return OutsideError(f"{self.url}: the token is not valid\n      = {hint}")
        if status == 403:
            hint = "let an administrator give its user the role Reader, and share the streams"
            return OutsideError(f"{self.url}: the token may not search\n      = {hint}")
        if status == 404:
            hint = "check GRAYLOG_URL; it has to be Graylog 5.1 or later"
            return OutsideError(f"{self.url}: there is no search\n      = {hint}")
        if 300 <= status < 400:
            hint = "check GRAYLOG_URL; a proxy may want a login"
            return OutsideError(f"{self.url}: the answer is elsewhere\n      = {hint}")
        return OutsideError(f"{self.url}: the answer is {status} {told or answer.reason}".rstrip())


def written(moment: datetime) -> str:
    """A moment as Graylog writes it: UTC, with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def time_of(message: Message) -> str:
    """A message's time as Graylog writes it, which sorts as it is."""
    return str(message.get("timestamp") or "")


def moment_of(message: Message) -> datetime:
    """A message's time; the first of all where that cannot be read."""
    try:
        moment = datetime.fromisoformat(time_of(message))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_order(messages: Iterator[Message]) -> list[Message]:
    # Of one millisecond: Graylog's ids rise in the order in which it took the messages.
    return sorted(messages, key=lambda one: (time_of(one), str(one.get("gl2_message_id") or "")))


def _known(name: str, value: Any) -> Any:
    """A field's value. Graylog writes `-` for a field that a message does not have."""
    return None if value == "-" and name != "message" else value
