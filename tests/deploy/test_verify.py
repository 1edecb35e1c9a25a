"""What has to hold before the next wave begins."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelinegen.deploy import verify
from tests.configs import PLATFORM, load
from tests.deploy.conftest import Run
from tests.deploy.given import A, B, Cluster, Clusters, write_values

HERE = ("deploy", "--account", "stage", "--image")


class Handler(BaseHTTPRequestHandler):
    """Answers as its server says."""

    server: Prometheus

    def do_GET(self) -> None:
        self.server.asked += parse_qs(urlsplit(self.path).query)["query"]
        body = json.dumps(self.server.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing is printed."""


class Prometheus(HTTPServer):
    """Answers what a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.answer: object = None


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    with Prometheus() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def asking(tmp_path: Path, prometheus: Prometheus) -> Path:
    """A service that asks Prometheus."""
    where = (
        f"stage-eu: {{region: eu-west-1, prometheus: 'http://127.0.0.1:{prometheus.server_port}/'}}"
    )
    other = re.sub(r"\{region: (\S+)\}", r"{region: \1, prometheus: 'http://p'}", PLATFORM)
    platform = re.sub(r"stage-eu: \{.*\}", where, other)
    query = 'query: \'errors{service="$service", cluster="$cluster", le="$x"} < 1\''
    folder = tmp_path / "asking"
    write_values(load(folder, f"deploy: {{verify: {{{query}}}}}", platform))
    return folder


def test_a_query_has_to_return_something(
    run: Run, clusters: Clusters, asking: Path, prometheus: Prometheus
) -> None:
    prometheus.answer = {"status": "success", "data": {"result": [{"value": [0, "0"]}]}}
    assert run(*HERE, A, folder=asking).exit_code == 0
    assert prometheus.asked == ['errors{service="orders", cluster="stage-eu", le="$x"} < 1']
    prometheus.answer = {"status": "success", "data": {"result": []}}
    result = run(*HERE, B, folder=asking)
    assert result.exit_code == 1
    assert "the query gave nothing: errors{" in result.output
    assert clusters["stage-eu"].image() == A


def test_a_query_that_prometheus_refuses_is_told(
    run: Run, clusters: Clusters, asking: Path, prometheus: Prometheus
) -> None:
    prometheus.answer = {"status": "error", "error": "parse error: unexpected {"}
    result = run(*HERE, A, folder=asking)
    assert result.exit_code == 3
    assert "parse error: unexpected {" in result.output


def test_a_pod_that_restarts_while_it_bakes_is_found(
    run: Run,
    clusters: Clusters,
    service: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verify, "POLL_SECONDS", 0.01)
    folder = service("deploy: {verify: {bakeMinutes: 0.01}}")
    assert run(*HERE, A, folder=folder).exit_code == 0
    looks: list[str] = []

    def stumble(cluster: Cluster, command: str) -> None:
        if command.startswith("kubectl get -o json --ignore-not-found pods"):
            looks.append(command)
            cluster.broken |= {B} if len(looks) > 2 else set()

    clusters.hooks.append(stumble)
    result = run(*HERE, B, folder=folder)
    assert result.exit_code == 1
    assert "6 restarts while it baked" in result.output
    assert clusters["stage-eu"].image() == A


def test_a_smoke_test_asks_every_pod_more_than_once(
    run: Run, clusters: Clusters, service: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(cluster: Cluster, command: str) -> None:
        if "--raw" in command:
            asked.append(command.rpartition("/pods/")[2])
            cluster.down = asked.count(asked[-1]) < 3 and "orders-0" in command

    monkeypatch.setattr("pipelinegen.deploy.access.Programs.wait", lambda self, seconds: None)
    clusters.hooks.append(refuse)
    clusters.hooks.append(lambda cluster, command: setattr(cluster, "down", cluster.down
                          and "--raw" in command))  # fmt: skip
    folder = service("deploy: {verify: {smoke: [/api]}}")
    assert run(*HERE, A, folder=folder).exit_code == 0
    assert asked == ["orders-0:8080/proxy/api"] * 3 + ["orders-1:8080/proxy/api"]
