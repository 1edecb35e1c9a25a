"""A registry on this machine, to which pipelines push."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

from tests.lab import Missing
from tests.lab.docker.cli import DockerError, docker, inspect

NAME = "pipelinegen-registry"
IMAGE = "registry:2"
PORT = 5000
DEADLINE = 30
# What a client says that it can read; without it the registry answers with the oldest form.
MANIFESTS = ", ".join(
    [
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    ]
)


@dataclass(frozen=True)
class Registry:
    """What was pushed to a registry on this machine. Docker allows plain HTTP on localhost."""

    host: str

    def repositories(self) -> list[str]:
        return sorted(self._asked("GET", "/v2/_catalog")[0].get("repositories") or [])

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository; none when nothing was ever pushed to it."""
        return sorted(self._asked("GET", f"/v2/{repository}/tags/list")[0].get("tags") or [])

    def digest(self, repository: str, tag: str) -> str | None:
        """The digest that a tag (or a digest) stands for, or None."""
        headers = self._asked("HEAD", f"/v2/{repository}/manifests/{tag}")[1]
        return headers.get("docker-content-digest")

    def digests(self, repository: str) -> dict[str, str]:
        """The digest of each tag."""
        found = {tag: self.digest(repository, tag) for tag in self.tags(repository)}
        return {tag: digest for tag, digest in found.items() if digest is not None}

    def answers(self) -> bool:
        try:
            self._asked("GET", "/v2/")
        except (OSError, http.client.HTTPException):
            return False
        return True

    def _asked(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, str]]:
        """An answer's body and headers; both are empty when there is no such thing."""
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            connection.request(method, path, headers={"Accept": MANIFESTS})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status == 404:
            return {}, {}
        if answer.status != 200:
            raise http.client.HTTPException(f"{method} {path}: {answer.status} {answer.reason}")
        headers = {key.lower(): value for key, value in answer.getheaders()}
        return (json.loads(body) if body else {}), headers


def start_registry() -> Registry:
    """The registry, started unless it runs. It is left running, as the daemon is.

    Raises:
        Missing: it does not come up; most likely something else has its port.
    """
    registry = Registry(f"localhost:{PORT}")
    container = inspect("container", NAME)
    running = container is not None and container["State"]["Running"]
    try:
        if container is not None and not running:
            docker("rm", "--force", "--volumes", NAME)
        if not running:
            # On all addresses: the clusters of tests.lab.kubernetes have another than localhost.
            docker("run", "--detach", "--name", NAME, "--publish", f"{PORT}:{PORT}", IMAGE)
    except DockerError as error:
        # Another process of the tests may have been faster.
        if "is already in use by container" not in str(error):
            raise Missing("a registry", str(error), f"free the port {PORT}") from error
    deadline = time.monotonic() + DEADLINE
    while not registry.answers():
        if time.monotonic() > deadline:
            raise Missing("a registry", f"none answers at {registry.host}", f"docker logs {NAME}")
        time.sleep(0.1)
    return registry
