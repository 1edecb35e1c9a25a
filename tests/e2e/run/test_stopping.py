"""Stopped, killed or left alone: a run leaves no container behind."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import docker
import pytest

from pipelinegen.containers.labels import OWNER
from pipelinegen.plan.model import BUILD_LABEL as LABEL
from tests.e2e.run.echo import DEADLINE, configure, containers, here, one, pipelinegen, running


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_no_container(service: Path, how: signal.Signals) -> None:
    process = running(service, "unit")
    assert len(containers(service)) == 1
    process.send_signal(how)
    told, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130
    assert re.search(r"^unit +failed .* interrupted$", told, re.M)
    assert "Traceback" not in told
    assert containers(service) == []


def test_what_a_killed_run_left_is_removed_by_the_next(service: Path) -> None:
    process = running(service, "unit")
    process.kill()
    process.communicate(timeout=DEADLINE)
    assert len(containers(service)) == 1
    configure(service, "echo hello")
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 0
    assert "Removed 1 left from a run that was killed." in done.stderr
    assert containers(service) == []


def test_a_run_that_lives_keeps_its_container(service: Path) -> None:
    process = running(service, "unit")
    assert pipelinegen(service, "shell", "unit", told="true\n").returncode == 0
    assert len(containers(service)) == 1
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE)
    assert containers(service) == []


def test_a_container_that_somebody_removes_is_told(service: Path) -> None:
    process = running(service, "unit")
    (container,) = containers(service)
    subprocess.run(["docker", "rm", "--force", container], check=True, capture_output=True)
    told, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert re.search(r"^unit +failed ", told, re.M)
    assert "This is a bug" not in told


def test_a_stage_that_takes_too_long_is_stopped(service: Path) -> None:
    configure(service, "sleep 600")
    result = one(service, minutes=0.02)
    assert (result.state, result.reason) == ("failed", "stopped after 0.02 min")
    assert containers(service) == []


def test_the_label_says_whose_a_container_is(service: Path) -> None:
    process = running(service, "unit")
    client = docker.from_env()
    owned = client.containers.list(filters={"label": OWNER})
    (found,) = [each for each in owned if f"/{process.pid}@" in each.labels[OWNER]]
    assert found.labels[LABEL] == here(service).build
    client.close()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=DEADLINE)
