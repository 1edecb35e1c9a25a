"""An image's build: quiet while all is well, and told in full when it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pipelinegen.containers.build import build, declared
from pipelinegen.containers.daemon import Daemon
from pipelinegen.errors import OutsideError
from pipelinegen.plan.imagebuild import ImageBuild

if TYPE_CHECKING:
    from docker import DockerClient

DAEMON = Daemon(cast("DockerClient", None), "unix:///run/its.sock", "/run/its.sock", False)
COMMAND = ["docker", "build", "-t", "x", "."]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a ``docker`` command of a shell script."""

    def make(script: str) -> None:
        file = tmp_path / "bin" / "docker"
        file.parent.mkdir()
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{file.parent}:/usr/bin:/bin")

    return make


def test_a_build_that_is_soon_done_says_nothing(
    tmp_path: Path, docker: Callable[[str], None]
) -> None:
    docker("echo one; echo two >&2")
    said: list[str] = []
    assert build(DAEMON, COMMAND, tmp_path, said.append) == 0
    assert said == []


def test_a_build_that_fails_tells_all_that_it_said(
    tmp_path: Path, docker: Callable[[str], None]
) -> None:
    docker("echo one; echo two >&2; exit 3")
    said: list[str] = []
    assert build(DAEMON, COMMAND, tmp_path, said.append) == 3
    assert said == ["one", "two"]


def test_a_build_that_takes_long_tells_what_it_does(
    tmp_path: Path, docker: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelinegen.containers.build.QUIET_SECONDS", 0.0)
    docker("echo one; echo two")
    said: list[str] = []
    assert build(DAEMON, COMMAND, tmp_path, said.append) == 0
    assert said == ["one", "two"]


def test_it_is_the_same_docker_that_the_containers_have(
    tmp_path: Path, docker: Callable[[str], None]
) -> None:
    docker('echo "$DOCKER_HOST"; pwd; echo "$*"; exit 1')
    said: list[str] = []
    build(DAEMON, COMMAND, tmp_path, said.append)
    assert said == ["unix:///run/its.sock", str(tmp_path), "build -t x ."]


def test_without_a_docker_command_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutsideError, match="no `docker` command: install Docker's command line"):
        build(DAEMON, COMMAND, tmp_path, print)


def test_a_declaration_is_read_as_a_shell_reads_it(tmp_path: Path) -> None:
    (tmp_path / "service.json").write_text('{"port": 80}\n\n')
    image = ImageBuild(".", "Dockerfile", None, "service.json")
    assert declared(image, tmp_path) == '{"port": 80}'
    assert declared(image, tmp_path / "elsewhere") == ""
    assert declared(ImageBuild(".", "Dockerfile", None), tmp_path) == ""
