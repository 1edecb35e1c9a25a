"""Servers and clients for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.lab.jenkins_server import READER, JenkinsServer, User
from tests.lab.jenkins_server.client import Client

ADMIN = User("admin", "secret", "11token")
Connect = Callable[..., Client]


@pytest.fixture
def server() -> Iterator[JenkinsServer]:
    """A Jenkins with an administrator; anonymous may read."""
    with JenkinsServer([ADMIN], anonymous=READER) as running:
        yield running


@pytest.fixture
def connect(server: JenkinsServer) -> Iterator[Connect]:
    """Makes clients of the server, and closes them in the end."""
    made: list[Client] = []

    def client(user: str = "", secret: str = "", url: str = "") -> Client:
        made.append(Client(url or server.url, user, secret))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def admin(connect: Connect) -> Client:
    """The administrator with an API token, who needs no crumb."""
    return connect("admin", "11token")
