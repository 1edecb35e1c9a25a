"""Sends the recorded requests to the stand-in, as the same clients in the same order.

`recorded-http.jsonl` has 98 exchanges in the order in which they ended. A redirect that the client
followed stands before the request that it came from, and that request has the last answer. Bodies
are cut, HTML after 300 characters and JSON after 2,500; credentials and cookies were left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.jenkins_server import READER, JenkinsServer, User
from tests.lab.jenkins_server.client import Answer, Client

EXCHANGES = [
    json.loads(line)
    for line in Path(__file__).with_name("recorded-http.jsonl").read_text("utf-8").splitlines()
]
# From which exchange on another client asks: cookies are its own. The recording does not tell, but
# the crumbs do, which hold in one session.
CLIENTS = {
    0: "unsecured",
    53: "stale crumb",
    55: "anonymous",
    58: "wrong password",
    60: "password",
    65: "token wanted",
    67: "crumb of another session",
    68: "token",
    72: "token without crumb",
    73: "token",
}
SECURED = 55
STALE = "deadbeef"


@dataclass(frozen=True)
class Step:
    """A request, the redirects that its client followed, and the last answer."""

    number: int
    hops: list[int]

    @property
    def request(self) -> dict[str, Any]:
        found: dict[str, Any] = EXCHANGES[self.number]["request"]
        return found


def steps() -> Iterator[Step]:
    waiting: list[int] = []
    for number, exchange in enumerate(EXCHANGES):
        follows = EXCHANGES[number + 1] if number + 1 < len(EXCHANGES) else None
        request = exchange["request"]
        hop = (
            follows is not None
            and follows["call"] == exchange["call"]
            and request["method"] == "GET"
            and "api/json" not in request["path"]
        )
        if hop:
            waiting.append(number)
        else:
            yield Step(number, waiting)
            waiting = []


STEPS = list(steps())


def found_wrong(jenkinsfile: str) -> list[tuple[int, int, str]]:
    """What the real linter had against the Jenkinsfile of exchange 45."""
    if "steps" in jenkinsfile:
        return []
    section = 'Unknown stage section "sh". Starting with version 0.5, steps in a stage must be in '
    return [
        (2, 11, section + "a ‘steps’ block."),  # noqa: RUF001
        (2, 11, 'Expected one of "steps", "stages", or "parallel" for stage "a"'),
    ]


def start_branch(server: JenkinsServer) -> None:
    server.executors.start(server.executors.waiting[0])


def secure(server: JenkinsServer) -> None:
    server.secure([User("admin", "secret")], READER)


# What the real Jenkins did by itself, or was made to do, before an exchange.
MEANWHILE: dict[int, Callable[[JenkinsServer], object]] = {
    27: lambda server: server.scan("shop/orders"),
    39: start_branch,
    SECURED: secure,
}


class Replay:
    def __init__(self, server: JenkinsServer) -> None:
        self.server = server
        self.clients: dict[str, Client] = {}
        self.crumbs: dict[str, str] = {}
        self.token = ""
        self.answers: dict[int, Answer] = {}

    def run(self) -> None:
        for step in STEPS:
            first = min([step.number, *step.hops])
            for number in range(first, step.number + 1):
                if number in MEANWHILE:
                    MEANWHILE[number](self.server)
            self._send(step)

    def _send(self, step: Step) -> None:
        client = self._client(step.number)
        request = step.request
        headers = {k: v for k, v in request["headers"].items() if k != "Authorization"}
        if crumb := headers.pop("Jenkins-Crumb", None):
            headers["Jenkins-Crumb"] = self.crumbs.get(crumb[:8], crumb)
        answer = client.send(request["method"], request["path"], request["body"], headers)
        for hop in step.hops:
            assert answer.status == 302, f"{step.number} is no redirect but {answer.status}"
            assert answer.headers["Location"] == EXCHANGES[hop]["request"]["path"]
            answer = client.get(answer.headers["Location"])
            self.answers[hop] = answer
        self.answers[step.number] = answer
        self._learn(step.number, answer)

    def _client(self, number: int) -> Client:
        name = CLIENTS[max(start for start in CLIENTS if start <= number)]
        if name not in self.clients:
            secrets = {"wrong password": "other", "token": self.token}
            secrets["token without crumb"] = self.token
            user = "admin" if number >= 58 else ""
            secret = secrets.get(name, "secret")
            self.clients[name] = Client(self.server.url, user, secret)
        return self.clients[name]

    def _learn(self, number: int, answer: Answer) -> None:
        """Later requests have what this one was answered with."""
        recorded = EXCHANGES[number]["response"]
        if recorded["status"] == 200 and '"crumb"' in recorded["body"]:
            self.crumbs[json.loads(recorded["body"])["crumb"][:8]] = answer.json["crumb"]
        if '"tokenValue"' in recorded["body"]:
            self.token = answer.json["data"]["tokenValue"]
