"""What goes wrong on purpose, and what of it Jenkins carried out."""

from __future__ import annotations

import http.client
import time

import pytest

from tests.lab.jenkins_server import JenkinsServer, faults
from tests.lab.jenkins_server.client import Client
from tests.lab.jenkins_server.conftest import Connect
from tests.lab.jenkins_server.documents import pipeline

CREATE = "/createItem?name=a"


def test_a_line_cut_before_nothing_was_done(admin: Client, server: JenkinsServer) -> None:
    server.faults.add(faults.drop(), nth=1)
    with pytest.raises((http.client.HTTPException, OSError)):
        admin.xml(CREATE, pipeline())
    assert server.items == {}
    assert server.writes == {}
    assert admin.xml(CREATE, pipeline()).status == 200


def test_a_line_cut_after_it_was_done(admin: Client, server: JenkinsServer) -> None:
    """So who repeats it hears that there is such a job already."""
    server.faults.add(faults.drop(after=True), when=faults.writes, times=1)
    with pytest.raises((http.client.HTTPException, OSError)):
        admin.xml(CREATE, pipeline())
    assert list(server.items) == ["a"]
    assert [(one.status, one.carried_out) for one in server.requests] == [(0, True)]
    assert admin.xml(CREATE, pipeline()).status == 400


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_statuses(admin: Client, server: JenkinsServer, code: int) -> None:
    rule = server.faults.add(faults.status(code, retry_after=7), nth=(1, 3))
    answers = [admin.xml(f"/createItem?name=a{n}", pipeline()) for n in range(4)]
    assert [answer.status for answer in answers] == [code, 200, code, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert "X-Jenkins" not in answers[0].headers
    assert (rule.seen, rule.happened) == (4, 2)
    assert list(server.items) == ["a1", "a3"]


def test_a_body_that_breaks_off(admin: Client, server: JenkinsServer) -> None:
    server.faults.add(faults.truncate(0.5), when=faults.reads)
    with pytest.raises(http.client.IncompleteRead):
        admin.get("/api/json")


def test_sessions_that_end(connect: Connect, server: JenkinsServer) -> None:
    client = connect("admin", "secret")
    client.fetch_crumb()
    server.faults.add(faults.end_sessions(), when=faults.path_ends("/createItem"), nth=2)
    statuses = [client.xml(f"/createItem?name=a{n}", pipeline()).status for n in range(3)]
    assert statuses == [200, 403, 403]
    client.fetch_crumb()
    assert client.xml("/createItem?name=a2", pipeline()).status == 200


def test_a_proxy_that_wants_a_login(admin: Client, server: JenkinsServer) -> None:
    """A page with 200 where JSON was asked for, and a redirect to another place."""
    server.faults.add(faults.login_page(), nth=1)
    server.faults.add(faults.login_redirect("https://sso.example.com/"), nth=2)
    page, redirect = admin.get("/api/json"), admin.get("/api/json")
    assert (page.status, page.headers.get_content_type()) == (200, "text/html")
    assert "X-Jenkins" not in page.headers
    assert (redirect.status, redirect.headers["Location"]) == (302, "https://sso.example.com/")
    assert [one.carried_out for one in server.requests] == [False, False]


def test_a_jenkins_that_starts(admin: Client, server: JenkinsServer) -> None:
    server.faults.add(faults.starting(), times=1)
    answer = admin.get("/api/json")
    assert (answer.status, "getting ready" in answer.text) == (503, True)
    assert admin.get("/api/json").status == 200


def test_delays(admin: Client, server: JenkinsServer) -> None:
    server.faults.add(faults.delay(0.1), nth=1)
    start = time.monotonic()
    admin.get("/api/json")
    slow = time.monotonic()
    admin.get("/api/json")
    assert slow - start >= 0.1 > time.monotonic() - slow


def test_latency(admin: Client, server: JenkinsServer) -> None:
    server.latency = 30
    start = time.monotonic()
    admin.get("/api/json")
    assert time.monotonic() - start >= 0.03


def drawn(server: JenkinsServer, client: Client) -> list[int]:
    server.faults.seed(7)
    server.faults.clear()
    server.faults.add(faults.status(503), probability=0.3)
    return [client.get("/api/json").status for _ in range(60)]


def test_chance_is_the_same_with_the_same_seed(admin: Client, server: JenkinsServer) -> None:
    first = drawn(server, admin)
    assert first == drawn(server, admin)
    assert 5 < first.count(503) < 35
