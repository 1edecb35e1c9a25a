"""Removing what a run made, and what killed runs have left."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pipelinegen.containers import labels
from pipelinegen.containers.daemon import errors
from pipelinegen.containers.lock import forget

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.networks import Network

Labels = Mapping[str, str]


def sweep(client: DockerClient, *, dry: bool = False) -> list[str]:
    """Remove what nobody needs any more, of any run.

    Args:
        client: the daemon.
        dry: whether it is only looked for.

    Returns:
        The names of what was removed.
    """
    return _remove(client, labels.RUN, labels.forgotten, dry=dry)


def remove_run(client: DockerClient, run: str) -> list[str]:
    """Remove a run's containers and its network.

    Returns:
        The names of what was removed.
    """
    forget(run)
    return _remove(client, f"{labels.RUN}={run}", lambda found: True)


def _remove(
    client: DockerClient, label: str, which: Callable[[Labels], bool], *, dry: bool = False
) -> list[str]:
    found: list[str] = []
    for container in client.containers.list(all=True, filters={"label": label}, sparse=True):
        if which(container.attrs["Labels"] or {}):
            found.append(str(container.attrs["Names"][0]).lstrip("/"))
            if not dry:
                with contextlib.suppress(*errors()):  # somebody else removes it as well
                    container.remove(force=True, v=True)
    for network in client.networks.list(filters={"label": label}):
        if which(network.attrs["Labels"] or {}):
            found.append(str(network.name))
            if not dry:
                _remove_network(network)
    return found


def _remove_network(network: Network) -> None:
    """Whoever is still on it is a tests' container: those that we started are gone."""
    with contextlib.suppress(*errors()):
        network.reload()
        for container in network.containers:
            network.disconnect(container, force=True)
        network.remove()
