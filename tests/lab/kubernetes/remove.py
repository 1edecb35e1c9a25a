"""Removing what a node's containers leave: processes, mounts, namespaces, control groups."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from tests.lab.kubernetes.programs import CommandError, run

SECONDS = 20.0


def remove(folder: Path, runtime: Path, name: str) -> None:
    """Remove all of a node; its own processes have ended.

    Args:
        folder: its state.
        runtime: its sockets, and the state of its containers.
        name: its network namespace, and its control group.
    """
    until = time.monotonic() + SECONDS
    while numbers := _processes(runtime, name):
        assert time.monotonic() < until, f"{name}: processes do not end: {numbers}"
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(0.05)
    spaces = _mounts(folder, runtime)
    for space in spaces:
        with contextlib.suppress(CommandError):
            run(["ip", "netns", "delete", space])
    for controller in Path("/sys/fs/cgroup").glob(f"*/{name}"):
        for group in sorted([controller, *controller.rglob("*/")], reverse=True):
            with contextlib.suppress(OSError):
                group.rmdir()
    for each in (folder, runtime):
        shutil.rmtree(each, ignore_errors=True)


def _processes(runtime: Path, name: str) -> list[int]:
    """The containers' shims, and what is in the control group or the namespace."""
    found = {int(number) for number in _tasks(name)}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"{runtime}/containerd.sock".encode() in path.read_bytes():
                found.add(int(path.parent.name))
    with contextlib.suppress(CommandError):
        found |= {int(number) for number in run(["ip", "netns", "pids", name]).split()}
    return sorted(found - {os.getpid()})


def _tasks(name: str) -> list[str]:
    found: list[str] = []
    for group in Path("/sys/fs/cgroup").glob(f"*/{name}"):
        for tasks in group.rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                found += tasks.read_text().split()
    return found


def _mounts(folder: Path, runtime: Path) -> list[str]:
    """Unmount what is mounted there; the network namespaces of the pods."""
    spaces: list[str] = []
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    results = (folder / "containerd").glob("*cri/sandboxes/*")
    spaces += [path.name for path in results if path.name.startswith("cni-")]
    for point in sorted(mounted, reverse=True):
        if point.startswith((f"{folder}/", f"{runtime}/")):
            with contextlib.suppress(CommandError):
                run(["umount", "--lazy", point])
    return spaces
