"""The catalog's client against a real HTTP server."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orders.catalog import Catalog, CatalogUnavailable, Product, UnknownProduct

ANSWERS = {
    "/products/tea": (200, json.dumps({"name": "Green tea", "price_cents": 450})),
    "/products/half": (200, json.dumps({"name": "No price"})),
    "/products/page": (200, "<html>"),
    "/products/broken": (500, "{}"),
    "/products/a%2Fb": (200, json.dumps({"name": "A/B", "price_cents": 1})),
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = ANSWERS.get(self.path, (404, "{}"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def catalog():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Catalog(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_a_product_has_a_name_and_a_price(catalog):
    assert catalog.product("tea") == Product("tea", "Green tea", 450)


def test_a_sku_cannot_reach_another_page(catalog):
    assert catalog.product("a/b").name == "A/B"


def test_a_product_that_is_not_there_is_unknown(catalog):
    with pytest.raises(UnknownProduct):
        catalog.product("gold")


@pytest.mark.parametrize("sku", ["half", "page", "broken"])
def test_a_wrong_answer_is_as_bad_as_none(catalog, sku):
    with pytest.raises(CatalogUnavailable):
        catalog.product(sku)


def test_no_answer_is_told_as_such():
    with pytest.raises(CatalogUnavailable):
        Catalog("http://127.0.0.1:1", timeout=0.5).product("tea")
