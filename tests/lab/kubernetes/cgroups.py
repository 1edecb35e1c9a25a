"""The control groups that a cluster's pods run in: version 1, a folder for each controller."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from tests.lab import Missing

TOP = Path("/sys/fs/cgroup")


def check_cgroups() -> None:
    """See that the machine has the control groups that a node is told to use.

    Raises:
        Missing: it has not.
    """
    if not (TOP / "memory" / "tasks").exists():
        mend = "run it on a machine with control groups of version 1"
        raise Missing("Kubernetes", f"{TOP} has no folder for each controller", mend)


def make_cgroups(name: str) -> None:
    """Have a cluster's group under each controller."""
    for controller in TOP.iterdir():
        if (controller / "tasks").exists() and not controller.is_symlink():
            own = controller / name
            own.mkdir(exist_ok=True)
            # A cpuset that names no CPU takes no process.
            for file in ("cpuset.cpus", "cpuset.mems"):
                if (controller / file).exists():
                    (own / file).write_text((controller / file).read_text())


def processes_in(name: str) -> set[int]:
    """The processes in a cluster's groups."""
    found: set[int] = set()
    for group in TOP.glob(f"*/{name}"):
        for file in group.rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found |= {int(number) for number in file.read_text().split()}
    return found


def remove_cgroups(name: str, seconds: float) -> None:
    """Remove a cluster's groups; no process is in them.

    Raises:
        OSError: one is still busy after that many seconds.
    """
    until = time.monotonic() + seconds
    for top in TOP.glob(f"*/{name}"):
        while top.exists():
            # From the innermost: a group that holds another cannot go.
            for folder, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(folder)
                except FileNotFoundError:
                    pass
                except OSError:
                    # The kernel needs a moment for a group whose last process has just ended.
                    if time.monotonic() > until:
                        raise
            time.sleep(0.01)
