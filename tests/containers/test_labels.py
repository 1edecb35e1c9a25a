"""What is left of a run is found again, and what somebody still needs is not."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelinegen.containers import labels
from pipelinegen.containers.labels import OWNER, RUN, UNTIL, forgotten, marks
from pipelinegen.plan.model import BUILD_LABEL

HOUR = 3600.0
# A process whose name looks like the rest of its line in /proc, and that waits until it is told.
OTHER = """
import json, os, sys
from pathlib import Path
from pipelinegen.containers.labels import marks
if Path("/proc/self/comm").exists():
    Path("/proc/self/comm").write_text("a) Z 1 (b")
print(json.dumps(marks("other", 3600, owner=os.getpid())), flush=True)
sys.stdin.read()
"""

Other = tuple["subprocess.Popen[str]", dict[str, str]]


@pytest.fixture
def other() -> Iterator[Other]:
    """Another process that owns containers, and their labels."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", OTHER], stdin=pipe, stdout=pipe, text=True
    ) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
        process.kill()


def test_what_a_living_process_owns_is_needed(other: Other) -> None:
    assert not forgotten(marks("mine", HOUR, owner=os.getpid()))
    assert not forgotten(other[1])


def test_what_lives_longer_than_it_may_is_forgotten_even_while_its_process_lives() -> None:
    assert forgotten(marks("mine", -10, owner=os.getpid()))
    assert forgotten(marks("mine", -10, owner=None))


def test_what_nobody_owns_stays_until_its_time_is_over() -> None:
    kept = marks("kept", HOUR, owner=None)
    assert OWNER not in kept
    assert not forgotten(kept)


def test_what_a_process_owned_that_has_gone_is_forgotten(other: Other) -> None:
    process, found = other
    process.kill()
    process.wait()
    assert forgotten(found)


def test_a_zombie_needs_nothing(other: Other) -> None:
    process, found = other
    process.kill()
    # Wait for its end, and leave it to be waited for once more.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert forgotten(found)


def test_a_later_process_with_the_same_number_is_not_the_owner() -> None:
    mine = marks("mine", HOUR, owner=os.getpid())
    owner, _, began = mine[OWNER].partition("@")
    assert began.isdigit()
    assert forgotten({**mine, OWNER: f"{owner}@{int(began) - 1}"})


def test_of_another_machine_it_is_not_known_which_processes_live(other: Other) -> None:
    process, found = other
    process.kill()
    process.wait()
    there = found[OWNER].replace(socket.gethostname(), "another-machine", 1)
    assert not forgotten({**found, OWNER: there})


@pytest.mark.parametrize(
    "found",
    [{}, {UNTIL: "soon"}, {UNTIL: ""}, {OWNER: ""}, {OWNER: "here"}, {OWNER: "/"}],
    ids=str,
)
def test_what_is_not_understood_is_left_alone(found: dict[str, str]) -> None:
    assert not forgotten(found)


def test_a_machine_without_proc_knows_the_living_from_the_dead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(labels, "Path", lambda path: tmp_path / path.lstrip("/"))
    mine = marks("mine", HOUR, owner=os.getpid())
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert not forgotten(mine)
    assert forgotten({**mine, OWNER: mine[OWNER].replace(f"/{os.getpid()}@", f"/{gone.pid}@")})


def test_jenkins_finds_what_a_build_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIPELINEGEN_BUILD", raising=False)
    assert BUILD_LABEL not in marks("mine", HOUR, owner=os.getpid())
    monkeypatch.setenv("PIPELINEGEN_BUILD", "orders-7")
    assert marks("mine", HOUR, owner=os.getpid())[BUILD_LABEL] == "orders-7"
    assert marks("mine", HOUR, owner=os.getpid())[RUN] == "mine"
