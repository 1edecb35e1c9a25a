"""Stopped or killed: a test run leaves no container, no network and no volume behind."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.dependencies.project import CACHE, DEADLINE, PYTEST, Project, until
from tests.lab.docker.cli import inspect

NO_REAPER = {"TESTCONTAINERS_RYUK_DISABLED": "true"}
# Seconds. Somebody else on this machine may be sweeping it at that moment.
ANOTHER = 20
SLEEPS = """
import pathlib, time
def test_it(redis):
    pathlib.Path("it-runs").touch()
    time.sleep(600)
"""
PASSES = "def test_it(redis): pass\n"


@contextmanager
def in_the_middle(project: Project, *options: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A pytest whose test is running, with its containers."""
    project.write({"pipeline.yaml": CACHE, "test_it.py": SLEEPS})
    with project.running(*PYTEST, *options, **more) as process:
        until(lambda: (project.folder / "it-runs").exists() or process.poll() is not None)
        assert process.poll() is None, project.output
        assert len(project.containers("cache")) == 1
        yield process


def ctrl_c(process: subprocess.Popen[str]) -> None:
    """The terminal tells all of its processes."""
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["alone", "with workers"])
def test_ctrl_c_leaves_nothing(project: Project, options: list[str]) -> None:
    with in_the_middle(project, *options) as process:
        volumes = project.volumes()
        ctrl_c(process)
        assert process.wait(DEADLINE) == pytest.ExitCode.INTERRUPTED
    assert project.left() == {}
    assert [inspect("volume", each) for each in volumes] == [None] * len(volumes)


def test_ctrl_c_while_a_container_is_awaited_ends_at_once(project: Project) -> None:
    image = project.image('FROM python:3.11-slim\nCMD ["sleep", "600"]\n')
    said = f"{CACHE}  db: {{type: postgres, image: '{image}'}}\n"
    project.write({"pipeline.yaml": said, "test_it.py": "def test_it(redis, postgres): pass\n"})
    with project.running(*PYTEST) as process:
        until(lambda: project.containers("db") and "cache: ready" in project.output)
        ctrl_c(process)
        assert process.wait(20) == pytest.ExitCode.INTERRUPTED
    assert project.left() == {}


def test_killed_it_leaves_nothing_for_longer_than_a_minute(project: Project) -> None:
    with in_the_middle(project) as process:
        volumes = project.volumes()
        process.kill()
        process.wait(DEADLINE)
    until(lambda: not project.left(), 60)
    assert [inspect("volume", each) for each in volumes] == [None] * len(volumes)


def test_without_a_reaper_the_next_run_removes_what_a_killed_one_left(project: Project) -> None:
    with in_the_middle(project, **NO_REAPER) as process:
        killed = project.left()
        process.kill()
        process.wait(DEADLINE)
    project.write({"test_it.py": PASSES})
    project.pytest(**NO_REAPER)
    assert killed
    until(lambda: not project.left(), ANOTHER)


def test_without_a_reaper_sweep_removes_what_a_killed_run_left(project: Project) -> None:
    with in_the_middle(project, **NO_REAPER) as process:
        (left,) = project.containers()
        name = (inspect("container", left) or {})["Name"].strip("/")
        assert name not in project.pipelinegen("sweep", "--dry-run").stdout, "it is in use"
        process.kill()
        process.wait(DEADLINE)
    assert project.pipelinegen("sweep").returncode == 0
    until(lambda: not project.left(), ANOTHER)


CRASHES = """
import os, pathlib, time, pytest
from redis import Redis

@pytest.mark.parametrize("number", range(6))
def test_it(redis, number):
    go = pathlib.Path("go")
    if number == 0:
        while not go.exists():
            time.sleep(0.05)
        os._exit(1)
    go.touch()
    # For longer than its reaper would wait.
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        with Redis.from_url(redis.url) as client:
            client.ping()
"""


def test_a_worker_that_crashes_does_not_take_the_containers_of_the_others(
    project: Project,
) -> None:
    project.write({"pipeline.yaml": CACHE, "test_it.py": CRASHES})
    done = project.run(*PYTEST, "-n", "2", RYUK_RECONNECTION_TIMEOUT="1s")
    assert " 1 failed, 5 passed in " in done.stdout
    assert "crashed while running" in done.stdout
    assert project.left() == {}
