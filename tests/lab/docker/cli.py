"""Docker's command line, asked for what the preparation needs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.lab import Missing

START = Path(__file__).with_name("start-dockerd")
SOCKET = Path("/var/run/docker.sock")


class DockerError(Exception):
    """Docker refused; the text is what it said."""


def docker(*arguments: str, timeout: float | None = None) -> str:
    """What a docker command prints.

    Raises:
        DockerError: the command failed, or took longer than ``timeout`` seconds.
    """
    try:
        done = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, check=False, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise DockerError(f"docker {arguments[0]}: no answer in {timeout:.0f} s") from error
    if done.returncode:
        raise DockerError((done.stderr or done.stdout).strip())
    return done.stdout.strip()


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """What Docker knows of an image, container or network; None where there is none."""
    try:
        found: list[dict[str, Any]] = json.loads(docker(kind, "inspect", name))
    except DockerError as error:
        if "no such" in str(error).lower():
            return None
        raise
    return found[0]


def listed(kind: str, *filters: str) -> Sequence[str]:
    """The ids of all containers, networks, images or volumes that match every filter."""
    command = {"container": ["ps", "--all"], "image": ["image", "ls", "--all"]}
    arguments = [*command.get(kind, [kind, "ls"]), "--quiet"]
    for one in filters:
        arguments += ["--filter", one]
    return sorted(set(docker(*arguments).split()))


def start_daemon() -> None:
    """A daemon that answers, installed and started where that is possible.

    Raises:
        Missing: there is none, and none could be started.
    """
    done = subprocess.run([START], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"{START.name} failed"]
        raise Missing("Docker", said[-1].removeprefix("docker: "), "see `make e2e`")


def socket_group() -> int:
    """The group that a container's user needs to use the daemon's socket."""
    return SOCKET.stat().st_gid
