"""testcontainers' reaper: one for each process, and each takes what its process has started.

https://github.com/testcontainers/moby-ryuk
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelinegen.containers.daemon import errors

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_LOCK = threading.Lock()
_PORT = 8080
# The connections to the reapers of other processes, until this one ends.
_HELD: dict[str, socket.socket] = {}


def start() -> None:
    """Have one. Containers are started side by side, and each would start one for itself."""
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import Reaper

    with _LOCK:
        if not testcontainers_config.ryuk_disabled:
            Reaper.get_instance()


def hold(client: DockerClient, container: Container, host: Callable[[], str]) -> None:
    """Keep another process's reaper from taking a container that we use as well.

    It waits for all who have told it what to watch over, so that a worker of a test run which
    crashes does not take the containers of the others.

    Args:
        client: the daemon.
        container: what another process has started.
        host: where published ports are.
    """
    from testcontainers.core.labels import LABEL_SESSION_ID, SESSION_ID

    session = container.labels.get(LABEL_SESSION_ID)
    with _LOCK, contextlib.suppress(OSError, *errors()):  # it may be switched off
        if session in (None, SESSION_ID) or session in _HELD:
            return
        reaper = client.containers.get(f"testcontainers-ryuk-{session}")
        bound = reaper.ports.get(f"{_PORT}/tcp")
        if bound:
            address = (host(), int(bound[0]["HostPort"]))
            _HELD[session] = socket.create_connection(address, timeout=5)
            _HELD[session].sendall(f"label={LABEL_SESSION_ID}={session}\n".encode())
