"""Where this process runs, and so how it reaches the containers that it starts."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipelinegen.containers.daemon import errors

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

# A container's hosts file and the like are mounted from a folder of its id, on cgroup v1 and v2. On
# the machine itself other files of containers may be mounted.
_MOUNTED = re.compile(r"/containers/([0-9a-f]{64})/(?:hosts|hostname|resolv\.conf) /etc/")
_CGROUP = re.compile(r"([0-9a-f]{64})(?:\.scope)?$", re.MULTILINE)
_INSIDE = ("/.dockerenv", "/run/.containerenv")


@dataclass(frozen=True, eq=False)
class Place:
    """Where this process runs.

    Args:
        container: the container that it runs in, which can be joined to a network; None: it runs
            on a machine, or so that it does not matter.
        host: where ports are that containers publish; empty: at the gateway of their network.
    """

    container: Container | None
    host: str

    def published(self, network: Network) -> str:
        """The host at which the ports are that containers on a network publish."""
        if self.host:
            return self.host
        network.reload()
        return str(network.attrs["IPAM"]["Config"][0]["Gateway"])


def place(client: DockerClient, address: str) -> Place:
    """Where this process runs, as seen by a daemon.

    Args:
        client: the daemon.
        address: where it is, as DOCKER_HOST has it.
    """
    from testcontainers.core.config import ConnectionMode, testcontainers_config
    from testcontainers.core.docker_client import DockerClient as Testcontainers

    for candidate in _candidates():
        try:
            found = client.containers.get(candidate)
        except errors():
            continue
        mode = str(found.attrs["HostConfig"]["NetworkMode"])
        if mode != "host":
            return Place(found, "")
        # With the machine's network a container reaches what the machine reaches. testcontainers
        # would have its reaper on that network as well, unless it is told where Docker is.
        os.environ.setdefault("DOCKER_HOST", address)
        testcontainers_config.connection_mode_override = ConnectionMode.docker_host
        return Place(None, "localhost")
    host = Testcontainers().host()
    # A container that this daemon does not know, with a daemon beside it: Docker in Docker, or a
    # machine that only looks like one.
    strange = host == "localhost" and any(Path(file).exists() for file in _INSIDE)
    return Place(None, "" if strange else host)


def _candidates() -> list[str]:
    """What may be the container's id, the surest first."""
    found = _MOUNTED.findall(_text("/proc/self/mountinfo"))
    found += _CGROUP.findall(_text("/proc/self/cgroup"))
    if any(Path(file).exists() for file in _INSIDE):
        # Docker's default; a machine may have a name that some container has.
        found.append(socket.gethostname())
    return list(dict.fromkeys(found))


def _text(path: str) -> str:
    try:
        return Path(path).read_text("utf-8", errors="replace")
    except OSError:
        return ""
