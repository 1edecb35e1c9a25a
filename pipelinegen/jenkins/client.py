"""One connection to a server: python-jenkins, with crumbs, retries and errors of our own."""

from __future__ import annotations

import logging
import re
import threading
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import jenkins
import requests

from pipelinegen import patience
from pipelinegen.jenkins.access import Access
from pipelinegen.jenkins.answers import NO_CRUMB, ServerError, page, refusal
from pipelinegen.patience import Patience

CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0
# The server was too busy for these, and has not carried them out.
_BUSY = (429, 503)
# A proxy gave up on these: nobody knows.
_LOST = (502, 504)
# What must not be done twice, by the last part of its address.
_NOT_TWICE = ("createItem", "move", "build", "buildWithParameters")


class Server(jenkins.Jenkins):  # type: ignore[misc]
    """A server, for one thread: a session of requests is not promised to be safe for several."""

    def __init__(self, access: Access, patience: Patience) -> None:
        # It warns of JENKINS_API_EXTRA_HEADERS with their values, and they may be secret.
        logging.disable(logging.WARNING)
        try:
            super().__init__(access.url, access.user, access.token, (CONNECT_SECONDS, READ_SECONDS))
        finally:
            logging.disable(logging.NOTSET)
        self.access = access
        self.patience = patience
        # One login alone, and certificates are looked at whatever PYTHONHTTPSVERIFY says.
        self._session.auth, self._auth_resolved = self._auths[0][1], True
        self._session.verify = str(access.ca) if access.ca else True

    def close(self) -> None:
        """Let its connections go."""
        self._session.close()

    def get(self, address: str) -> requests.Response:
        """What there is at an address relative to the server's.

        Raises:
            ServerError: nothing, or it was refused.
        """
        return self.jenkins_request(requests.Request("GET", self._build_url(address)))

    def json(self, address: str) -> Any:
        """The JSON at an address relative to the server's.

        Raises:
            ServerError: there is none.
        """
        response = self.get(address)
        try:
            return response.json()
        except ValueError:
            raise page(response, self.server) from None

    def create(self, full_name: str, xml: str) -> None:
        """Create an item, with one request where python-jenkins takes three.

        Raises:
            NotThere: there is no such folder.
            ServerError: it was refused, or nobody knows.
        """
        folder, _, name = full_name.rpartition("/")
        query = self._get_encoded_params({"name": name})["name"]
        self.post(f"{self.address(folder) if folder else ''}createItem?name={query}", xml)

    def post(self, address: str, xml: str | None = None, **form: str) -> requests.Response:
        """Post a document or a form to an address relative to the server's.

        Raises:
            ServerError: it was refused, or nobody knows.
        """
        headers = jenkins.DEFAULT_HEADERS if xml is not None else None
        data = xml.encode() if xml is not None else form
        request = requests.Request("POST", self._build_url(address), data=data, headers=headers)
        return self.jenkins_request(request)

    def address(self, full_name: str, end: str = "") -> str:
        """The address of an item, relative to the server's."""
        folder_url, short_name = self._get_job_folder(full_name)
        names = self._get_encoded_params({"folder_url": folder_url, "short_name": short_name})
        return f"{names['folder_url']}job/{names['short_name']}/{end}"

    def maybe_add_crumb(self, req: requests.Request) -> None:
        """A token needs no crumb: one is fetched only when a request was refused without."""
        if self.crumb:
            req.headers[self.crumb["crumbRequestField"]] = self.crumb["crumb"]

    def jenkins_request(
        self,
        req: requests.Request,
        add_crumb: bool = True,
        resolve_auth: bool = True,
        stream: bool | None = None,
    ) -> requests.Response:
        """Send a request, again and again where that is safe and may help.

        Raises:
            ServerError: what the answer means, or that there was none.
        """
        for number in count(1):
            retry_after = None
            try:
                response = self._with_crumb(req, stream)
            except requests.RequestException as error:
                wrong: ServerError | None = _no_answer(error, self.server)
            else:
                wrong = self._judge(req, response)
                retry_after = response.headers.get("Retry-After")
            if wrong is None:
                return response
            if not _again(wrong, req) or self.patience.over(number, retry_after):
                raise wrong
        raise AssertionError("unreachable")

    def _with_crumb(self, req: requests.Request, stream: bool | None) -> requests.Response:
        """The answer; where the crumb was refused, that to the request with a fresh one."""
        if req.method == "POST":
            self.maybe_add_crumb(req)
        response = self._request(req, stream)
        if response.status_code == 403 and NO_CRUMB in response.text:
            self._fetch_crumb()
            self.maybe_add_crumb(req)
            response = self._request(req, stream)
        return response

    def _judge(self, req: requests.Request, response: requests.Response) -> ServerError | None:
        """What is wrong with an answer; None when nothing is."""
        status = response.status_code
        if req.method == "POST" and 300 <= status < 400 and self._at_home(response):
            return None  # Jenkins sends a browser on to the item
        if status >= 300:
            found = refusal(response, self.access.user, self.server)
            found.unknown = status in _LOST
            return found
        html = response.headers.get("Content-Type", "").startswith("text/html")
        return page(response, self.server) if html else None

    def _at_home(self, response: requests.Response) -> bool:
        """Whether a redirection leads to an item of Jenkins, and not to a login."""
        to = urlsplit(response.headers.get("Location", "")).path
        return "/job/" in to or to.rstrip("/") == urlsplit(self.server).path.rstrip("/")

    def _fetch_crumb(self) -> None:
        self.crumb = None
        try:
            self.crumb = self.json("crumbIssuer/api/json")
        except ServerError as error:
            if error.status != 404:
                raise
        if self.crumb is not None and "crumbRequestField" not in self.crumb:
            raise ServerError(f"{self.server}: what it gives as a crumb is none")

    def _request(self, req: requests.Request, stream: bool | None = None) -> requests.Response:
        prepared = self._session.prepare_request(req)
        settings = self._session.merge_environment_settings(
            prepared.url, {}, stream, self._session.verify, None
        )
        answer: requests.Response = self._session.send(
            prepared, timeout=self.timeout, allow_redirects=False, **settings
        )
        if "charset" not in answer.headers.get("Content-Type", ""):
            # config.xml has none; its prolog says UTF-8, and a guess would not.
            answer.encoding = "utf-8"
        return answer


