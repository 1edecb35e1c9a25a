"""The stand-in answers as a real Graylog 6.1.4 did."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.graylog.server import Graylog, graylog
from tests.lab.lucene import Lucene

RECORDED = [
    json.loads(line)
    for line in Path(__file__).with_name("recorded-http.jsonl").read_text("utf-8").splitlines()
]
# pipelinegen asks none of these: the stand-in does not have them.
LEFT_OUT = {
    "aggregate by region", "streams", "content pack install", "content packs", "create token",
}  # fmt: skip
REPLAYED = [
    each
    for each in RECORDED
    if each["call"] not in LEFT_OUT and not each["call"].startswith("validate ")
]
USER, PASSWORD = "admin", "password"


def login(password: str = PASSWORD) -> str:
    return "Basic " + b64encode(f"{USER}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def server(lucene: Lucene) -> Iterator[Graylog]:
    with graylog(lucene) as there:
        there.passwords[USER] = PASSWORD
        # The messages of which the recorded answers tell, each as often as one of them has it.
        known: Counter[tuple[Any, ...]] = Counter()
        for each in RECORDED:
            if each["request"]["path"] == "/api/search/messages":
                rows = _rows(each["response"]["body"])
                known |= Counter(tuple(row) for row in rows)
        names = ("timestamp", "container_name", "region", "level", "message")
        there.messages = [dict(zip(names, row, strict=True)) for row in known.elements()]
        yield there


def _rows(body: str) -> list[list[Any]]:
    try:
        return list(json.loads(body)["datarows"])
    except (ValueError, KeyError):
        return []


def asked(server: Graylog, each: dict[str, Any]) -> tuple[int, dict[str, str], str]:
    request, headers = each["request"], dict(each["request"]["headers"])
    if each["call"] != "no credentials":
        headers["Authorization"] = login("wrong" if each["call"] == "wrong password" else PASSWORD)
    if each["call"] == "search csv":
        headers["Accept"] = "text/csv"
    body = None
    if request["json"] is not None:
        body, headers["Content-Type"] = json.dumps(request["json"]).encode(), "application/json"
    sent = urllib.request.Request(
        server.url.rstrip("/") + request["path"], body, headers, method=request["method"]
    )
    try:
        with urllib.request.urlopen(sent, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


@pytest.mark.parametrize("each", REPLAYED, ids=lambda each: each["call"])
def test_an_answer_is_that_of_the_real_one(server: Graylog, each: dict[str, Any]) -> None:
    recorded = each["response"]
    status, headers, body = asked(server, each)
    assert status == recorded["status"]
    for name, value in recorded["headers"].items():
        assert headers[name] == value.replace("http://graylog.example.com/", server.url)
    if status >= 400 or each["call"] in ("system", "content pack upload"):
        return
    if headers["Content-Type"] == "text/csv":
        assert sorted(body.splitlines()) == sorted(recorded["body"].splitlines())
        return
    told, real = json.loads(body), json.loads(recorded["body"])
    assert told["schema"] == real["schema"]
    assert sorted(told["datarows"]) == sorted(real["datarows"])
    assert told["metadata"]["effective_timerange"]["type"] == "absolute"
    if each["request"]["json"]["timerange"]["type"] == "absolute":
        assert told["metadata"] == real["metadata"]


def test_a_query_that_is_refused_is_so_in_the_same_words(server: Graylog) -> None:
    for call in ("search broken query", "no X-Requested-By", "content pack upload again"):
        (each,) = (one for one in RECORDED if one["call"] == call)
        assert json.loads(asked(server, each)[2]) == json.loads(each["response"]["body"])


def test_an_access_token_is_a_user_with_the_password_token(server: Graylog) -> None:
    server.tokens.add("1secret")
    for secret, status in (("1secret:token", 200), ("1secret:other", 401), ("other:token", 401)):
        each = json.loads(json.dumps(REPLAYED[0]))
        each["call"] = "no credentials"
        each["request"]["headers"]["Authorization"] = f"Basic {b64encode(secret.encode()).decode()}"
        assert asked(server, each)[0] == status
