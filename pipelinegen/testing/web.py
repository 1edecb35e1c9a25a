"""Services that speak HTTP, with a client that does not give up at the first refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from pipelinegen.errors import PipelinegenError
from pipelinegen.testing.objects import CLASSES as OF_DRIVERS
from pipelinegen.testing.objects import Dependency

# Seconds.
TIMEOUT = 10.0
# Of a proxy whose service is not there yet: the request has reached nobody.
_AGAIN = (502, 503, 504)


@dataclass(frozen=True, repr=False)
class Web(Dependency):
    """A service that speaks HTTP.

    A request that nobody took is sent again, five times within about six seconds: when no
    connection is made, and when GET and the like are answered with 502, 503 or 504. The last answer
    is given as it is.
    """

    @cached_property
    def session(self) -> requests.Session:
        """The client, for headers and cookies that all requests have."""
        again = Retry(
            total=5, connect=5, read=0, backoff_factor=0.2, status_forcelist=_AGAIN,
            raise_on_status=False, respect_retry_after_header=False,
        )  # fmt: skip
        found = requests.Session()
        for scheme in ("http://", "https://"):
            found.mount(scheme, HTTPAdapter(max_retries=again))
        return found

    def request(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Send a request.

        Args:
            method: GET, POST, …
            path: the path below the URL, or a URL of its own.
            arguments: those of `requests.request`; the timeout is 10 seconds.
        """
        arguments.setdefault("timeout", TIMEOUT)
        url = path if re.match(r"[a-z]+://", path) else f"{self.url.rstrip('/')}/{path.lstrip('/')}"
        return self.session.request(method, url, **arguments)

    def get(self, path: str, **arguments: Any) -> requests.Response:
        """Send a GET."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> requests.Response:
        """Send a POST."""
        return self.request("POST", path, **arguments)

    def put(self, path: str, **arguments: Any) -> requests.Response:
        """Send a PUT."""
        return self.request("PUT", path, **arguments)

    def patch(self, path: str, **arguments: Any) -> requests.Response:
        """Send a PATCH."""
        return self.request("PATCH", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> requests.Response:
        """Send a DELETE."""
        return self.request("DELETE", path, **arguments)


CLASSES: dict[str, type[Dependency]] = {**OF_DRIVERS, "http": Web, "service": Web}


@dataclass(frozen=True, repr=False)
class System(Web):
    """The service under test, with all that it depends on."""

    find: Callable[[str], Dependency] = field(kw_only=True)

    def dependency(self, name: str) -> Any:
        """A dependency of the service, the same that the service itself talks to.

        Raises:
            pytest.fail.Exception: it is not known.
        """
        try:
            return self.find(name)
        except PipelinegenError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
