"""A service's folder of its own for each test, after which no container of it is left."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Docker
from tests.e2e.dependencies.project import Project
from tests.e2e.dependencies.tearoom import FILES

# What whoever runs the tests has said is not meant for the runs in them.
OTHERS = ("PIPELINEGEN_", "PYTEST_", "TESTCONTAINERS_", "RYUK_", "COV_")


@pytest.fixture(autouse=True)
def docker_is_ready(docker_ready: Docker) -> None:
    """All of these tests start containers."""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A folder whose path has a space; all that is made in it has a label of its own."""
    said = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OTHERS) and not name.endswith("_URL")
    }
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    made = Project(tmp_path / "my services" / "orders", f"e2e-{uuid.uuid4().hex[:8]}", said | cache)
    yield made
    made.clear()


@pytest.fixture
def tearoom(project: Project, catalog: str) -> Project:
    """A small service that depends on the catalog, whose image is in the registry alone."""
    assert catalog == "localhost:5000/shop/catalog:latest"
    project.write(FILES)
    project.tags.append("localhost:5000/shop/tearoom:local")
    return project
