"""One cluster: what it is asked, how it comes up, and how it goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.lab.helm import kubectl_binary
from tests.lab.kubernetes.certificates import CLIENTS, make_certificates, write_kubeconfig
from tests.lab.kubernetes.cgroups import make_cgroups
from tests.lab.kubernetes.network import Network
from tests.lab.kubernetes.node import API_PORT, CONTROL_PLANE, NODE, PROXY_HEALTH_PORT, Node
from tests.lab.kubernetes.probes import answers, resolves
from tests.lab.kubernetes.processes import NotUp, Processes
from tests.lab.kubernetes.programs import (
    PAUSE,
    CommandError,
    pause_image,
    program,
    run,
)
from tests.lab.kubernetes.remove import remove, traces

# The clusters that there may be, with the region of each; their place is their number.
CLUSTERS = {
    "eu-a": "eu-west-1",
    "eu-b": "eu-west-1",
    "us-a": "us-east-1",
    "us-b": "us-east-1",
    "test-eu": "eu-west-1",
    "stage-eu": "eu-west-1",
    # For tests of the lab itself.
    "spare": "eu-west-1",
    "spare-us": "us-east-1",
}
# Those that a person gets who names none.
EVERY = tuple(CLUSTERS)[:6]
STATE = Path("/var/lib/lab-kubernetes")
DEADLINE = 120.0
COMPONENTS = (*CONTROL_PLANE, *NODE)


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

    @property
    def node(self) -> Node:
        """What its processes are told."""
        return Node(self.network, self.region, self.folder, program("kubeone"), program("coredns"))

    def kubectl(
        self, *arguments: str, stdin: str | None = None, check: bool = True, seconds: float = 120.0
    ) -> str:
        """What kubectl prints.

        Args:
            arguments: its arguments.
            stdin: what it reads.
            check: whether it has to succeed; else its complaints are a part of the result.
            seconds: how long it may take.

        Raises:
            CommandError: it failed, and must not; or it took too long.
        """
        where = [f"--kubeconfig={self.kubeconfig}", f"--context={self.context}"]
        command: list[str | Path] = [kubectl_binary(), *where, *arguments]
        return run(command, stdin=stdin, check=check, seconds=seconds)

    def get(self, *arguments: str) -> Any:
        """What `kubectl get` finds, parsed; None when it is not there, or a list would be empty."""
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
        """The API server is there again, and takes requests.

        Raises:
            NotUp: it does not come up.
        """
        self.processes.start("kube-apiserver", self.node.command("kube-apiserver"))
        self.processes.wait("kube-apiserver", self._answers, DEADLINE)

    def logs(self) -> dict[str, Path]:
        """Where each of its processes writes what it has to say."""
        return self.processes.logs()

    def runs(self) -> bool:
        """Whether all of it is there and answers."""
        alive = all(self.processes.running(name) for name in COMPONENTS)
        return alive and self._answers() and self._ready() and self._resolves()

    def up(self) -> None:
        """Have it run. What runs is left; what is missing is started, or else all of it anew.

        Raises:
            NotUp: a part of it does not come up.
        """
        if self.runs():
            return
        if self.folder.exists():
            try:
                self._up()
                return
            except (NotUp, CommandError, OSError) as error:
                # Nobody should have to guess why what was in it is gone.
                told = f"{self.name} cannot be mended, and is made anew: {error}"
                print(told, file=sys.stderr, flush=True)
            self.down()
        self._up()

    def _up(self) -> None:
        if not self.network.whole():
            # Processes that run are in a namespace that is no longer to be had.
            self.down()
        self.network.up()
        node = self.node
        keys = self.folder / "pki"
        make_certificates(keys, node.name, self.network.node, self.network.api_service)
        server = f"https://{self.network.node}:{API_PORT}"
        for who in (*CLIENTS, "kubelet"):
            write_kubeconfig(node.kubeconfig(who), keys, who, server, self.name)
        node.write()
        make_cgroups(self.network.namespace)
        for name in ("etcd", "containerd", "kube-apiserver"):
            self.processes.start(name, node.command(name))
        self._import_pause(node)
        self.processes.wait("kube-apiserver", self._answers, DEADLINE)
        for name in COMPONENTS:
            self.processes.start(name, node.command(name))
        for name, ready in {
            "kube-controller-manager": self._accounts,
            "kube-proxy": self._proxies,
            "coredns": self._resolves,
            "kubelet": self._ready,
        }.items():
            self.processes.wait(name, ready, DEADLINE)

    def _import_pause(self, node: Node) -> None:
        ctr = ["ctr", "--address", str(node.socket), "--connect-timeout", "2s"]
        images = [*ctr, "--namespace", "k8s.io", "images"]
        self.processes.wait("containerd", lambda: _succeeds([*ctr, "version"]), DEADLINE)
        if PAUSE not in run([*images, "list", "-q"]).split():
            run([*images, "import", pause_image()])

    def _answers(self) -> bool:
        url = f"https://{self.network.node}:{API_PORT}/readyz"
        return answers(url, self.folder / "pki/ca.crt")

    def _proxies(self) -> bool:
        return answers(f"http://{self.network.node}:{PROXY_HEALTH_PORT}/healthz")

    def _resolves(self) -> bool:
        return resolves("kubernetes.default.svc.cluster.local", self.network.node)

    def _accounts(self) -> bool:
        try:
            return self.get("serviceaccount", "default") is not None
        except CommandError:
            return False

    def _ready(self) -> bool:
        try:
            # None, as long as the kubelet has not registered its node.
            nodes = (self.get("nodes") or {"items": []})["items"]
        except CommandError:
            return False
        began = self.processes.began("kubelet")
        conditions = [c for node in nodes for c in node.get("status", {}).get("conditions", [])]
        # Of a kubelet that was killed the last word stays: it has to be this one's.
        return any(
            c["type"] == "Ready"
            and c["status"] == "True"
            and datetime.fromisoformat(c["lastHeartbeatTime"]).timestamp() >= int(began)
            for c in conditions
        )

    def down(self) -> None:
        """Remove it: processes, mounts, control groups, network and state.

        Raises:
            NotGone: something of it stays.
        """
        self.processes.stop(*COMPONENTS, force=True)
        remove(self.folder, Path("/run") / self.network.namespace, self.network.namespace)
        self.network.down()

    def traces(self) -> list[Path]:
        """The places at which there is something of it; none after `down`."""
        name = self.network.namespace
        return traces(self.folder, Path("/run") / name, name)


def _succeeds(command: Sequence[str | Path]) -> bool:
    try:
        run(command, seconds=10)
    except CommandError:
        return False
    return True
