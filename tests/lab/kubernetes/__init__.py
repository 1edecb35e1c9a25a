"""Real Kubernetes clusters on this machine: API server, controllers, scheduler, kubelet, runtime.

Each is a network namespace with a node of its own. They are left running, as the Docker daemon is;
``python -m tests.lab.kubernetes down`` removes all that there is of them.
"""

from __future__ import annotations

import fcntl
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.lab import Missing
from tests.lab.helm import kubectl_binary
from tests.lab.kubernetes.certificates import CLIENTS, make_certificates, write_kubeconfig
from tests.lab.kubernetes.network import Network
from tests.lab.kubernetes.node import API_PORT, CONTROL_PLANE, NODE, Node
from tests.lab.kubernetes.processes import NotUp, Processes
from tests.lab.kubernetes.programs import (
    PAUSE,
    CommandError,
    install,
    pause_image,
    program,
    run,
)
from tests.lab.kubernetes.remove import remove

# The clusters that there may be, with the region of each; their place is their number.
CLUSTERS = {
    "eu-a": "eu-west-1",
    "eu-b": "eu-west-1",
    "us-a": "us-east-1",
    "us-b": "us-east-1",
    "test-eu": "eu-west-1",
    "stage-eu": "eu-west-1",
    "spare": "eu-west-1",
}
STATE = Path("/var/lib/lab-kubernetes")
DEADLINE = 120.0


class Cluster:
    """A cluster.

    Args:
        name: its name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.region = CLUSTERS[name]
        self.context = name
        self.folder = STATE / name
        self.network = Network(name, 1 + list(CLUSTERS).index(name))
        self.processes = Processes(self.folder / "processes")
        self.kubeconfig = self.folder / "admin.conf"

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl prints.

        Raises:
            CommandError: it failed.
        """
        where = [f"--kubeconfig={self.kubeconfig}", f"--context={self.context}"]
        return run([kubectl_binary(), *where, *arguments], stdin=stdin)

    def get(self, *arguments: str) -> Any:
        """What `kubectl get` finds, parsed; None when it is not there."""
        text = self.kubectl("get", "-o", "json", "--ignore-not-found", *arguments)
        return json.loads(text) if text.strip() else None

    def apply(self, *objects: Any) -> None:
        """Have objects as they are given."""
        items = {"apiVersion": "v1", "kind": "List", "items": objects}
        self.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(items))

    def stop_api(self) -> None:
        """The API server is gone; the pods go on."""
        self.processes.stop("kube-apiserver", force=True)

    def start_api(self) -> None:
        """The API server is there again, and takes requests."""
        node = self._node()
        self.processes.start("kube-apiserver", node.command("kube-apiserver"))
        self.processes.wait("kube-apiserver", self._answers, DEADLINE)

    def up(self) -> None:
        """Have it run; what runs already is left.

        Raises:
            NotUp: a part of it does not come up.
        """
        node = self._node()
        if self._runs():
            return
        self.network.up()
        make_certificates(
            self.folder / "pki", node.name, self.network.node, self.network.api_service
        )
        server = f"https://{self.network.node}:{API_PORT}"
        for who in (*CLIENTS, "kubelet"):
            write_kubeconfig(node.kubeconfig(who), self.folder / "pki", who, server, self.name)
        node.write()
        self._control_plane(node)
        self._runtime(node)
        self.processes.wait("kubelet", self._ready, DEADLINE)

    def _node(self) -> Node:
        return Node(self.network, self.region, self.folder, program("kubeone"), program("coredns"))

    def _runs(self) -> bool:
        alive = all(self.processes.running(name) for name in (*CONTROL_PLANE, *NODE))
        return alive and self._answers() and self._ready()

    def _control_plane(self, node: Node) -> None:
        self.processes.start("etcd", node.command("etcd"))
        self.processes.start("kube-apiserver", node.command("kube-apiserver"))
        self.processes.wait("kube-apiserver", self._answers, DEADLINE)
        for name in CONTROL_PLANE[2:]:
            self.processes.start(name, node.command(name))
        self.processes.wait("kube-controller-manager", self._accounts, DEADLINE)

    def _runtime(self, node: Node) -> None:
        for controller in Path("/sys/fs/cgroup").iterdir():
            # cgroup v1: a folder for each controller. A cpuset that names no CPU takes no process.
            if (controller / "tasks").exists() and not controller.is_symlink():
                own = controller / node.cgroup[1:]
                own.mkdir(exist_ok=True)
                for file in ("cpuset.cpus", "cpuset.mems"):
                    if (controller / file).exists():
                        (own / file).write_text((controller / file).read_text())
        self.processes.start("containerd", node.command("containerd"))
        ctr = ["ctr", "--address", str(node.socket)]
        self.processes.wait("containerd", lambda: _succeeds([*ctr, "version"]), 30)
        images = [*ctr, "--namespace", "k8s.io", "images"]
        if PAUSE not in run([*images, "list", "-q"]):
            run([*images, "import", str(pause_image())])
        for name in NODE[1:]:
            self.processes.start(name, node.command(name))

    def _answers(self) -> bool:
        context = ssl.create_default_context(cafile=str(self.folder / "pki/ca.crt"))
        url = f"https://{self.network.node}:{API_PORT}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=2, context=context) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _accounts(self) -> bool:
        try:
            return self.get("serviceaccount", "default") is not None
        except CommandError:
            return False

    def _ready(self) -> bool:
        try:
            found = self.get("nodes")
        except CommandError:
            return False
        nodes = found["items"] if found else []
        conditions = [c for node in nodes for c in node.get("status", {}).get("conditions", [])]
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def down(self) -> None:
        """Remove it: processes, mounts, control groups, network and state."""
        self.processes.stop(*NODE, *CONTROL_PLANE, force=True)
        remove(self.folder, Path("/run") / self.network.namespace, self.network.namespace)
        self.network.down()


def start(names: Sequence[str]) -> dict[str, Cluster]:
    """Have these clusters run, side by side.

    Raises:
        Missing: a part of them cannot be had here.
    """
    if os.getuid() != 0:
        raise Missing("Kubernetes", "only root can make network namespaces", "run it as root")
    install()
    found = {name: Cluster(name) for name in names}
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("kubeone", "coredns", "pause"):
            program(name)
        with ThreadPoolExecutor(max_workers=3) as pool:
            try:
                list(pool.map(Cluster.up, found.values()))
            except (NotUp, CommandError) as error:
                mend = "python -m tests.lab.kubernetes down, then again"
                raise Missing("Kubernetes", str(error), mend) from error
    return found


def stop(names: Sequence[str] | None = None) -> None:
    """Remove clusters; None: all that there are."""
    there = [name for name in CLUSTERS if (STATE / name).exists()]
    for name in names if names is not None else there:
        Cluster(name).down()


def _succeeds(command: Sequence[str | Path]) -> bool:
    try:
        run(command)
    except CommandError:
        return False
    return True


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
