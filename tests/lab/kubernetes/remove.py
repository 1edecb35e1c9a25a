"""Removing what a node's containers leave: processes, mounts, namespaces, control groups.

Nothing of it needs the node's own programs, so that it works when they were killed as well.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.kubernetes.cgroups import TOP, processes_in, remove_cgroups
from tests.lab.kubernetes.programs import CommandError, run

SECONDS = 20.0
# What the CNI library remembers of each pod's network. The folder is built into it.
CNI_CACHE = Path("/var/lib/cni/results")
NAMESPACES = Path("/run/netns")
# Of the node's own processes there is none any more, unless the file with its number was lost.
PROGRAMS = (b"containerd", b"kubeone", b"coredns")


class NotGone(Exception):
    """Something of a cluster cannot be removed; the text names it."""


def traces(folder: Path, runtime: Path, name: str) -> list[Path]:
    """The places at which there is something of a node. The arguments are those of `remove`."""
    places = [folder, runtime, NAMESPACES / name, *TOP.glob(f"*/{name}")]
    return [path for path in places if path.exists()]


def remove(folder: Path, runtime: Path, name: str) -> None:
    """Remove all of a node; its own processes have ended.

    Args:
        folder: its state.
        runtime: its sockets, and the state of its containers.
        name: its network namespace, and its control group.

    Raises:
        NotGone: a process, a mount or a control group stays.
    """
    until = time.monotonic() + SECONDS
    while numbers := _processes(folder, runtime, name):
        if time.monotonic() > until:
            raise NotGone(f"{name}: processes do not end: {sorted(numbers)}")
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        time.sleep(0.05)
    _unmount(folder, runtime)
    for namespace, remembered in _pods(folder):
        if namespace and (NAMESPACES / namespace).exists():
            run(["ip", "netns", "delete", namespace])
        for path in remembered:
            path.unlink(missing_ok=True)
    try:
        remove_cgroups(name, SECONDS)
    except OSError as error:
        raise NotGone(f"{name}: {error}") from error
    for each in (folder, runtime):
        if each.exists():
            shutil.rmtree(each)


def _processes(folder: Path, runtime: Path, name: str) -> set[int]:
    """The containers' shims and all other programs, and what is in the group or the namespace."""
    found = processes_in(name)
    marks = (f"{runtime}/".encode(), f"{folder}/".encode())
    for path in Path("/proc").glob("[0-9]*"):
        number = int(path.name)
        with contextlib.suppress(OSError):
            command = (path / "cmdline").read_bytes().split(b"\0")
            ours = (
                command[0].rpartition(b"/")[2].startswith((b"containerd", b"kubeone", b"coredns"))
            )
            if ours and any(mark in part for part in command for mark in marks):
                found.add(number)
    with contextlib.suppress(CommandError):
        found |= {int(number) for number in run(["ip", "netns", "pids", name]).split()}
    return {number for number in found if _runs(number)} - {os.getpid()}


def _runs(number: int) -> bool:
    """Whether a process runs; one that has ended, and that nobody asked for, is no matter."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _unmount(folder: Path, runtime: Path) -> None:
    """Unmount what is mounted below these.

    Raises:
        NotGone: something stays mounted. To remove files would then reach into it.
    """
    for _ in range(3):
        mounted = _mounted(folder, runtime)
        for point in mounted:
            with contextlib.suppress(CommandError):
                run(["umount", "--lazy", point])
        if not mounted:
            return
    if mounted := _mounted(folder, runtime):
        raise NotGone(f"still mounted: {' '.join(mounted)}")


def _mounted(folder: Path, runtime: Path) -> list[str]:
    """The mount points below these, the innermost first."""
    lines = Path("/proc/mounts").read_text().splitlines()
    points = [re.sub(r"\\(\d{3})", _character, line.split()[1]) for line in lines]
    found = [point for point in points if point.startswith((f"{folder}/", f"{runtime}/"))]
    return sorted(found, reverse=True)


def _character(escaped: re.Match[str]) -> str:
    """What the kernel wrote as an octal number: a space, a tab, a line feed, a backslash."""
    return chr(int(escaped[1], 8))


def _pods(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """The network namespace of each of the cluster's pods, and what CNI remembers of it."""
    for path in CNI_CACHE.glob("pods-*"):
        with contextlib.suppress(OSError, ValueError, KeyError, binascii.Error):
            known: dict[str, Any] = json.loads(path.read_text())
            # The pods of all clusters are in this folder; their configuration names the cluster.
            if f'"{folder}/'.encode() not in base64.b64decode(known["config"]):
                continue
            interfaces = known.get("result", {}).get("interfaces", [])
            spaces = [each["sandbox"] for each in interfaces if each.get("sandbox")]
            loopback = CNI_CACHE / f"cni-loopback-{known['containerId']}-lo"
            yield Path(spaces[0]).name if spaces else "", [path, loopback]
