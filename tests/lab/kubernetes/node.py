"""What a cluster's processes are told: the control plane, and its one node.

https://kubernetes.io/docs/reference/command-line-tools-reference/
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.lab.kubernetes.network import Network
from tests.lab.kubernetes.programs import PAUSE

CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
NODE = ("containerd", "kubelet", "kube-proxy", "coredns")
API_PORT = 6443
PROXY_HEALTH_PORT = 10256


class Node:
    """The files and command lines of one cluster.

    Args:
        network: its addresses.
        region: the node's region.
        folder: its state.
        kubeone: the program that is all of Kubernetes.
        coredns: the cluster's DNS.
    """

    def __init__(
        self, network: Network, region: str, folder: Path, kubeone: Path, coredns: Path
    ) -> None:
        self._network = network
        self._region = region
        self._folder = folder
        self._kubeone = kubeone
        self._coredns = coredns
        # Sockets have to have short names.
        self.run = Path("/run") / network.namespace

    @property
    def name(self) -> str:
        """The node's name."""
        return f"{self._network.name}-node"

    @property
    def socket(self) -> Path:
        """The container runtime's."""
        return self.run / "containerd.sock"

    @property
    def cgroup(self) -> str:
        """The control group of its pods."""
        return f"/{self._network.namespace}"

    def kubeconfig(self, who: str) -> Path:
        """A component's kubeconfig."""
        return self._folder / f"{who}.conf"

    def write(self) -> None:
        """The files that the processes read."""
        for name in ("etcd", "kubelet", "containerd", "plugins", "logs", "cni", "addresses"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        self.run.mkdir(exist_ok=True)
        self._write("cni/10-pods.conflist", _json(self._cni()))
        self._write("containerd.toml", self._containerd())
        # Images of the machine's own registry are called what Docker here calls them.
        hosts = self._folder / "registries" / "localhost:5000"
        hosts.mkdir(parents=True, exist_ok=True)
        server = f"http://{self._network.machine}:5000"
        text = f'server = "{server}"\n[host."{server}"]\n  capabilities = ["pull", "resolve"]\n'
        (hosts / "hosts.toml").write_text(text)
        self._write("kubelet.json", _json(self._kubelet()))
        self._write("kube-proxy.json", _json(self._proxy()))
        zone = f"kubernetes cluster.local {{\n  kubeconfig {self.kubeconfig('admin')}\n  ttl 5\n }}"
        self._write("Corefile", f"cluster.local:53 {{\n errors\n cache 5\n {zone}\n}}\n")

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)

    def command(self, name: str) -> list[str]:
        """How a process is started."""
        options = {
            "etcd": self._etcd_options,
            "kube-apiserver": self._api_options,
            "kube-controller-manager": self._manager_options,
            "kube-scheduler": self._scheduler_options,
            "kubelet": self._kubelet_options,
            "kube-proxy": self._proxy_options,
        }
        inside = self._network.inside()
        if name == "containerd":
            return [*inside, "containerd", "--config", f"{self._folder}/containerd.toml"]
        if name == "coredns":
            return [*inside, str(self._coredns), "-conf", f"{self._folder}/Corefile"]
        told = [f"--{key}={value}" for key, value in options[name]().items()]
        return [*inside, str(self._kubeone), name, *told]

    def _etcd_options(self) -> dict[str, object]:
        client, peer = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
        return {
            "name": "lab",
            "data-dir": self._folder / "etcd",
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"lab={peer}",
            # A cluster of tests may be lost.
            "unsafe-no-fsync": "true",
            "log-level": "warn",
        }

    def _api_options(self) -> dict[str, object]:
        keys = self._folder / "pki"
        return {
            "etcd-servers": "http://127.0.0.1:2379",
            "advertise-address": self._network.node,
            "bind-address": "0.0.0.0",
            "secure-port": API_PORT,
            "service-cluster-ip-range": self._network.services,
            "tls-cert-file": keys / "apiserver.crt",
            "tls-private-key-file": keys / "apiserver.key",
            "client-ca-file": keys / "ca.crt",
            "kubelet-client-certificate": keys / "admin.crt",
            "kubelet-client-key": keys / "admin.key",
            "kubelet-preferred-address-types": "InternalIP",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": keys / "sa.key",
            "service-account-signing-key-file": keys / "sa.key",
            "authorization-mode": "Node,RBAC",
            "enable-admission-plugins": "NodeRestriction",
            "allow-privileged": "true",
            "profiling": "false",
            "shutdown-delay-duration": "0s",
            "v": 1,
        }

    def _manager_options(self) -> dict[str, object]:
        keys = self._folder / "pki"
        return {
            "kubeconfig": self.kubeconfig("kube-controller-manager"),
            "leader-elect": "false",
            "service-account-private-key-file": keys / "sa.key",
            "root-ca-file": keys / "ca.crt",
            "cluster-signing-cert-file": keys / "ca.crt",
            "cluster-signing-key-file": keys / "ca.key",
            "use-service-account-credentials": "true",
            # It makes an account for each controller one after the other: six seconds by default.
            "kube-api-qps": 200,
            "kube-api-burst": 400,
            "bind-address": "127.0.0.1",
            "profiling": "false",
            "v": 1,
        }

    def _scheduler_options(self) -> dict[str, object]:
        return {
            "kubeconfig": self.kubeconfig("kube-scheduler"),
            "leader-elect": "false",
            "bind-address": "127.0.0.1",
            "profiling": "false",
            "v": 1,
        }

    def _kubelet_options(self) -> dict[str, object]:
        place = "topology.kubernetes.io"
        labels = f"{place}/region={self._region},{place}/zone={self._region}a"
        return {
            "config": self._folder / "kubelet.json",
            "kubeconfig": self.kubeconfig("kubelet"),
            "root-dir": self._folder / "kubelet",
            "hostname-override": self.name,
            "node-ip": self._network.node,
            "containerd": self.socket,
            "node-labels": labels,
            "v": 1,
        }

    def _proxy_options(self) -> dict[str, object]:
        return {"config": self._folder / "kube-proxy.json", "v": 1}

    def _cni(self) -> dict[str, Any]:
        addresses = {
            "type": "host-local",
            "dataDir": str(self._folder / "addresses"),
            "ranges": [[{"subnet": self._network.pods}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        bridge = {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "hairpinMode": True,
            "ipMasq": False,
            "ipam": addresses,
        }
        ports = {"type": "portmap", "capabilities": {"portMappings": True}}
        return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge, ports]}

    def _containerd(self) -> str:
        # restrict_oom_score_adj: in a container itself, the machine may not lower that score.
        cri = '[plugins."io.containerd.grpc.v1.cri"'
        return f"""\
version = 2
root = "{self._folder}/containerd"
state = "{self.run}/containerd"
[grpc]
  address = "{self.socket}"
{cri}]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = true
{cri}.containerd]
  snapshotter = "overlayfs"
{cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
{cri}.containerd.runtimes.runc.options]
  SystemdCgroup = false
{cri}.cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{self._folder}/cni"
{cri}.registry]
  config_path = "{self._folder}/registries"
"""

    def _kubelet(self) -> dict[str, Any]:
        keys = self._folder / "pki"
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "failCgroupV1": False,
            "failSwapOn": False,
            "oomScoreAdj": 0,
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": self.cgroup,
            "containerRuntimeEndpoint": f"unix://{self.socket}",
            "authentication": {
                "anonymous": {"enabled": False},
                "x509": {"clientCAFile": str(keys / "ca.crt")},
                "webhook": {"enabled": True},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(keys / "kubelet.crt"),
            "tlsPrivateKeyFile": str(keys / "kubelet.key"),
            "clusterDomain": "cluster.local",
            "clusterDNS": [self._network.node],
            "resolvConf": "",
            "volumePluginDir": str(self._folder / "plugins"),
            "podLogsDir": str(self._folder / "logs"),
            # The disk is the machine's, and may be full of other things.
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "evictionHard": {"memory.available": "100Mi"},
            "enforceNodeAllocatable": ["pods"],
            "nodeStatusReportFrequency": "30s",
            "maxPods": 60,
            # So that a test of a container that crashes does not take minutes.
            "crashLoopBackOff": {"maxContainerRestartPeriod": "10s"},
            "featureGates": {"KubeletCrashLoopBackOffMax": True},
        }

    def _proxy(self) -> dict[str, Any]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "oomScoreAdj": 0,
            "hostnameOverride": self.name,
            "clusterCIDR": self._network.pods,
            "clientConnection": {"kubeconfig": str(self.kubeconfig("kube-proxy"))},
            "conntrack": {
                "maxPerCore": 0,
                "min": 0,
                "tcpEstablishedTimeout": "0s",
                "tcpCloseWaitTimeout": "0s",
            },
            "nftables": {"minSyncPeriod": "200ms", "syncPeriod": "30s"},
        }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2)
