"""A catalog of tea, with a cache of its own."""

import json
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

PRODUCTS = {"tea": {"name": "Green tea", "price_cents": 450}}


def cached() -> bool:
    """Whether the cache answers, in the protocol of Redis."""
    cache = urlsplit(os.environ["CACHE_URL"])
    try:
        with socket.create_connection((cache.hostname, cache.port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
    except OSError:
        return False


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/readyz":
            return self.answer(200 if cached() else 503, {"greeting": os.environ["GREETING"]})
        product = PRODUCTS.get(unquote(self.path.removeprefix("/products/")))
        return self.answer(200 if product else 404, product or {"error": "there is no such thing"})

    def answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


ThreadingHTTPServer(("", 8000), Handler).serve_forever()
