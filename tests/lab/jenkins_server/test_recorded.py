"""The stand-in answers what a real Jenkins 2.479.3 answered to python-jenkins (replay.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.lab.jenkins_server import JenkinsServer
from tests.lab.jenkins_server.replay import EXCHANGES, STEPS, Replay, found_wrong

HOST = "http://jenkins.example.com/"
HEADERS = [
    *("X-Content-Type-Options", "Content-Type", "X-Hudson", "X-Jenkins"),
    *("X-Error", "Location", "Set-Cookie"),
]
# Where the stand-in may differ: a pattern for the place in an answer, and why it may.
ALLOWED = {
    r".*\.crumb": "made of a session and a salt",
    r"66\.data\.(tokenUuid|tokenValue)": "made by chance, and the value was left out",
    r"(31|39)(\.jobs\[0\])?\.actions": "each plugin adds actions to items; none is modelled",
    r"39\.jobs\[0\]\.property": "the Jenkinsfile of the branch sets properties; none is read here",
    r"61\.property": "each plugin adds properties to users",
    r"77 Location": "the number of a queue item counts all that was ever queued",
}


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with JenkinsServer(lint=found_wrong) as server:
        server.jenkins.scans = False
        server.jenkins.branches = {"https://git.example.com/shop/orders.git": ["main"]}
        server.add("ref-svc", "<flow-definition/>")
        server.build("ref-svc")
        server.executors.held = True
        done = Replay(server)
        done.run()
        yield done
        for client in done.clients.values():
            client.close()


def whole(text: str) -> Any:
    """JSON that was cut, as far as it is complete."""
    if not text.endswith("…"):
        return json.loads(text)
    for cut in range(len(text) - 1, 0, -1):
        if text[cut] in "]},":
            try:
                return json.loads(text[:cut].rstrip(",") + closing(text[:cut]))
            except json.JSONDecodeError:
                continue
    raise AssertionError("nothing of it is complete")


def closing(text: str) -> str:
    bare = re.sub(r'"(\\.|[^"\\])*"', "", text)
    stack = []
    for mark in bare:
        if mark in "[{":
            stack.append("]" if mark == "[" else "}")
        elif mark in "]}" and stack:
            stack.pop()
    return "".join(reversed(stack))


def differences(place: str, recorded: Any, ours: Any, cut: bool) -> Iterator[str]:
    """The places where two JSON values differ. Of a cut one, more may follow at each end."""
    if any(re.fullmatch(pattern, place) for pattern in ALLOWED):
        return
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for key in recorded.keys() | (set() if cut else ours.keys()):
            if key in recorded and key in ours:
                yield from differences(f"{place}.{key}", recorded[key], ours[key], cut)
            elif not any(re.fullmatch(pattern, f"{place}.{key}") for pattern in ALLOWED):
                yield f"{place}.{key}: {recorded.get(key, 'missing')} {ours.get(key, 'missing')}"
    elif isinstance(recorded, list) and isinstance(ours, list):
        if len(recorded) > len(ours) or (len(recorded) != len(ours) and not cut):
            yield f"{place}: {len(recorded)} and {len(ours)} of them"
        for index, pair in enumerate(zip(recorded, ours, strict=False)):
            yield from differences(f"{place}[{index}]", *pair, cut)
    elif recorded != ours:
        yield f"{place}: {recorded!r} was recorded, {ours!r} came"


def attributes(page: str) -> dict[str, str]:
    """Those of the head of a page in Jenkins' layout; a crumb is not compared."""
    found = dict(re.findall(r'([\w-]+)="([^"]*)"', page.partition("<head")[2].partition(">")[0]))
    return {key: value for key, value in found.items() if key != "data-crumb-value"}


def page_differences(recorded: str, ours: str) -> Iterator[str]:
    start = recorded.rstrip("…")
    if "data-rooturl" in start:
        if not re.match(r"\s*<!DOCTYPE html><html><head ", ours):
            yield "ours is no page in Jenkins' layout"
        wanted = attributes(start + ">")
        if wanted != {key: attributes(ours).get(key) for key in wanted}:
            yield f"{wanted} was recorded, {attributes(ours)} came"
    elif not ours.startswith(start):
        yield f"{start!r} was recorded, {ours[:300]!r} came"


def header(number: int, name: str, value: str | None, base: str) -> str | None:
    """A header in the form in which two are compared."""
    if value is None or any(re.fullmatch(p, f"{number} {name}") for p in ALLOWED):
        return None if value is None else "present"
    if name == "Set-Cookie":
        # JSESSIONID has another value each time; the rest of the line has not.
        return re.sub(r"JSESSIONID=[^;]*", "JSESSIONID=…", value)
    return value.replace(base, HOST)


@pytest.mark.parametrize(
    "number", range(len(EXCHANGES)), ids=lambda n: f"{n}-{EXCHANGES[n]['call']}"
)
def test_exchange(replay: Replay, number: int) -> None:
    """Status, the headers that were recorded, and the meaning of the body are the same."""
    recorded, ours = EXCHANGES[number]["response"], replay.answers[number]
    base = replay.server.url
    assert ours.status == recorded["status"]
    for name in HEADERS:
        wanted = header(number, name, recorded["headers"].get(name), base)
        assert header(number, name, ours.headers.get(name), base) == wanted, name
    kind = recorded["headers"].get("Content-Type", "")
    if "json" in kind:
        body = json.loads(ours.text.replace(base, HOST))
        cut = recorded["body"].endswith("…")
        assert not list(differences(str(number), whole(recorded["body"]), body, cut))
    elif "html" in kind:
        assert not list(page_differences(recorded["body"], ours.text))
    else:
        # XML comes back to the letter, and so does nothing at all.
        assert ours.text == recorded["body"]


def test_every_allowed_difference_is_one(replay: Replay) -> None:
    """What is allowed and does not happen any more is taken out of the table."""
    used = set()
    for number, ours in replay.answers.items():
        recorded = EXCHANGES[number]["response"]
        places = {f"{number} {name}" for name in HEADERS if name in recorded["headers"]}
        if "json" in recorded["headers"].get("Content-Type", ""):
            body = json.loads(ours.text.replace(replay.server.url, HOST))
            places |= set(different_places(str(number), whole(recorded["body"]), body))
        used |= {pattern for pattern in ALLOWED for p in places if re.fullmatch(pattern, p)}
    assert used == set(ALLOWED)


def different_places(place: str, recorded: Any, ours: Any) -> Iterator[str]:
    if recorded != ours:
        yield place
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in recorded.keys() | ours.keys():
                yield from different_places(f"{place}.{key}", recorded.get(key), ours.get(key))
        elif isinstance(recorded, list) and isinstance(ours, list):
            for index, pair in enumerate(zip(recorded, ours, strict=False)):
                yield from different_places(f"{place}[{index}]", *pair)


def test_redirects_are_found() -> None:
    """The order of the recording is read as it was meant: eight requests led to others."""
    followed = {step.number: step.hops for step in STEPS if step.hops}
    assert followed == {
        33: [32],
        36: [35],
        38: [37],
        51: [50],
        83: [81, 82],
        90: [89],
        93: [92],
        96: [95],
    }
    assert len(STEPS) + sum(map(len, followed.values())) == len(EXCHANGES)


def test_nothing_of_a_machine_is_in_the_recording() -> None:
    hosts = {
        urlsplit(url).hostname
        for exchange in EXCHANGES
        for url in re.findall(r"https?://[^\s\"<\\]+", json.dumps(exchange))
    }
    assert hosts == {"jenkins.example.com", "git.example.com"}
