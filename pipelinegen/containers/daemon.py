"""The Docker daemon: found as the ``docker`` command finds it, or a message what to start."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelinegen.errors import OutsideError
from pipelinegen.plan.model import SOCKET

if TYPE_CHECKING:
    from docker import DockerClient

_MEND = {
    "linux": "start it (`sudo systemctl start docker`), and be in its group "
    "(`sudo usermod -aG docker $USER`, then log in again)",
    "darwin": "start Docker Desktop, Rancher Desktop or colima (`colima start`)",
}


@dataclass(frozen=True)
class Daemon:
    """A daemon that answers; closed at the end of a ``with``.

    Args:
        client: the connection.
        address: where it is, as DOCKER_HOST has it.
        path: its socket on the machine where it runs, for containers that start containers.
        rootless: whether its containers' root is the user who runs it.
    """

    client: DockerClient
    address: str
    path: str
    rootless: bool

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @property
    def user(self) -> str:
        """The ``uid:gid`` that a container runs as so that its files are the user's own."""
        return "0:0" if self.rootless else f"{os.getuid()}:{os.getgid()}"

    @property
    def groups(self) -> list[str]:
        """The socket's group by number, which containers with the socket are given."""
        try:
            found = os.stat(self.path)
        except OSError:
            return []  # the daemon is in a virtual machine, whose socket belongs to all
        return [str(found.st_gid)] if stat.S_ISSOCK(found.st_mode) else []


def connect() -> Daemon:
    """Connect to the daemon of DOCKER_HOST, else of the current ``docker context``.

    Raises:
        OutsideError: none answers; the message says what to start.
    """
    import docker

    address = "the Docker daemon"
    try:
        address = os.environ.get("DOCKER_HOST") or _context()
        if address.startswith("ssh://"):
            raise OutsideError(
                f"Docker at {address} runs on another machine, whose containers cannot see this "
                "working tree: unset DOCKER_HOST, or choose a local one with `docker context use`"
            )
        _answers(address)
        if os.environ.get("DOCKER_HOST"):
            client = docker.from_env(timeout=60)
        else:
            client = docker.DockerClient(base_url=address, timeout=60)
        info = client.info()
    except (*errors(), OSError, ValueError) as error:
        mend = _MEND.get(sys.platform, "start it")
        if os.environ.get("DOCKER_HOST"):
            mend = "start the one that DOCKER_HOST names, or unset DOCKER_HOST"
        raise OutsideError(
            f"Docker does not answer at {address} ({reason(error)}).\n"
            f"  Containers are started here, so a Docker daemon is needed: {mend}.\n"
            "  `docker version` tells whether it works."
        ) from None
    path = address.removeprefix("unix://") if address.startswith("unix://") else SOCKET
    if sys.platform != "linux" or not os.path.exists(path):
        path = SOCKET
    rootless = any("name=rootless" in option for option in info.get("SecurityOptions") or ())
    return Daemon(client, address, path, rootless)


def errors() -> tuple[type[Exception], type[Exception]]:
    """What the docker package raises when Docker refuses, and when it does not answer."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    return DockerException, RequestException


@contextlib.contextmanager
def told() -> Iterator[None]:
    """What Docker refuses in there is a failure outside, and no fault of ours."""
    try:
        yield
    except errors() as error:
        raise OutsideError(f"Docker failed: {reason(error)}") from None


def _context() -> str:
    """The address of the context that ``docker context use`` chose."""
    from docker.context import ContextAPI

    name = os.environ.get("DOCKER_CONTEXT")
    context = ContextAPI.get_context(name) if name else ContextAPI.get_current_context()
    if name and context is None:
        raise OutsideError(
            f"DOCKER_CONTEXT names `{name}`, which `docker context ls` does not have"
        )
    return (context.Host if context else None) or f"unix://{SOCKET}"


def _answers(address: str) -> None:
    """Raises OSError with the plain reason; the docker package would leave its socket open."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(10)
            probe.connect(address.removeprefix("unix://"))


def reason(error: BaseException) -> str:
    """The innermost cause: what stands around it are names of libraries."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    strerror = getattr(error, "strerror", None)
    return str(strerror or error).strip() or type(error).__name__
