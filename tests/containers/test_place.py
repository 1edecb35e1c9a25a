"""Whether this process runs in a container, and in which."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pipelinegen.containers import place
from pipelinegen.containers.place import Place

if TYPE_CHECKING:
    from docker.models.networks import Network

ME = "0f" * 32
OTHER = "a1" * 32
MOUNTS = f"""\
1500 1400 0:100 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/ABC
1510 1500 254:1 /var/lib/docker/containers/{ME}/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda1 rw
1511 1500 254:1 /var/lib/docker/containers/{ME}/hostname /etc/hostname rw - ext4 /dev/vda1 rw
1512 1500 254:1 /var/lib/docker/containers/{ME}/hosts /etc/hosts rw - ext4 /dev/vda1 rw
"""
ROOTLESS = MOUNTS.replace("/var/lib/docker", "/home/me/.local/share/docker")
CGROUP_V1 = f"12:pids:/docker/{ME}\n11:memory:/docker/{ME}\n1:name=systemd:/docker/{ME}\n"
CGROUP_SYSTEMD = f"1:name=systemd:/system.slice/docker-{ME}.scope\n"
CGROUP_KUBERNETES = f"4:cpu:/kubepods/burstable/pod1234/{ME}\n"
CGROUP_V2 = "0::/\n"
# Of a machine on which a container with a shared /dev/shm runs.
MACHINE = f"""\
24 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw
105 29 0:53 / /var/lib/docker/containers/{OTHER}/mounts/shm rw,nosuid - tmpfs shm rw,size=65536k
"""


def candidates(
    monkeypatch: pytest.MonkeyPatch, mounts: str, cgroup: str, *, marked: Path | None = None
) -> list[str]:
    texts = {"/proc/self/mountinfo": mounts, "/proc/self/cgroup": cgroup}
    monkeypatch.setattr(place, "_text", texts.__getitem__)
    monkeypatch.setattr(place, "_INSIDE", (str(marked or "/nowhere"),))
    return place._candidates()


@pytest.mark.parametrize("mounts", [MOUNTS, ROOTLESS], ids=["root", "rootless"])
def test_with_cgroup_v2_the_container_is_known_by_its_mounts(
    monkeypatch: pytest.MonkeyPatch, mounts: str
) -> None:
    assert candidates(monkeypatch, mounts, CGROUP_V2) == [ME]


@pytest.mark.parametrize("cgroup", [CGROUP_V1, CGROUP_SYSTEMD, CGROUP_KUBERNETES])
def test_with_cgroup_v1_it_is_known_by_that(monkeypatch: pytest.MonkeyPatch, cgroup: str) -> None:
    assert candidates(monkeypatch, "", cgroup) == [ME]


def test_an_id_is_asked_for_once_and_the_mounts_are_surer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert candidates(monkeypatch, MOUNTS, CGROUP_V1) == [ME]
    outer = CGROUP_V1.replace(ME, OTHER)
    assert candidates(monkeypatch, MOUNTS, outer) == [ME, OTHER]


def test_only_in_a_container_its_host_name_may_be_its_id(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert candidates(monkeypatch, "", CGROUP_V2) == []
    assert candidates(monkeypatch, "", CGROUP_V2, marked=tmp_path) == [socket.gethostname()]
    assert candidates(monkeypatch, MOUNTS, "", marked=tmp_path) == [ME, socket.gethostname()]


def test_a_machine_is_not_taken_for_a_container_that_runs_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert candidates(monkeypatch, MACHINE, "0::/user.slice/session-1.scope\n") == []


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("x")
    assert place._text(str(tmp_path / "nowhere")) == ""
    assert place._text(str(tmp_path / "there")) == "x"


def test_ports_are_at_the_host_or_else_at_the_gateway_of_the_network() -> None:
    network = SimpleNamespace(
        reload=lambda: None, attrs={"IPAM": {"Config": [{"Gateway": "172.18.0.1"}]}}
    )
    assert Place(None, "localhost").published(cast("Network", network)) == "localhost"
    assert Place(None, "").published(cast("Network", network)) == "172.18.0.1"
