"""What a server's answer means when it is not the one that was asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pipelinegen.errors import OutsideError

if TYPE_CHECKING:
    import requests

_TITLE = re.compile(r"<title>\s*([^<]*?)\s*</title>", re.IGNORECASE)
_LOGGING_ID = re.compile(r"Logging ID=([0-9a-f-]+)")
NO_CRUMB = "No valid crumb was included in the request"
# The names that Jenkins' own pages have for the permissions that X-Required-Permission tells.
_GROUPS = {
    "hudson.model.Hudson": "Overall",
    "hudson.model.Item": "Job",
    "hudson.model.View": "View",
    "hudson.model.Run": "Run",
}
_REASONS = {429: "too many requests", 502: "no answer from behind a proxy", 503: "not available",
            504: "no answer in time from behind a proxy"}  # fmt: skip


class ServerError(OutsideError):
    """The server refused, failed, or is none.

    Args:
        message: what is wrong and what to do.
        status: the HTTP status; 0 when there was no answer.
        unknown: whether the request may have been carried out nevertheless.
        said: what the server gave as its reason.
    """

    def __init__(
        self, message: str, status: int = 0, *, unknown: bool = False, said: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.unknown = unknown
        self.said = said

    @property
    def hopeless(self) -> bool:
        """Whether every other request would be answered alike: it is not about the item."""
        return self.status not in (400, 403, 404, 409, 500)


class NotThere(ServerError):
    """404: there is none, or the user may not see it."""


def item_of(url: str) -> str:
    """The full name of the item that an address is about, for messages."""
    names = re.findall(r"/job/([^/?]+)", urlsplit(url).path)
    return "/".join(map(unquote, names))


def refusal(response: requests.Response, user: str, base: str) -> ServerError:
    """What an answer with an error's status means.

    Args:
        response: the answer.
        user: as whom it was asked.
        base: the server's address.
    """
    status = response.status_code
    what = _what(response)
    if status == 401:
        return ServerError(
            f"{base}: the user `{user}` or the token was refused\n"
            f"      = check JENKINS_USER; make a new token at {base}me/security",
            401,
        )
    if status == 403:
        return _forbidden(response, user, what)
    if status == 404:
        return NotThere(f"{what}: there is none, or `{user}` may not see it", 404)
    if status == 400 and (said := response.headers.get("X-Error")):
        return ServerError(f"{what}: Jenkins refuses it: {said}", 400, said=said)
    if 300 <= status < 400:
        return _redirect(response, base)
    if status == 500 and "X-Jenkins" in response.headers:
        return _exception(response, what)
    title = _title(response).removeprefix(str(status)).strip()
    reason = _REASONS.get(status) or title or response.reason or "an error"
    return ServerError(f"{what}: the server answers {status}, {reason}", status)


def page(response: requests.Response, base: str) -> ServerError:
    """A web page where data was due: Jenkins is not there, or something stands before it."""
    title = _title(response) or "without a title"
    if "X-Jenkins" in response.headers:
        return ServerError(f"{base}: Jenkins answers with a page ({title}), where data was due")
    return ServerError(
        f"{base}: the answer is a web page ({title}), not one of Jenkins: a proxy's login, or a "
        "wrong address\n      = check JENKINS_URL; let the proxy pass requests with a token",
        response.status_code,
    )


def _what(response: requests.Response) -> str:
    url = response.request.url or response.url
    return item_of(url) or urlsplit(url).path


def _title(response: requests.Response) -> str:
    found = _TITLE.search(response.text[:20_000])
    told = found.group(1) if found else ""
    return "".join(c for c in told if c.isprintable())[:100]


def _forbidden(response: requests.Response, user: str, what: str) -> ServerError:
    needed = response.headers.get("X-Required-Permission", "")
    group, _, name = needed.rpartition(".")
    if needed:
        permission = f"{_GROUPS.get(group, group)}/{name}"
        return ServerError(
            f"{what}: `{user}` lacks the permission {permission}\n"
            "      = let an administrator give it, or use the token of a user who has it",
            403,
            said=permission,
        )
    if NO_CRUMB in response.text:
        return ServerError(f"{what}: Jenkins refuses even a fresh crumb: use an API token", 403)
    told = _title(response) or "without a reason"
    return ServerError(
        f"{what}: forbidden ({told}), not by Jenkins but by something before it\n"
        "      = ask who runs the proxy", 403,
    )  # fmt: skip


def _redirect(response: requests.Response, base: str) -> ServerError:
    to = urlsplit(response.headers.get("Location", ""))
    where = f"{to.scheme}://{to.netloc}{to.path}" if to.netloc else to.path
    if to.netloc and to.path.rstrip("/").startswith(urlsplit(base).path.rstrip("/")):
        hint = f"if that is the server, set JENKINS_URL to {to.scheme}://{to.netloc}/"
    else:
        hint = "a proxy wants a login: check JENKINS_URL, and let it pass requests with a token"
    return ServerError(
        f"{base}: the answer is elsewhere, at {where or '(nowhere)'}\n      = {hint}",
        response.status_code,
    )


def _exception(response: requests.Response, what: str) -> ServerError:
    found = _LOGGING_ID.search(response.text)
    log = f" (Logging ID {found.group(1)} in its log)" if found else ""
    return ServerError(f"{what}: Jenkins failed with an exception{log}", 500)
