"""What the end-to-end tests share: Docker with its images, a registry, and services to build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelinegen import __version__
from tests.lab import Missing
from tests.lab.docker.cli import docker, listed, socket_group, start_daemon
from tests.lab.docker.images import prepare
from tests.lab.docker.registry import Registry, start_registry
from tests.lab.jenkins import Jenkins

TOP = Path(__file__).parents[2]
SERVICES = Path(__file__).with_name("services")
BUILD = "pipelinegen.build"

Clone = Callable[..., Path]
Start = Callable[..., Jenkins]
LIBRARIES = {"pipelinegen": {f"v{__version__}": TOP}}
CREDENTIALS = {"registry-push": {"username": "pusher", "password": "s3cret-of-the-registry"}}


@dataclass(frozen=True)
class Docker:
    """A daemon with all that the tests need.

    Args:
        registry: the one that pipelines push to.
        group: the number of the group that may use the daemon's socket.
    """

    registry: Registry
    group: int


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def docker_ready() -> Docker:
    """The daemon, the images and the registry; nothing is done that was done before."""
    start_daemon()
    for _ in prepare():
        pass
    return Docker(start_registry(), socket_group())


@pytest.fixture
def as_root() -> None:
    """For tests in which somebody else is the user: only root can be that."""
    if os.getuid() != 0:
        raise Missing("root", "only root can be somebody else", "run the tests as root")


@pytest.fixture(scope="session")
def registry(docker_ready: Docker) -> Registry:
    return docker_ready.registry


@pytest.fixture(scope="session")
def catalog(docker_ready: Docker) -> str:
    """The image of the service that the sample depends on, in the registry."""
    with tempfile.TemporaryDirectory(prefix="pipelinegen e2e ") as scratch:
        folder = Path(scratch) / "catalog"
        _copy(SERVICES / "catalog", folder)
        _platform(SERVICES / "catalog", folder, docker_ready)
        for arguments in (["generate"], ["run", "image"]):
            command = [sys.executable, "-m", "pipelinegen", *arguments]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
    name = f"{docker_ready.registry.host}/shop/catalog"
    docker("tag", f"{name}:local", f"{name}:latest")
    docker("push", "--quiet", f"{name}:latest")
    docker("rmi", f"{name}:local", f"{name}:latest")
    return f"{name}:latest"


@pytest.fixture
def clone(docker_ready: Docker) -> Iterator[Clone]:
    """Makes a repository of its own of a service, in a path with a space that any user may enter.

    ``clone("go")`` is of tests/e2e/services/go, ``clone("sample-service")`` of the sample; with a
    ``uid`` that user owns it. Its platform names this machine's registry and socket, and the
    generated files are committed, too.
    """
    # pytest's own folders are closed to the users that the containers run as.
    with tempfile.TemporaryDirectory(prefix="pipelinegen e2e ") as scratch:
        Path(scratch).chmod(0o755)
        made: list[Path] = []

        def make(service: str, *, uid: int | None = None) -> Path:
            folder = Path(scratch) / str(len(made)) / service
            made.append(folder)
            source = TOP / service if service == "sample-service" else SERVICES / service
            _copy(source, folder)
            _platform(source, folder, docker_ready)
            command = [sys.executable, "-m", "pipelinegen", "generate"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            _commit(folder)
            if uid is not None:
                for path in [folder, *folder.rglob("*")]:
                    os.chown(path, uid, uid, follow_symlinks=False)
            return folder

        yield make


def _copy(source: Path, target: Path) -> None:
    """Only what belongs to the service, and not what was made of it here."""
    try:
        found = _git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = [name for name in found.split("\0") if (source / name).is_file()]
    except subprocess.CalledProcessError:
        names = [str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()]
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, target / name)


def _platform(source: Path, folder: Path, docker: Docker) -> None:
    path = folder / "platform.yaml"
    text = (path if path.exists() else source.parent / "platform.yaml").read_text("utf-8")
    text, urls = re.subn(r"(?m)^(  url: ).*$", rf"\g<1>{docker.registry.host}/shop", text)
    text, groups = re.subn(r"(?m)^(  dockerGroup: ).*$", rf"\g<1>{docker.group}", text)
    assert (urls, groups) == (1, 1)
    path.write_text(text, "utf-8")


def _git(folder: Path, *arguments: str) -> str:
    """What git prints, without the settings of whoever runs the tests."""
    environment = {key: text for key, text in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-c", "safe.directory=*", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def _commit(folder: Path) -> None:
    _git(folder, "init", "--quiet", "--initial-branch", "main")
    _git(folder, "add", "--all")
    who = ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost"]
    _git(folder, *who, "commit", "--quiet", "--message", "The service")


@pytest.fixture
def jenkins(docker_ready: Docker) -> Iterator[Start]:
    """Starts a Jenkins whose home any user may enter, in a path with a space."""
    running: list[Jenkins] = []
    with tempfile.TemporaryDirectory(prefix="jenkins home ") as scratch:
        Path(scratch).chmod(0o755)

        def start(user: int | None = None, **how: Any) -> Jenkins:
            made = Jenkins(
                Path(scratch, str(len(running))),
                **{"libraries": LIBRARIES, "credentials": CREDENTIALS, **how},
                user=user,
                groups=(docker_ready.group,),
            )
            running.append(made.__enter__())
            return made

        yield start
        for each in running:
            each.__exit__(None, None, None)


def leftovers(label: str) -> dict[str, list[str]]:
    """The ids of what carries a label (``pipelinegen.build=…``): nothing when all is swept."""
    kinds = ("container", "network", "volume", "image")
    found = {kind: list(listed(kind, f"label={label}")) for kind in kinds}
    return {kind: ids for kind, ids in found.items() if ids}
