"""A client that does not give up at the first refusal, and never does anything twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
from urllib3.util import Retry

from pipelinegen.testing.web import TIMEOUT, System, Web
from tests.containers.server import Server

Pauses = list[float]
SLEEP = Retry.sleep


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    """How long it would have waited, each time; nobody waits."""
    found: Pauses = []
    monkeypatch.setattr(Retry, "sleep", lambda self, response=None: found.append(waits(self)))
    return found


def waits(retry: Retry) -> float:
    return float(retry.get_backoff_time())


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Makes servers that are closed at the end."""
    made: list[Server] = []

    def make(*codes: int, method: str = "GET", **headers: str) -> Server:
        server = Server({f"{method} /x": codes}, headers)
        made.append(server)
        server.listen()
        return server

    yield make
    for each in made:
        each.close()


def web(server: Server, below: str = "") -> Web:
    return Web("catalog", f"{server.url}{below}", "a test")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("code", [502, 503, 504])
def test_what_may_be_done_twice_is_repeated_until_the_service_is_there(
    serve: Callable[..., Server], method: str, code: int
) -> None:
    server = serve(code, code, 200, method=method)
    assert web(server).request(method, "/x").status_code == 200
    assert server.asked == [f"{method} /x"] * 3


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_may_not_be_done_twice_is_not_repeated(
    serve: Callable[..., Server], method: str
) -> None:
    server = serve(503, 200, method=method)
    assert web(server).request(method, "/x").status_code == 503
    assert server.asked == [f"{method} /x"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_has_seen_a_request_to_a_port_that_nobody_listens_on(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    server = Server()
    monkeypatch.setattr(Retry, "sleep", lambda self, response=None: server.listen())
    assert web(server).request(method, "/x").text == f"{method} /x"
    assert server.asked == [f"{method} /x"]
    server.close()


def test_the_last_answer_is_given_as_it_is(serve: Callable[..., Server], pauses: Pauses) -> None:
    server = serve(503)
    assert web(server).get("/x").status_code == 503
    assert len(server.asked) == 6
    assert sum(pauses) <= 7, "about six seconds"


def test_a_service_that_never_comes_is_an_error_of_requests(pauses: Pauses) -> None:
    server = Server()
    with pytest.raises(requests.ConnectionError, match="refused"):
        web(server).get("/x")
    server.close()
    assert len(pauses) == 5
    assert sum(pauses) <= 7


@pytest.mark.parametrize("code", [400, 404, 413, 429, 500])
def test_an_answer_of_the_service_itself_is_not_asked_for_again(
    serve: Callable[..., Server], code: int
) -> None:
    server = serve(code, 200, **{"Retry-After": "1"})
    assert web(server).get("/x").status_code == code
    assert len(server.asked) == 1


def test_a_server_does_not_say_how_long_tests_wait(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: Pauses = []
    monkeypatch.setattr(Retry, "sleep", SLEEP)
    monkeypatch.setattr("urllib3.util.retry.time.sleep", waited.append)
    server = serve(503, **{"Retry-After": "3600"})
    assert web(server).get("/x").status_code == 503
    assert 0 < sum(waited) <= 7


@pytest.mark.parametrize("below", ["", "/", "/api", "/api/"])
@pytest.mark.parametrize("path", ["x", "/x"])
def test_a_path_is_below_the_url(serve: Callable[..., Server], below: str, path: str) -> None:
    server = serve(200)
    assert web(server, below).get(path).text == f"GET {below.rstrip('/')}/x"


def test_a_url_of_its_own_is_taken_as_it_is(serve: Callable[..., Server]) -> None:
    server, other = serve(200), serve(200)
    assert web(server).get(f"{other.url}/x").status_code == 200
    assert (server.asked, other.asked) == ([], ["GET /x"])


def test_a_url_within_a_path_is_a_part_of_it(serve: Callable[..., Server]) -> None:
    server = serve(200)
    found = web(server).get("/login?next=http://elsewhere/")
    assert found.text == "GET /login?next=http://elsewhere/"


def test_each_method_is_sent_as_such(serve: Callable[..., Server]) -> None:
    server = serve(200)
    client = web(server)
    for send in (client.get, client.post, client.put, client.patch, client.delete):
        send("/y")
    assert server.asked == [f"{name} /y" for name in ("GET", "POST", "PUT", "PATCH", "DELETE")]


def test_a_request_has_a_limit_unless_the_test_names_one(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    client = web(serve(200))
    monkeypatch.setattr(
        client.session, "request", lambda method, url, **given: seen.append(given["timeout"])
    )
    client.get("/x")
    client.get("/x", timeout=1)
    assert seen == [TIMEOUT, 1]


def test_what_is_set_on_the_session_all_requests_have(serve: Callable[..., Server]) -> None:
    client = web(serve(200))
    client.session.headers["X-Team"] = "shop"
    assert client.get("/x").request.headers["X-Team"] == "shop"
    assert client.post("/x").request.headers["X-Team"] == "shop"


def test_a_system_knows_its_dependencies() -> None:
    found = Web("catalog", "http://catalog", "a test")
    system = System("system", "http://orders", "a test", find={"catalog": found}.__getitem__)
    assert system.dependency("catalog") is found
