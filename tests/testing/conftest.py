from __future__ import annotations

import os

import pytest

from pipelinegen.testing import reachable
from tests.testing.given import Fakes, Project


@pytest.fixture(autouse=True)
def nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable says anything, there is no Docker, and nobody is waited for."""
    said = ("PIPELINEGEN_", "PYTEST_XDIST_", "TESTCONTAINERS_", "DOCKER_")
    for name in [name for name in os.environ if name.startswith(said) or name.endswith("_URL")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    monkeypatch.setattr(reachable.check, "__defaults__", (0.0,))


@pytest.fixture
def project(pytester: pytest.Pytester) -> Project:
    """A folder with a service's tests, to be run by pytest."""
    return Project(pytester)


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Containers that only seem to be there."""
    made = Fakes()
    monkeypatch.setattr("pipelinegen.testing.session.Containers", made)
    return made
