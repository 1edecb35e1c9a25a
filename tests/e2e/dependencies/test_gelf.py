"""``--gelf``: the logs of services that run here, by Docker's own driver, with their fields."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.dependencies.project import Project
from tests.e2e.dependencies.tearoom import FILES
from tests.lab.docker.cli import docker
from tests.lab.gelf import Gelf, Message, receiving

LINE = {"level": "error", "message": "the kettle is empty"}
LONG = "import hashlib; print('long ' + ''.join(hashlib.sha256(bytes([i])).hexdigest() "
SAYS = f"import json\nprint('''{json.dumps(LINE)}''')\n{LONG}for i in range(200)))\n"
LOCAL = {"_account": "local", "_region": "local", "_cluster": "local"}
TEAROOM = {"_container_name": "tearoom", "_service": "tearoom", "_version": "local", **LOCAL}


@pytest.fixture
def gelf() -> Iterator[tuple[Gelf, int]]:
    with receiving() as found:
        yield found


@pytest.fixture
def talking(tearoom: Project) -> Project:
    """The tearoom says something as soon as it is there."""
    app = "\n".join(line.removeprefix(" " * 8) for line in FILES["app.py"].splitlines())
    tearoom.write({"app.py": SAYS + app})
    return tearoom


def of(service: str, message: Message) -> bool:
    return bool(message.get("_service") == service)


def fields(message: Message) -> dict[str, str]:
    return {name: message[name] for name in TEAROOM}


def test_each_services_lines_arrive_with_its_fields(
    talking: Project, gelf: tuple[Gelf, int]
) -> None:
    arrived, port = gelf
    done = talking.pipelinegen("system", "up", "--gelf", f"127.0.0.1:{port}")
    assert done.returncode == 0, done.stderr
    said = arrived.wait(lambda each: "kettle" in each["short_message"])
    assert fields(said) == TEAROOM
    # Docker leaves a line as it is, and knows no other levels than those of the two streams.
    assert (json.loads(said["short_message"]), said["level"]) == (LINE, 6)
    # A line of random text fills several datagrams.
    long = arrived.wait(lambda each: each["short_message"].startswith("long "))
    assert len(long["short_message"]) == len("long ") + 200 * 64
    assert arrived.chunked
    # The probe asked tearoom, and tearoom the catalog, which has fields of its own.
    asked = arrived.wait(lambda each: of("catalog", each))
    assert fields(asked) == {
        **TEAROOM, "_container_name": "catalog", "_service": "catalog", "_version": "latest"
    }  # fmt: skip
    assert arrived.refused == []
    (container,) = talking.containers("tearoom")
    assert "the kettle is empty" in docker("logs", container), "what Docker keeps is still there"


def test_a_command_has_them_as_well(talking: Project, gelf: tuple[Gelf, int]) -> None:
    arrived, port = gelf
    command = ["with-dependencies", "--gelf", f"localhost:{port}", "--", sys.executable, "-c", ""]
    done = talking.pipelinegen(*command)
    assert done.returncode == 0, done.stderr
    assert fields(arrived.wait(lambda each: of("tearoom", each))) == TEAROOM


def test_what_is_up_and_no_service_stays_as_it_is_and_sends_nothing(
    talking: Project, gelf: tuple[Gelf, int]
) -> None:
    arrived, port = gelf
    text = (talking.folder / "pipeline.yaml").read_text()
    talking.write({"pipeline.yaml": f"{text}  cache: {{type: redis, env: CACHE_URL}}\n"})
    assert talking.pipelinegen("system", "up").returncode == 0
    cache, before = talking.containers("cache"), talking.containers("tearoom")
    done = talking.pipelinegen("system", "up", "--gelf", f"127.0.0.1:{port}")
    assert done.returncode == 0, done.stderr
    arrived.wait(lambda each: of("tearoom", each))
    assert {each["_service"] for each in arrived.messages} <= {"tearoom", "catalog"}
    assert talking.containers("cache") == cache
    assert talking.containers("tearoom") != before


def test_a_host_that_docker_does_not_know_is_told(talking: Project) -> None:
    done = talking.pipelinegen("system", "up", "--gelf", "nowhere.invalid:12201")
    assert done.returncode == 3, done.stderr
    assert "name a host with `--gelf` that Docker's machine knows" in done.stderr
    assert talking.left() == {}
