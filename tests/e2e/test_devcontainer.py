"""The generated dev containers, brought up as an editor does it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.plan.build import build_plan
from tests.e2e.conftest import Clone
from tests.lab.devcontainer import DevContainers, Up

UID = 1000


@pytest.fixture(scope="module")
def devcontainers(docker_ready: object) -> DevContainers:
    return DevContainers()


@pytest.fixture
def up(devcontainers: DevContainers) -> Iterator[Callable[[Path], Up]]:
    """Brings one up; it is removed at the end."""
    with ExitStack() as stack:

        def bring(workspace: Path) -> Up:
            made = devcontainers.up(workspace)
            stack.callback(devcontainers.down, workspace, made)
            return made

        yield bring


def command(workspace: Path, stage: str) -> str:
    """The command of a stage, as the plan has it."""
    stages = {s.name: s for s in build_plan(Loader().service(workspace)).stages()}
    return str(stages[stage].step.arguments["command"])


def test_the_tests_of_a_service_with_dependencies_run_in_its_dev_container(
    clone: Clone, up: Callable[[Path], Up], devcontainers: DevContainers
) -> None:
    workspace = clone("sample-service", uid=UID)
    made = up(workspace)
    assert (made.user, made.folder) == (str(UID), "/workspace")
    for stage in ("unit", "integration"):
        done = devcontainers.run(workspace, command(workspace, stage))
        assert done.returncode == 0, done.stdout + done.stderr
        assert " passed" in done.stdout
    # Each dependency is where its variable says, without a word of the test.
    ask = (
        "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL']); print(c.info.status)"
    )
    done = devcontainers.run(workspace, f'python -c "{ask}"')
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tests_of_a_service_without_dependencies_run_in_its_dev_container(
    clone: Clone, up: Callable[[Path], Up], devcontainers: DevContainers
) -> None:
    workspace = clone("python", uid=UID)
    _, text = (workspace / ".devcontainer" / "devcontainer.json").read_text().split("\n", 1)
    assert json.loads(text)["build"]["target"] == "test"
    made = up(workspace)
    assert made.user == str(UID)
    for stage in ("unit", "integration"):
        done = devcontainers.run(workspace, command(workspace, stage))
        assert done.returncode == 0, done.stdout + done.stderr
        assert " passed" in done.stdout


def test_what_is_written_in_it_belongs_to_the_developer(
    clone: Clone, up: Callable[[Path], Up], devcontainers: DevContainers
) -> None:
    workspace = clone("python", uid=UID)
    up(workspace)
    done = devcontainers.run(workspace, "touch written && touch ~/home && pwd")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (workspace / "written").stat().st_uid == UID
