"""Labels: which run a container belongs to, which process it lives for, and until when."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from pipelinegen.plan.model import BUILD_LABEL

RUN = "pipelinegen.run"
DEPENDENCY = "pipelinegen.dependency"
OWNER = "pipelinegen.owner"
UNTIL = "pipelinegen.until"
# The variable that its URL is for; where it listens for containers, and for others; the URL with
# `{host}` and `{port}`, and as other containers on the network have it.
VARIABLE = "pipelinegen.variable"
PORT = "pipelinegen.port"
PUBLISHED = "pipelinegen.published"
URL = "pipelinegen.url"
INSIDE = "pipelinegen.inside"


def marks(run: str, seconds: float, *, owner: int | None) -> dict[str, str]:
    """The labels of what a run makes.

    Args:
        run: the run's name.
        seconds: how long it may live.
        owner: the process that it ends with; None: with none.
    """
    found = {RUN: run, UNTIL: str(int(time.time() + seconds))}
    if owner is not None:
        found[OWNER] = owned_by(owner)
    if build := os.environ.get("PIPELINEGEN_BUILD"):
        # A build in Jenkins: its `sweep()` finds what was left on the node.
        found[BUILD_LABEL] = build
    return found


def owned_by(process: int) -> str:
    """The value of the label `OWNER`, which holds for no later process of the same number."""
    return f"{_host()}/{process}@{began(process)}"


def forgotten(labels: Mapping[str, str]) -> bool:
    """Whether nobody needs what has these labels: its time is over, or its process has gone."""
    until = labels.get(UNTIL, "")
    if until.isdigit() and int(until) < time.time():
        return True
    host, _, process = labels.get(OWNER, "").rpartition("/")
    number, _, since = process.partition("@")
    if host != _host() or not number.isdigit():
        return False  # of another machine or container, whose processes are not seen from here
    return began(int(number)) != since


def _host() -> str:
    """The machine, and which processes are seen: a container may have the machine's name.

    https://man7.org/linux/man-pages/man7/pid_namespaces.7.html
    """
    try:
        seen = os.readlink("/proc/self/ns/pid")
    except OSError:
        seen = ""
    return f"{socket.gethostname()} {seen}".strip()


def began(process: int) -> str:
    """When a process began, since numbers are used again; empty when there is none.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    if not Path("/proc/self/stat").exists():
        return "" if not _is_alive(process) else "unknown"
    try:
        stat = Path(f"/proc/{process}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