def _again(error: ServerError, req: requests.Request) -> bool:
    """Whether to try again: it may help, and nothing is done twice."""
    if error.status in _BUSY:
        return True
    if error.unknown:
        action = urlsplit(req.url).path.rstrip("/").rpartition("/")[2]
        return req.method == "GET" or action not in _NOT_TWICE
    return isinstance(error, _Unreached)


class _Unreached(ServerError):
    """No connection: nothing was carried out, and the next one may come through."""


def _no_answer(error: requests.RequestException, base: str) -> ServerError:
    """What it means that there was no answer. The error's own text may hold the whole request."""
    if isinstance(error, requests.exceptions.SSLError):
        return ServerError(
            f"{base}: its certificate is not trusted: {_ssl_reason(error)}\n"
            "      = name the file of its authority's certificate with --ca"
        )
    if isinstance(error, requests.ConnectTimeout):
        return _Unreached(f"{base}: no connection within {CONNECT_SECONDS:.0f} seconds")
    if isinstance(error, requests.exceptions.ProxyError):
        return _Unreached(f"{base}: the proxy of your environment (HTTPS_PROXY) does not answer")
    if isinstance(error, requests.Timeout):
        return ServerError(f"{base}: no answer within {READ_SECONDS:.0f} seconds", unknown=True)
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if reason is not None and "NewConnection" in type(reason).__name__:
        return _unreached(base, "nobody answers: the connection is refused")
    if reason is not None and "NameResolution" in type(reason).__name__:
        return ServerError(f"{base}: there is no host of that name\n      = check JENKINS_URL")
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return ServerError(f"{base}: is no address\n      = check JENKINS_URL")
    return ServerError(f"{base}: the connection broke off", unknown=True)


def _unreached(base: str, why: str) -> ServerError:
    return _Unreached(f"{base}: {why}\n      = check JENKINS_URL, and that Jenkins runs")


def _ssl_reason(error: requests.exceptions.SSLError) -> str:
    found = re.search(r"(?:verify failed: |\] )([A-Za-z][^()'\"]+)", str(error))
    return found.group(1).strip() if found else "the connection cannot be secured"


class Connections:
    """A server for each thread that asks for one.

    Args:
        access: where and as whom.
        waits: how often a request is tried; by default until ``stopped`` is set.
    """

    def __init__(self, access: Access, waits: Patience | None = None) -> None:
        self.access = access
        self.stopped = threading.Event()
        self._patience = waits or Patience(first=patience.FIRST_SECONDS, wait=self.stopped.wait)
        self._local = threading.local()
        self._made: list[Server] = []

    def __enter__(self) -> Connections:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._made:
            server.close()

    @property
    def server(self) -> Server:
        """This thread's."""
        found: Server | None = getattr(self._local, "server", None)
        if found is None:
            found = self._local.server = Server(self.access, self._patience)
            self._made.append(found)
        return found
