from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.jenkins.given import jenkins_server
from tests.lab.jenkins_server import JenkinsServer


@pytest.fixture
def server() -> Iterator[JenkinsServer]:
    """A Jenkins with an administrator `ci`, and all plugins."""
    with jenkins_server() as running:
        yield running
