"""A server that answers over HTTP what a test wants, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class Server:
    """Its port is taken from the start, but refuses connections until `listen`, or ``with``.

    Args:
        answers: the status codes by method and path (``GET /health``), one after the other; the
            last one stays, and 200 is the answer to all others.
        headers: the headers of each answer.
    """

    def __init__(
        self,
        answers: Mapping[str, Sequence[int]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.asked: list[str] = []
        left = {key: list(codes) for key, codes in (answers or {}).items()}
        asked, lock = self.asked, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                key = f"{self.command} {self.path}"
                with lock:
                    asked.append(key)
                    codes = left.get(key, [200])
                    code = codes.pop(0) if len(codes) > 1 else codes[0]
                body = key.encode()
                self.send_response(code)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *args: object) -> None:
                """It is a test's: nobody reads its log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.server_bind()
        self._thread: threading.Thread | None = None
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def listen(self) -> None:
        """Take connections from now on."""
        if self._thread is None:
            self._server.server_activate()
            serve = self._server.serve_forever
            self._thread = threading.Thread(target=serve, args=(0.01,), daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Give the port back."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Server:
        self.listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
