"""A client for the tests: one connection, a cookie jar, and nothing done behind their backs."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        charset = self.headers.get_content_charset() or "utf-8"
        return self.body.decode(charset)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Speaks to one server as one user; it follows no redirect and fetches no crumb by itself."""

    url: str
    user: str = ""
    secret: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, body: str | bytes = b"", **headers: str) -> Answer:
        return self.send("POST", path, body, headers)

    def xml(self, path: str, body: str) -> Answer:
        """Posts a document as python-jenkins does."""
        return self.send("POST", path, body, {"Content-Type": "text/xml; charset=utf-8"})

    def form(self, path: str, body: str) -> Answer:
        kind = "application/x-www-form-urlencoded"
        return self.send("POST", path, body, {"Content-Type": kind})

    def fetch_crumb(self) -> Answer:
        """Fetches a crumb and sends it from now on."""
        answer = self.get("/crumbIssuer/api/json")
        if answer.status == 200:
            self.headers["Jenkins-Crumb"] = answer.json["crumb"]
        return answer

    def send(
        self, method: str, path: str, body: str | bytes | None, headers: dict[str, str]
    ) -> Answer:
        connection = self._connect()
        sent = {**self.headers, **headers}
        if self.user:
            secret = base64.b64encode(f"{self.user}:{self.secret}".encode())
            sent["Authorization"] = f"Basic {secret.decode()}"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        try:
            data = body.encode() if isinstance(body, str) else body
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            got = Answer(answer.status, answer.headers, answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        for line in got.headers.get_all("Set-Cookie", []):
            for key, cookie in SimpleCookie(line).items():
                self.cookies[key] = cookie.value
        return got

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            parts = urlsplit(self.url)
            assert parts.hostname is not None
            self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        return self._connection
