"""``pipelinegen check-metrics`` against pages as services answer them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

from pipelinegen.cli import main
from tests.configs import DOCKERFILE
from tests.helpers import write_tree

SERVICE = """
apiVersion: pipelinegen/v1
service: {name: orders, team: shop}
platform:
  registry: {url: registry.example.com/shop}
  regions: {eu: {}}
  accounts: {production: {clusters: {eu-a: {region: eu}}}}
  monitoring: {}
observability:
  metrics: {path: /internal/metrics}
  requests: {histogram: http_request_duration_seconds, route: route}
  counters:
    orders_total: {labels: [currency], mostSeries: 3}
    open_orders: {type: gauge}
  alerts:
    refunds: {counter: refunds_total, between: [0, 10]}
"""


@contextmanager
def serving(
    body: bytes, content_type: str = "text/plain", status: int = 200, length: int | None = None
) -> Iterator[str]:
    """The address of a service that answers so below /internal, with a length that it tells."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there = self.path == "/internal/metrics"
            self.send_response(status if there else 404)
            self.send_header("Content-Type", content_type)
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(currencies: int = 2, *, route: bool = True, refunds: bool = True) -> CollectorRegistry:
    registry = CollectorRegistry()
    orders = Counter("orders_total", "Orders.", ["currency"], registry=registry)
    for number in range(currencies):
        orders.labels(f"C{number}").inc()
    Gauge("open_orders", "Open.", registry=registry)
    if refunds:
        Counter("refunds_total", "Refunds.", registry=registry)
    labels = ["status", *(["route"] if route else [])]
    requests = Histogram("http_request_duration_seconds", "Time.", labels, registry=registry)
    requests.labels(*["200", "/orders"][: len(labels)]).observe(0.1)
    return registry


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    write_tree(tmp_path, {"pipeline.yaml": SERVICE, "Dockerfile": DOCKERFILE})
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["check-metrics", *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(str(ended.value.code or 0)), said.out, said.err

    return call


@pytest.mark.parametrize("form", ["text/plain; version=0.0.4", "application/openmetrics-text"])
def test_a_page_that_has_all_is_all_right(run: Run, form: str) -> None:
    write = openmetrics if form.startswith("application") else generate_latest
    with serving(write(page()), form) as url:
        code, out, err = run(url)
    assert (code, out.splitlines()) == (
        0,
        [
            "ok     orders_total                   counter, 2 series",
            "ok     open_orders                    gauge, 1 series",
            "ok     refunds_total                  counter, 1 series",
            "ok     http_request_duration_seconds  histogram, 1 series",
        ],
    )
    assert err == f"{url}/internal/metrics: all is there\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (generate_latest(page(refunds=False)), "refunds_total                  missing"),
        (generate_latest(page(4)), "4 series, at most 3 are sensible: `currency` has 4 values, "
         "such as `C0`"),
        (generate_latest(page(route=False)), "lacks the label `route` (it has status)"),
        (generate_latest(page()).replace(b"open_orders gauge", b"open_orders counter"),
         "is a counter, and declared as a gauge"),
        (generate_latest(page()) + b"".join(b'other{id="%d"} 1\n' % n for n in range(1001)),
         "other                          1001 series, at most 1000 are sensible: `id` has 1001"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_the_answer_is_no(run: Run, body: bytes, says: str) -> None:
    with serving(body) as url:
        code, out, err = run(url)
    assert code == 1
    assert says in out
    assert ": 1 wrong" in err


def test_a_counter_that_has_not_begun_is_told_and_is_no_fault(run: Run) -> None:
    with serving(generate_latest(page(0))) as url:
        code, out, _ = run(url)
    assert code == 0
    assert "orders_total                   has no series yet: start each at 0" in out


def test_a_machine_can_read_it(run: Run) -> None:
    with serving(generate_latest(page(refunds=False))) as url:
        code, out, _ = run(url, "--format", "json")
    assert code == 1
    (wrong,) = (one for one in json.loads(out) if one["wrong"])
    assert wrong["metric"] == "refunds_total"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"<html><body>hello</body></html>", 200, "is no page of metrics"),
        (b"\xff\xfe", 200, "is no page of metrics"),
        (b"no", 503, "the answer is 503 Service Unavailable"),
    ],
)
def test_a_page_that_is_none(run: Run, body: bytes, status: int, says: str) -> None:
    with serving(body, status=status) as url:
        code, _, err = run(url)
    assert code == 3
    assert says in err


def test_an_answer_that_breaks_off(run: Run) -> None:
    with serving(b"x", length=10) as url:
        code, _, err = run(url)
    assert code == 3
    assert err.startswith(f"{url}/internal/metrics: no answer: ")


def test_nobody_answers(run: Run) -> None:
    code, _, err = run("http://127.0.0.1:1")
    assert code == 3
    assert err == "http://127.0.0.1:1/internal/metrics: no answer: Connection refused\n", err


def test_an_address_that_is_none(run: Run) -> None:
    code, _, err = run("localhost:8080")
    assert code == 2
    assert "is no address: write http://localhost:8080" in err
