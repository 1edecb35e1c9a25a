"""The network namespace that a cluster's node lives in, and its way to the machine."""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from tests.lab.kubernetes.programs import CommandError, run


@dataclass(frozen=True)
class Network:
    """A node's addresses; the machine reaches all of them, pods and Services included.

    Args:
        name: the cluster's name.
        number: tells the addresses of one cluster from those of another.
    """

    name: str
    number: int

    @property
    def namespace(self) -> str:
        """The network namespace."""
        return f"lab-{self.name}"

    @property
    def link(self) -> str:
        """The machine's end of the cable."""
        return f"labk{self.number}"

    @property
    def machine(self) -> str:
        """The machine's address."""
        return f"10.200.{self.number}.1"

    @property
    def node(self) -> str:
        """The node's address."""
        return f"10.200.{self.number}.2"

    @property
    def pods(self) -> str:
        """The range of the pods' addresses."""
        return f"10.201.{self.number}.0/24"

    @property
    def services(self) -> str:
        """The range of the Services' addresses."""
        return f"10.202.{self.number}.0/24"

    @property
    def api_service(self) -> str:
        """The API server's address as a Service."""
        return str(ipaddress.ip_network(self.services)[1])

    def inside(self) -> list[str]:
        """What a command starts with that is to run in the namespace."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}"]

    def whole(self) -> bool:
        """Whether there is a namespace, with a cable to it."""
        try:
            # After a crash of the machine the namespace's file may be there, and no namespace.
            run([*self.inside(), "test", "-e", "/proc/self"])
        except CommandError:
            return False
        return Path(f"/sys/class/net/{self.link}").exists()

    def up(self) -> None:
        """Make all of it, unless it is whole; the routes are seen to anyway."""
        if not self.whole():
            try:
                self._make()
            except CommandError:
                self.down()
                raise
        for addresses in (self.pods, self.services):
            run(["ip", "route", "replace", addresses, "via", self.node])

    def _make(self) -> None:
        ip, there = ["ip"], ["ip", "-n", self.namespace]
        run([*ip, "netns", "add", self.namespace])
        peer = ["peer", "eth0", "netns", self.namespace]
        run([*ip, "link", "add", self.link, "type", "veth", *peer])
        run([*ip, "addr", "add", f"{self.machine}/24", "dev", self.link])
        run([*ip, "link", "set", self.link, "up"])
        run([*there, "link", "set", "lo", "up"])
        run([*there, "addr", "add", f"{self.node}/24", "dev", "eth0"])
        run([*there, "link", "set", "eth0", "up"])
        run([*there, "route", "add", "default", "via", self.machine])
        run(["sysctl", "-qw", "net.ipv4.ip_forward=1"])
        for setting in ("net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0"):
            run([*self.inside(), "sysctl", "-qw", setting])
        # So that a pod reaches a Service whose pod is on the same bridge; built in on some kernels.
        with contextlib.suppress(CommandError):
            run([*self.inside(), "sysctl", "-qw", "net.bridge.bridge-nf-call-iptables=1"])

    def down(self) -> None:
        """Remove all of it; the namespaces of its pods are the runtime's."""
        for command in (
            ["ip", "netns", "del", self.namespace],
            ["ip", "link", "del", self.link],
        ):
            with contextlib.suppress(CommandError):
                run(command)
