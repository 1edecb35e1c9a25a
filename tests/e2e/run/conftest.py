"""The service of these tests, and its own caches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from pipelinegen.plan.model import BUILD_LABEL as LABEL
from tests.e2e.conftest import Docker
from tests.e2e.run.echo import DOCKERFILE, configure, here
from tests.helpers import write_tree


@pytest.fixture(autouse=True)
def beside(docker_ready: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caches of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A repository in a path with a space."""
    folder = tmp_path / "my services" / "echo"
    write_tree(folder, {"Dockerfile": DOCKERFILE, ".dockerignore": "reports\n"})
    configure(folder, "echo hello")
    return folder


@pytest.fixture(autouse=True)
def no_images_are_left(service: Path) -> Iterator[None]:
    yield
    client = docker.from_env()
    build = here(service).build
    for image in client.images.list(filters={"label": f"{LABEL}={build}"}):
        client.api.remove_image(str(image.id), force=True, noprune=True)
    client.close()
