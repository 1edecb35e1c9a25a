"""A cluster is real where tests lean on it, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.kubernetes import STATE, Cluster, start, stop, wait_until
from tests.lab.kubernetes.programs import PAUSE, CommandError

pytestmark = pytest.mark.e2e
NAME = "spare"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    stop([NAME])
    yield start([NAME])[NAME]
    stop([NAME])


def left() -> list[str]:
    """What there still is of the cluster."""
    found = [line for line in Path("/proc/mounts").read_text().splitlines() if f"/{NAME}/" in line]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        if f"lab-{NAME}".encode() in command or f"{STATE}/{NAME}".encode() in command:
            found.append(command.decode().replace("\0", " "))
    places = [STATE / NAME, Path(f"/run/lab-{NAME}"), Path(f"/run/netns/lab-{NAME}")]
    places += Path("/sys/fs/cgroup").glob(f"*/lab-{NAME}")
    return found + [str(path) for path in places if path.exists()]


def pod(name: str, **security: object) -> dict[str, object]:
    image = {"name": "pause", "image": PAUSE, "securityContext": security}
    spec = {"containers": [image], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def test_it_runs_pods_refuses_others_survives_its_api_server_and_is_gone(cluster: Cluster) -> None:
    assert start([NAME])[NAME].folder == cluster.folder, "twice is as good"
    cluster.apply(pod("one"))

    def ready() -> bool:
        conditions = cluster.get("pod", "one")["status"].get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    wait_until(ready, told="the pod's being ready")
    enforce = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", "default", enforce)
    with pytest.raises(CommandError, match='violates PodSecurity "restricted:latest"'):
        cluster.apply(pod("two", privileged=True))
    cluster.stop_api()
    with pytest.raises(CommandError, match="refused"):
        cluster.get("pods")
    cluster.start_api()
    assert ready()
    cluster.down()
    assert left() == []
