"""Real Kubernetes clusters on this machine: API server, controllers, scheduler, kubelet, runtime.

Each is a network namespace with a node of its own. They are left running, as the Docker daemon is;
``python -m tests.lab.kubernetes down`` removes all that there is of them.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.lab import Missing
from tests.lab.helm import kubectl_binary
from tests.lab.kubernetes.cgroups import check_cgroups
from tests.lab.kubernetes.cluster import CLUSTERS, EVERY, STATE, Cluster
from tests.lab.kubernetes.machine import raise_limits
from tests.lab.kubernetes.processes import NotUp
from tests.lab.kubernetes.programs import CommandError, install, program
from tests.lab.kubernetes.remove import NotGone

__all__ = ["CLUSTERS", "EVERY", "STATE", "Cluster", "find", "start", "stop", "wait_until"]

# More at once only wait for each other, as a start takes much CPU; fewer leave some of it idle.
AT_ONCE = 3


def start(names: Sequence[str]) -> dict[str, Cluster]:
    """Have these clusters run, side by side. Those that run are left as they are.

    Raises:
        Missing: a part of them cannot be had here.
        ValueError: there is no cluster of such a name.
    """
    if os.getuid() != 0:
        raise Missing("Kubernetes", "only root can make network namespaces", "run it as root")
    found = find(names)
    check_cgroups()
    with _alone():
        raise_limits()
        install()
        for name in ("kubeone", "coredns", "pause"):
            program(name)
        kubectl_binary()
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            # All come up as far as they can: one that fails is told when the others are done.
            each = {name: pool.submit(cluster.up) for name, cluster in found.items()}
        failed = {name: error for name in each if (error := each[name].exception())}
    for error in failed.values():
        if not isinstance(error, (NotUp, NotGone, CommandError, OSError)):
            raise error
    if failed:
        told = "\n".join(f"{name}: {error}" for name, error in failed.items())
        raise Missing("Kubernetes", told, "python -m tests.lab.kubernetes down, then again")
    return found


def stop(names: Sequence[str] | None = None) -> None:
    """Remove clusters; None: all that there are.

    Raises:
        Missing: we are not root, or something of them stays.
        ValueError: there is no cluster of such a name.
    """
    found = find(CLUSTERS if names is None else names)
    if not any(cluster.traces() for cluster in found.values()):
        return
    if os.getuid() != 0:
        raise Missing("Kubernetes", "only root can remove a cluster", "run it as root")
    with _alone():
        try:
            for cluster in found.values():
                if cluster.traces():
                    cluster.down()
        except NotGone as error:
            raise Missing("Kubernetes", str(error), "end it, and try again") from error


def find(names: Iterable[str]) -> dict[str, Cluster]:
    """Clusters by their names, whether they run or not.

    Raises:
        ValueError: there is no cluster of such a name.
    """
    names = list(names)
    if unknown := [name for name in names if name not in CLUSTERS]:
        raise ValueError(f"no cluster {', '.join(unknown)}: there are {', '.join(CLUSTERS)}")
    return {name: Cluster(name) for name in names}


@contextmanager
def _alone() -> Iterator[None]:
    """One start or stop at a time: every worker of the tests asks for its clusters."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def wait_until(what: Any, seconds: float = 60.0, told: str = "it") -> Any:
    """Wait until a function gives something; what it gives.

    Raises:
        AssertionError: it gave nothing in time.
    """
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, f"{told}: not within {seconds:.0f} s"
        time.sleep(0.2)
    return found
