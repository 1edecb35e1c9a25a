"""A stand-in for the part of Graylog's HTTP API that searches take, and for the upload of packs.

It answers as `recorded-http.jsonl`, which a real Graylog 6.1.4 answered; queries are run by
Lucene's own parser, as there.
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.lab.lucene import Lucene, QueryError

Data = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/json"}
# A column's type by its field; all others are text.
TYPES = {"timestamp": "date", "level": "numeric"}
CSRF = 'CSRF protection header is missing. Please add a "X-Requested-By" header to your request.'
BROKEN = (
    "Failed to obtain results. OpenSearch exception [type=search_phase_execution_exception, "
    "reason=all shards failed]."
)
PACK = ("v", "id", "rev", "name", "summary", "vendor", "url", "entities", "parameters")


@dataclass
class Graylog:
    """What it holds, and what it was asked.

    Args:
        lucene: runs the queries.
        url: where it is, with a slash at its end.
        tokens: those that may search.
        passwords: users with their passwords.
        messages: the stored ones, with `timestamp` as Graylog writes it.
        packs: the revisions of the content packs that were uploaded.
        asked: the bodies of the searches.
        answers: given instead, for the next requests; None cuts the line.
    """

    lucene: Lucene
    url: str = ""
    tokens: set[str] = field(default_factory=set)
    passwords: dict[str, str] = field(default_factory=dict)
    messages: list[Data] = field(default_factory=list)
    packs: dict[str, set[int]] = field(default_factory=dict)
    asked: list[Data] = field(default_factory=list)
    answers: list[Answer | None] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer | None:
        """What a request gets."""
        if self.answers:
            return self.answers.pop(0)
        if not self._known(headers):
            return 401, {"WWW-Authenticate": 'Basic realm="Graylog Server"'}, b""
        if method != "GET" and not headers.get("X-Requested-By"):
            return _error(400, CSRF)
        if (method, path) == ("GET", "/api/system"):
            return _json({"version": "6.1.4", "lifecycle": "running", "is_processing": True})
        if method == "POST" and path in _PATHS:
            return _PATHS[path](self, headers, json.loads(body))
        return _error(404, f"HTTP 404 Not Found: {path}")

    def _known(self, headers: Any) -> bool:
        kind, _, said = (headers.get("Authorization") or "").partition(" ")
        try:
            user, _, password = base64.b64decode(said, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        if kind != "Basic":
            return False
        return (password == "token" and user in self.tokens) or (
            bool(password) and self.passwords.get(user) == password
        )

    def search(self, headers: Any, asked: Data) -> Answer:
        """`/api/search/messages`."""
        self.asked.append(asked)
        start, end = _range(asked["timerange"])
        within = [one for one in self.messages if start <= one["timestamp"] < end]
        try:
            with self.lock:
                found = self.lucene.search(
                    {
                        str(number): {k: v for k, v in one.items() if v is not None}
                        for number, one in enumerate(within)
                    },
                    asked["query"],
                )
        except QueryError:
            return _error(400, BROKEN)
        hits = [within[number] for number in sorted(map(int, found.ids))]
        hits.sort(key=lambda one: str(one[asked["sort"]]), reverse=asked["sort_order"] == "desc")
        hits = hits[asked["from"] : asked["from"] + asked["size"]]
        rows = [[_value(one.get(name)) for name in asked["fields"]] for one in hits]
        schema = [
            {
                "name": f"field: {name}",
                "column_type": "field",
                "type": TYPES.get(name, "string"),
                "field": name,
            }
            for name in asked["fields"]
        ]
        if headers.get("Accept") == "text/csv":
            return 200, {"Content-Type": "text/csv"}, _csv(schema, rows)
        span = {"from": start, "to": end, "type": "absolute"}
        return _json(
            {"datarows": rows, "metadata": {"effective_timerange": span}, "schema": schema}
        )

    def upload(self, headers: Any, pack: Data) -> Answer:
        """`/api/system/content_packs`."""
        if missing := [name for name in PACK if name not in pack]:
            told = f'Error at "" [1, 1]: Missing required properties: {", ".join(missing)}'
            return 400, JSON, json.dumps({"type": "RequestError", "message": told}).encode()
        revisions = self.packs.setdefault(pack["id"], set())
        if pack["rev"] in revisions:
            told = f"Content pack {pack['id']} with this revision {pack['rev']} already found!"
            return _error(400, told)
        revisions.add(pack["rev"])
        return 201, {"Location": f"{self.url}system/content_packs/{pack['id']}"}, b""


_PATHS = {"/api/search/messages": Graylog.search, "/api/system/content_packs": Graylog.upload}


def _json(data: Data, status: int = 200) -> Answer:
    return status, JSON, json.dumps(data).encode()


def _error(status: int, message: str) -> Answer:
    return _json({"type": "ApiError", "message": message}, status)


def _value(value: Any) -> Any:
    # Not in the record: MessagesTabularResponseCreator.java of Graylog's server says so.
    return "-" if value is None else value


def _csv(schema: list[Data], rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([column["name"] for column in schema])
    writer.writerows(rows)
    return text.getvalue().encode()


def _range(said: Data) -> tuple[str, str]:
    if said["type"] == "absolute":
        return said["from"], said["to"]
    now = datetime.now(UTC)
    seconds = said["range"] if said["type"] == "relative" else 300
    moments = (now - timedelta(seconds=seconds), now)
    start, end = (each.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" for each in moments)
    return start, end


@contextmanager
def graylog(lucene: Lucene) -> Iterator[Graylog]:
    """One that answers on a free port of this machine, as long as the block runs."""
    there = Graylog(lucene)

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = there.answer(self.command, self.path.partition("?")[0], self.headers, body)
            if answer is None:
                return
            status, headers, text = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _handle

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False
        block_on_close = True

    server = Server(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
