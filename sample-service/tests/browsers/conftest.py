"""The service where a browser in a container can reach it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from werkzeug.serving import make_server

from orders.app import create_app
from orders.settings import Settings
from tests.fakes import CatalogInMemory, OrdersInMemory


@pytest.fixture
def page_url(reachable_url: Callable[[str], str]) -> Iterator[str]:
    app = create_app(Settings("", ""), OrdersInMemory(), CatalogInMemory())
    server = make_server("0.0.0.0", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield reachable_url(f"http://localhost:{server.server_port}/")
    server.shutdown()
    thread.join()
    server.server_close()
