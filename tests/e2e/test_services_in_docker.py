"""The services' own stages in their containers, by Docker's command line as Jenkins uses it."""

from __future__ import annotations

import http.client
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.imagebuild import ImageBuild
from pipelinegen.plan.model import SOCKET
from pipelinegen.run.work import Work, work
from tests.e2e.conftest import Clone, Docker
from tests.lab.docker.cli import docker, listed

SERVICES = ["python", "java", "go", "node", "sample-service"]
# Browsers are left out: their images are large, and no other service has such tests.
STAGES = {"lint", "build", "unit", "integration"}
SESSION = "org.testcontainers.session-id"
DEADLINE = 60


def stages(folder: Path) -> dict[str, Work]:
    """The stages that run a command in a container."""
    groups = work(build_plan(Loader().service(folder)), "main")
    found = [each for group in groups for each in group if isinstance(each, Work)]
    return {each.name: each for each in found if each.script is not None and each.name in STAGES}


def built(folder: Path, service: str, image: ImageBuild) -> str:
    """The image's name. It is kept: its layers are the cache of the next run."""
    name = f"pipelinegen-e2e/{service}:{image.target}"
    command = ["build", "--quiet", "--tag", name, "--target", str(image.target)]
    docker(*command, "--file", str(folder / image.filename), str(folder / image.directory))
    return name


@contextmanager
def container(*arguments: str) -> Iterator[str]:
    """A container that is there as long as it is used."""
    found = docker("run", "--detach", *arguments)
    try:
        yield found
    finally:
        docker("rm", "--force", "--volumes", found)


def executed(folder: Path, image: str, stage: Work, uid: int, group: int) -> str:
    """What the stage's command prints; it has to end well."""
    beside = folder.with_name(f"{folder.name}@tmp")
    beside.mkdir(exist_ok=True)
    os.chown(beside, uid, uid)
    script = beside / "script.sh"
    script.write_text(str(stage.script))
    arguments = ["--tty", "--user", f"{uid}:{uid}", "--workdir", str(folder)]
    for path in (folder, beside):
        arguments += ["--volume", f"{path}:{path}:rw,z"]
    if stage.docker:
        arguments += ["--volume", f"{SOCKET}:{SOCKET}", "--group-add", str(group)]
    else:
        # All that they need was fetched when the image was built.
        arguments += ["--network", "none"]
    environment = {"HOME": str(beside), **stage.env}
    with container(*arguments, image, "cat") as running:
        command = ["docker", "exec"]
        for key, value in environment.items():
            command += ["--env", f"{key}={value.replace('{cache}', str(beside / 'cache'))}"]
        command += [running, "sh", "-xe", str(script)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    assert done.returncode == 0, f"{stage.name}:\n{done.stdout}"
    return done.stdout


def reported(folder: Path, stage: Work) -> tuple[int, int]:
    """How many tests the stage's JUnit reports have, and how many of them failed."""
    files = {path for pattern in stage.junit for path in folder.glob(pattern)}
    cases = [case for path in files for case in ElementTree.parse(path).iter("testcase")]
    failed = [case for case in cases if {"failure", "error"} & {part.tag for part in case}]
    return len(cases), len(failed)


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("uid", [1000, 12345])
@pytest.mark.parametrize("service", SERVICES)
def test_the_stages_pass_as_a_user_that_the_image_does_not_know(
    clone: Clone, docker_ready: Docker, service: str, uid: int
) -> None:
    folder = clone(service, uid=uid)
    found = stages(folder)
    assert {"unit", "integration"} <= found.keys()
    for stage in found.values():
        image = built(folder, service, stage.image)
        executed(folder, image, stage, uid, docker_ready.group)
        if stage.junit:
            tests, failed = reported(folder, stage)
            assert tests > 0, f"{stage.name}: no report at {stage.junit}"
            assert failed == 0
    changed = subprocess.run(
        ["git", "-c", "safe.directory=*", "status", "--porcelain"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert changed.stdout == "", "the stages leave files that git does not ignore"


def eventually(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, f"{what}: not after {DEADLINE} s"
        time.sleep(0.1)


def status(address: str, path: str) -> int:
    """An answer's status; 0 when there is none yet."""
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("service", "database"),
    [
        ("python", "postgresql://postgres:secret@db/postgres"),
        ("java", "jdbc:postgresql://db/postgres?user=postgres&password=secret"),
        ("go", "postgres://postgres:secret@db/postgres"),
        ("node", "postgres://postgres:secret@db/postgres"),
    ],
)
def test_the_deployed_image_serves_without_a_way_out(
    clone: Clone, docker_ready: Docker, service: str, database: str
) -> None:
    folder = clone(service)
    image = built(folder, service, ImageBuild(".", "Dockerfile", "runtime"))
    network = f"pipelinegen-e2e-{uuid.uuid4().hex}"
    docker("network", "create", "--internal", network)
    try:
        on = ["--network", network]
        where = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        db = ["--network-alias", "db", "--env", "POSTGRES_PASSWORD=secret", "postgres:15"]
        with container(*on, *db) as postgres:
            ready = ["docker", "exec", postgres, "pg_isready", "--host", "127.0.0.1"]
            eventually(
                "the database",
                lambda: not subprocess.run(ready, capture_output=True, check=False).returncode,
            )
            limits = ["--read-only", "--tmpfs", "/tmp", "--env", f"DATABASE_URL={database}"]
            with container(*on, *limits, image) as running:
                address = f"{docker('inspect', '--format', where, running)}:8080"
                eventually("the service", lambda: status(address, "/readyz") == 200)
                assert status(address, "/healthz") == 200
                assert status(address, "/nothing-here") == 404
    finally:
        docker("network", "rm", network)


LEAVES = """
import sys, time
from testcontainers.core.container import DockerContainer
from testcontainers.core.labels import SESSION_ID
DockerContainer("redis:7").start()
print(SESSION_ID, flush=True)
time.sleep(600)
"""


def test_the_reaper_removes_what_a_killed_client_left(clone: Clone, docker_ready: Docker) -> None:
    folder = clone("python")
    image = built(folder, "python", stages(folder)["integration"].image)
    arguments = ["--volume", f"{SOCKET}:{SOCKET}", "--env", "RYUK_RECONNECTION_TIMEOUT=1s"]
    with container(*arguments, "--entrypoint", "python", image, "-c", LEAVES) as client:
        eventually("its session", lambda: bool(docker("logs", client).strip()))
        session = f"label={SESSION}={docker('logs', client).strip()}"
        assert len(listed("container", session)) == 1
        docker("kill", "--signal", "KILL", client)
        eventually("the reaper", lambda: not listed("container", session))
