"""Tests in an agent's container that has Docker's socket, as CI systems run them.

Its user has no entry in /etc/passwd and no home, and the containers are brought up beside it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Docker
from tests.e2e.dependencies.project import DEADLINE, HEAD, Project, until
from tests.lab.docker.cli import SOCKET, docker, inspect

UID = 12345
IMAGE = "pipelinegen-e2e/agent"
DOCKERFILE = """\
FROM python:3.13-slim
RUN pip install --no-cache-dir 'pipelinegen[testing]' 'psycopg[binary]' kafka-python
"""
TEST_DATABASE = """
import os, pathlib, psycopg, pytest

@pytest.mark.parametrize("who", ["one", "two"])
def test_it(postgres, who):
    assert os.getuid() == 12345
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE names (name text)")
        connection.execute("INSERT INTO names VALUES (%s)", [who])
        assert connection.execute("SELECT name FROM names").fetchall() == [(who,)]
    pathlib.Path(who).touch()
"""
# It tells its clients where it is: that has to be where the agent reaches it.
TEST_BROKER = """
from contextlib import closing
from kafka import KafkaProducer

def test_it(kafka):
    with closing(KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)) as producer:
        assert producer.send(f"{kafka.prefix}orders", b"one").get(timeout=20).offset == 0
"""
WAITS = """
import pathlib, time
def test_it(redis):
    pathlib.Path("it-runs").touch()
    end = time.monotonic() + 60
    while not pathlib.Path("it-may-end").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
"""
Agent = Callable[..., list[str]]


@pytest.fixture(scope="session")
def image(docker_ready: Docker) -> str:
    """An agent with the testing helpers."""
    old = inspect("image", IMAGE) or {}
    command = ["docker", "build", "--quiet", "--tag", IMAGE, "-"]
    subprocess.run(command, input=DOCKERFILE, text=True, check=True, capture_output=True)
    new = inspect("image", IMAGE) or {}
    if old.get("Id") not in (None, new["Id"]):
        docker("rmi", "--force", old["Id"])
    return IMAGE


@pytest.fixture
def agent(image: str, project: Project, docker_ready: Docker) -> Agent:
    """The command that runs a file of tests in an agent's container, in the service's folder."""
    project.write(
        {
            "pipeline.yaml": f'{HEAD}dependencies:\n  db: {{type: postgres, version: "15"}}\n',
            "test_database.py": TEST_DATABASE,
            "test_broker.py": TEST_BROKER,
            "test_waiting.py": WAITS,
        }
    )
    for path in [project.folder, *project.folder.rglob("*")]:
        os.chown(path, UID, UID)

    def command(file: str, *options: str) -> list[str]:
        return [
            *("docker", "run", "--rm", "--user", f"{UID}:{UID}"),
            *("--group-add", str(docker_ready.group), "--env", "HOME=/tmp"),
            *("--env", "PIPELINEGEN_BUILD", "--volume", f"{SOCKET}:{SOCKET}"),
            *("--volume", f"{project.folder}:{project.folder}", "--workdir", str(project.folder)),
            *("--label", project.label, *options, image),
            *("python", "-m", "pytest", "--dependency-scope", "function", file),
        ]

    return command


@pytest.fixture
def network(project: Project) -> Iterator[str]:
    """A network that somebody else has made for the agent."""
    docker("network", "create", f"{project.mark}-agents")
    yield f"{project.mark}-agents"
    docker("network", "rm", f"{project.mark}-agents")


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("how", ["as ever", "on the host's network", "on a network of its own"])
def test_an_agent_without_a_name_or_a_home_uses_databases_beside_it(
    project: Project, agent: Agent, network: str, how: str
) -> None:
    options = {
        "as ever": [],
        "on the host's network": ["--network", "host"],
        "on a network of its own": ["--network", network],
    }
    done = project.run(*agent("test_database.py", *options[how]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 2 passed in " in done.stdout
    assert (project.folder / "two").stat().st_uid == UID
    assert project.left() == {}


@pytest.mark.usefixtures("as_root")
def test_an_agent_reaches_a_broker_where_that_says_it_is(project: Project, agent: Agent) -> None:
    done = project.run(*agent("test_broker.py"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.left() == {}


@pytest.mark.usefixtures("as_root")
def test_what_an_agent_on_the_hosts_network_uses_is_not_swept(
    project: Project, agent: Agent
) -> None:
    # Its host has the machine's name, but its processes have numbers of their own.
    with project.running(*agent("test_waiting.py", "--network", "host")) as process:
        until(lambda: (project.folder / "it-runs").exists() or process.poll() is not None)
        (cache,) = project.containers("redis")
        name = (inspect("container", cache) or {})["Name"].strip("/")
        assert name not in project.pipelinegen("sweep", "--dry-run").stdout
        (project.folder / "it-may-end").touch()
        assert process.wait(DEADLINE) == 0, project.output
    assert project.left() == {}
