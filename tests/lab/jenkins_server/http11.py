"""HTTP/1.1 on an event loop: as little of it as the clients of a Jenkins use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP
from functools import cached_property
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

REASONS = {status.value: status.phrase for status in HTTPStatus}
HEAD_LIMIT = 64 * 1024


class Malformed(Exception):
    """What came is not HTTP/1.1."""


@dataclass
class Request:
    method: str
    target: str
    """Path and query as they were sent."""
    headers: dict[str, str]
    """Keys in lower case."""
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        """Still percent-encoded: a `%2F` is no `/`."""
        return self.target.partition("?")[0]

    @cached_property
    def segments(self) -> list[str]:
        """The parts of the path, each decoded on its own."""
        return [unquote(part) for part in self.path.split("/") if part]

    @cached_property
    def fields(self) -> dict[str, str]:
        """The parameters of the query and of a form; the first of a name counts."""
        query = self.target.partition("?")[2]
        kind = self.headers.get("content-type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            query = f"{query}&{self.body.decode('utf-8', 'replace')}"
        pairs = parse_qsl(query, keep_blank_values=True)
        if kind.startswith("multipart/form-data"):
            pairs += _multipart(kind, self.body)
        return dict(reversed(pairs))

    def cookie(self, name: str) -> str | None:
        for part in self.headers.get("cookie", "").split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return value
        return None


@dataclass
class Response:
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def wire(self, method: str = "GET", close: bool = False) -> bytes:
        """The answer as it goes over the wire."""
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, '')}"]
        lines += [f"{key}: {_sanitised(value)}" for key, value in self.headers]
        if self.status != 204:
            lines.append(f"Content-Length: {len(self.body)}")
        if close:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return head if method == "HEAD" or self.status == 204 else head + self.body


def _multipart(kind: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a form as `curl -F` sends it."""
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
    return [
        (str(part.get_param("name", "", "content-disposition")), _payload(part))
        for part in message.iter_parts()
    ]


def _payload(part: Message) -> str:
    data = part.get_payload(decode=True)
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""


def _sanitised(value: str) -> str:
    """As Jetty does it: what is no Latin-1 becomes a blank, and so do line ends."""
    if value.isascii() and "\r" not in value and "\n" not in value:
        return value
    return "".join(" " if c > "\xff" or c in "\r\n" else c for c in value)


class Connection(asyncio.Protocol):
    """One client. Its requests are answered one after the other, in their order."""

    def __init__(
        self, arrived: Callable[[Request, Connection], None], alive: set[Connection]
    ) -> None:
        self._arrived = arrived
        self._alive = alive
        self._buffer = bytearray()
        self._busy = False
        self._continued = False
        self._last: Request | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._alive.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._alive.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._next()

    def send(self, response: Response, cut: int | None = None) -> None:
        """Answers; with `cut` only so many bytes of the body are sent before the line is cut."""
        if self._transport is None or self._last is None:
            return
        close = self._last.headers.get("connection", "").lower() == "close"
        wire = response.wire(self._last.method, close)
        if cut is not None:
            wire = wire[: max(0, len(wire) - len(response.body) + cut)]
        self._transport.write(wire)
        if close or cut is not None:
            self._transport.close()
            return
        self._busy = False
        if self._buffer:
            self._next()

    def abort(self) -> None:
        """Ends the connection without an answer."""
        if self._transport is not None:
            self._transport.abort()

    def _next(self) -> None:
        if self._busy:
            return
        try:
            request = self._parsed()
        except (Malformed, ValueError):
            self._busy, self._last = True, Request("GET", "/", {"connection": "close"})
            self.send(Response(400))
            return
        if request is not None:
            self._busy, self._continued, self._last = True, False, request
            self._arrived(request, self)

    def _parsed(self) -> Request | None:
        """The next request once all of it is there."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise Malformed
            return None
        method, target, headers = _head(bytes(self._buffer[:end]).decode("latin-1"))
        if headers.get("transfer-encoding", "").lower() == "chunked":
            found = _chunks(self._buffer, end + 4)
        else:
            size = int(headers.get("content-length", 0))
            whole = len(self._buffer) >= end + 4 + size
            found = (bytes(self._buffer[end + 4 : end + 4 + size]), end + 4 + size)
            found = found if whole else None
        if found is None:
            self._please(headers)
            return None
        body, used = found
        del self._buffer[:used]
        return Request(method, target, headers, body)

    def _please(self, headers: dict[str, str]) -> None:
        """curl waits for this word before it sends a large body."""
        if headers.get("expect", "").lower() == "100-continue" and not self._continued:
            self._continued = True
            assert self._transport is not None
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _head(text: str) -> tuple[str, str, dict[str, str]]:
    first, *lines = text.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise Malformed
    return words[0], words[1], dict(_pairs(lines))


def _pairs(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        key, colon, value = line.partition(":")
        if not colon:
            raise Malformed
        yield key.lower(), value.strip()


def _chunks(buffer: bytearray, at: int) -> tuple[bytes, int] | None:
    """A chunked body and where it ends, once all of it is there."""
    body = bytearray()
    while True:
        line = buffer.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(bytes(buffer[at:line]).split(b";")[0], 16)
        at = line + 2 + size + 2
        if len(buffer) < at:
            return None
        if size == 0:
            return bytes(body), at
        body += buffer[line + 2 : line + 2 + size]
