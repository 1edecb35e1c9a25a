"""One request on its way through Jenkins, and the forms that answers have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.jenkins_server import fields as _tables  # noqa: F401 - it fills export's tables
from tests.lab.jenkins_server import pages
from tests.lab.jenkins_server.beans import Bean
from tests.lab.jenkins_server.errors import Denied
from tests.lab.jenkins_server.export import Look, export, prune, pruner
from tests.lab.jenkins_server.http11 import Request, Response
from tests.lab.jenkins_server.jenkins import Jenkins
from tests.lab.jenkins_server.lint import Lint
from tests.lab.jenkins_server.model import Item
from tests.lab.jenkins_server.security import COOKIE, Identity, Security

NOSNIFF = ("X-Content-Type-Options", "nosniff")
JSON = "application/json;charset=utf-8"
TEXT = "text/plain;charset=utf-8"


@dataclass
class Call:
    request: Request
    jenkins: Jenkins
    security: Security
    who: Identity
    base: str
    """The URL of Jenkins as the client has it, with a slash at its end."""
    root_url: str
    """The URL in Jenkins' settings; that in JSON."""
    prefix: str
    lint: Lint
    _session: str | None = None
    _opened: bool = False

    @property
    def fields(self) -> dict[str, str]:
        return self.request.fields

    @property
    def session(self) -> str:
        """The client's session; one is opened where it has none."""
        if self._session is None:
            sent = self.request.cookie(COOKIE)
            if sent is not None and self.security.has_session(sent):
                self._session = sent
            else:
                self._session, self._opened = self.security.open_session(), True
        return self._session

    @property
    def crumb(self) -> str:
        return self.security.crumb(self.who.user.name, self.session)

    def may(self, permission: str, item: Item | None = None) -> bool:
        managed = item is not None and item.managed
        if managed and permission == "Job/Configure":
            # BranchJobProperty.decorateACL: not even an administrator.
            return False
        if managed and permission == "Job/Delete" and not getattr(item, "dead", False):
            return False
        return self.who.user.may(permission, item.full_name if item else "")

    def require(self, permission: str, item: Item | None = None) -> None:
        if not self.may(permission, item):
            raise Denied(permission)

    def look(self) -> Look:
        return Look(self.root_url, lambda item: self.may("Job/Read", item), self.jenkins.executors)

    def export(self, bean: Bean) -> Response:
        return self.json(export(bean, pruner(self.fields), self.look()))

    def plain(self, shown: dict[str, Any]) -> Response:
        """An object that has no class here."""
        return self.json(prune(shown, pruner(self.fields), self.look()))

    def json(self, value: Any) -> Response:
        headers = [("X-Jenkins", self.jenkins.version), ("X-Jenkins-Session", self.jenkins.session)]
        return self._answer(200, JSON, headers, _dumped(value))

    def bare_json(self, value: Mapping[str, Any]) -> Response:
        """hudson.util.HttpResponses.okJSON, without the headers of the remote API."""
        return self._answer(200, JSON, [], _dumped({"status": "ok", "data": value}))

    def text(self, text: str, *headers: tuple[str, str], kind: str = TEXT) -> Response:
        return self._answer(200, kind, list(headers), text.encode())

    def done(self, status: int = 200, *headers: tuple[str, str]) -> Response:
        """An answer without a body, and so without a Content-Type."""
        return self._answer(status, None, list(headers), b"")

    def page(self, title: str, text: str = "", status: int = 200) -> Response:
        return self.html(title, pages.paragraph(title, text), status)

    def html(self, title: str, main: str, status: int, *more: tuple[str, str]) -> Response:
        """A page in Jenkins' layout. It shows a crumb, and so has a session."""
        body = pages.layout(title, main, self.crumb, self.prefix)
        headers = [*more, *self.page_headers()]
        return self._answer(status, pages.HTML, headers, body)

    def page_headers(self) -> list[tuple[str, str]]:
        version, session = self.jenkins.version, self.jenkins.session
        return [("X-Hudson", "1.395"), ("X-Jenkins", version), ("X-Jenkins-Session", session)]

    def raw(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> Response:
        return self._answer(status, kind, list(headers), body)

    def redirect(self, path: str) -> Response:
        """To a path of Jenkins without its prefix and without a slash at its start."""
        return self.done(302, ("Location", f"{self.prefix}/{path}"))

    def back(self, path: str) -> Response:
        """StaplerResponse.forwardToPreviousPage: the Referer, else the address of the object."""
        referer = self.request.headers.get("referer")
        return self.done(302, ("Location", referer)) if referer else self.redirect(path)

    def _answer(
        self, status: int, kind: str | None, headers: list[tuple[str, str]], body: bytes
    ) -> Response:
        lines = [NOSNIFF, *headers]
        if kind is not None:
            lines.append(("Content-Type", kind))
        if self._opened:
            lines.append(("Set-Cookie", f"{COOKIE}={self._session}; Path=/; HttpOnly"))
        return Response(status, lines, body)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
