"""When a container is ready, and what is said of one that is not."""

from __future__ import annotations

import threading

import pytest

from pipelinegen.containers.need import Need
from pipelinegen.containers.ready import probe, wait
from pipelinegen.containers.started import DependencyError
from tests.containers.given import FakeContainer, started
from tests.containers.server import Server

CATALOG = Need("catalog", "service", "shop/catalog:1", port=8080, health="/healthz")
DB = Need("db", "postgres", "postgres:17", port=5432)


def test_a_health_path_has_to_be_well() -> None:
    with Server({"GET /healthz": [503, 404, 500, 302, 200]}) as server:
        told = [probe("127.0.0.1", server.port, "/healthz") for _ in range(5)]
    assert told == ["/healthz answers 503", "/healthz answers 404", "/healthz answers 500", "", ""]
    assert server.asked == ["GET /healthz"] * 5


@pytest.mark.parametrize("code", [200, 404, 500, 503])
def test_without_a_health_path_any_answer_will_do(code: int) -> None:
    with Server({"GET /": [code]}) as server:
        assert probe("127.0.0.1", server.port, "/") == ""


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_a_port_that_nobody_listens_on_is_told(path: str) -> None:
    server = Server()
    told = probe("127.0.0.1", server.port, path)
    server.close()
    assert told.startswith(f"no answer on port {server.port} (")
    assert "refused" in told


class Pauses(threading.Event):
    """Nobody waits; it is set after so many pauses.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.left = most

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout
        self.left -= 1
        return self.left < 0


def test_it_is_asked_until_it_is_ready() -> None:
    pauses = Pauses(5)
    with Server({"GET /healthz": [503, 503, 200]}) as server:
        wait(started(CATALOG, host="127.0.0.1", port=server.port), pauses)
    assert len(server.asked) == 3
    assert pauses.left == 3


def test_nobody_waits_for_it_when_another_has_failed() -> None:
    with (
        Server({"GET /healthz": [503]}) as server,
        pytest.raises(DependencyError, match=r"catalog \(shop/catalog:1\): stopped"),
    ):
        wait(started(CATALOG, host="127.0.0.1", port=server.port), Pauses(2))
    assert len(server.asked) == 3


def test_a_container_that_ended_is_told_with_the_end_of_its_log() -> None:
    server = Server()
    lines = [f"line {number}" for number in range(1, 31)]
    ended = FakeContainer(status="exited", code=3, log="\n".join(lines))
    with pytest.raises(DependencyError) as raised:
        wait(started(CATALOG, ended, "127.0.0.1", server.port))
    server.close()
    told = str(raised.value).splitlines()
    assert told[0] == "catalog (shop/catalog:1) ended with 3"
    assert told[2:22] == [f"    {line}" for line in lines[-20:]]
    assert "`docker run --rm shop/catalog:1` shows it by itself" in told[22]


def test_a_container_that_said_nothing_is_told_so() -> None:
    server = Server()
    ended = FakeContainer(status="exited")
    with pytest.raises(DependencyError, match=r"log:\n    \(nothing\)\n"):
        wait(started(CATALOG, ended, "127.0.0.1", server.port))
    server.close()


def test_one_that_is_not_ready_in_time_is_told_with_the_reason() -> None:
    with (
        Server({"GET /healthz": [503]}) as server,
        pytest.raises(DependencyError, match=r"was not ready after 0 s: /healthz answers 503"),
    ):
        wait(started(CATALOG, host="127.0.0.1", port=server.port), seconds=0)


def test_what_has_a_command_for_it_is_asked_by_that() -> None:
    container = FakeContainer()
    wait(started(DB, container))
    assert [script for script, _ in container.ran] == ["pg_isready -q -h 127.0.0.1 -U app"]
    refuses = FakeContainer(code=2, failed="no response")
    with pytest.raises(DependencyError, match="was not ready after 0 s: no response"):
        wait(started(DB, refuses), seconds=0)


def test_what_listens_on_no_port_is_ready_at_once() -> None:
    wait(started(CATALOG, FakeContainer(status="exited"), host="", port=0))
