"""Clusters that only seem to be there: helm and kubectl as far as a deployment asks them.

They refuse what the real ones refuse; with real ones: tests/e2e/deploy.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pipelinegen.config.loaded import Config
from pipelinegen.plan.values import value_files
from pipelinegen.render.yamltext import dump

NAMESPACE = "shop"
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")
Answer = tuple[int, str, str]


def refuse(text: str) -> Answer:
    """What a program says that fails."""
    return 1, "", f"Error from server {text}\n"


def option(arguments: list[str], name: str) -> str:
    """The last value of an option."""
    found = ""
    for number, each in enumerate(arguments):
        if each == name:
            found = arguments[number + 1]
        elif each.startswith(f"{name}="):
            found = each.partition("=")[2]
    return found


@dataclass
class Revision:
    """A revision as helm keeps it."""

    values: dict[str, Any]
    status: str
    description: str
    labels: dict[str, str]


@dataclass
class Cluster:
    """A cluster.

    Args:
        name: its name.
        broken: digests whose pods never become ready.
        refused: digests with which helm fails.
        down: whether its API server does not answer.
        stuck: whether helm is killed in its next upgrade.
        services: Services beside those of the releases, with their addresses.
    """

    name: str
    broken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    down: bool = False
    stuck: bool = False
    services: dict[str, str] = field(default_factory=dict)
    releases: dict[str, list[Revision]] = field(default_factory=dict)
    leases: dict[str, Any] = field(default_factory=dict)
    namespace: bool = False
    scaled: int | None = None
    calls: list[str] = field(default_factory=list)
    version: int = 0

    def image(self, release: str = "orders") -> str:
        """The digest that runs."""
        return str(self.current(release).values["image"]["digest"])

    def current(self, release: str = "orders") -> Revision:
        """The last revision."""
        return self.releases[release][-1]

    def state(self) -> Any:
        """What is noted as good."""
        return json.loads(
            self.leases["pipelinegen-orders"]["metadata"]["annotations"]["pipelinegen/state"]
        )

    @property
    def held(self) -> bool:
        """Whether somebody deploys."""
        return any(lease["spec"].get("holderIdentity") for lease in self.leases.values())

    def writes(self) -> list[str]:
        """What was asked for that changes something, but the lease."""
        return [
            call for call in self.calls if call.split()[0] in ("upgrade", "rollback", "uninstall")
        ]

    def helm(self, verb: str, rest: list[str]) -> Answer:
        """What helm does."""
        return getattr(self, f"_helm_{verb}")(rest)  # type: ignore[no-any-return]

    def _not_found(self) -> Answer:
        return 1, "", "Error: release: not found\n"

    def _helm_history(self, rest: list[str]) -> Answer:
        found = self.releases.get(rest[0])
        if not found:
            return self._not_found()
        entries = [
            {"revision": number, "status": each.status, "description": each.description}
            for number, each in enumerate(found, 1)
        ]
        return 0, json.dumps(entries), ""

    def _helm_status(self, rest: list[str]) -> Answer:
        found = self.releases.get(rest[0])
        if not found:
            return self._not_found()
        last = found[-1]
        info = {"status": last.status, "last_deployed": "2026-01-02T03:04:05.123456789+01:00"}
        objects = manifest(rest[0], last.values)
        told = {"version": len(found), "info": info, "config": last.values, "manifest": objects}
        return 0, json.dumps(told), ""

    def _helm_template(self, rest: list[str]) -> Answer:
        return 0, manifest(rest[0], read_values(rest)), ""

    def _helm_upgrade(self, rest: list[str]) -> Answer:
        release, values = rest[0], read_values(rest)
        if not self.namespace:
            return 1, "", f'Error: create: failed to create: namespaces "{NAMESPACE}" not found\n'
        found = self.releases.setdefault(release, [])
        if found and found[-1].status.startswith("pending"):
            return 1, "", "Error: UPGRADE FAILED: another operation is in progress\n"
        labels = dict(pair.split("=") for pair in option(rest, "--labels").split(",") if pair)
        made = Revision(values, "deployed", option(rest, "--description"), labels)
        self._supersede(found)
        found.append(made)
        if self.stuck:
            self.stuck, made.status = False, "pending-upgrade"
            return -9, "", "killed"
        if values["image"]["digest"] in self.refused:
            made.status = "failed"
            return 1, "", "Error: UPGRADE FAILED: admission webhook says no\n"
        self.scaled = None
        return 0, json.dumps({"name": release, "version": len(found)}), ""

    def _supersede(self, found: list[Revision]) -> None:
        for each in found:
            if each.status == "deployed":
                each.status = "superseded"

    def _helm_rollback(self, rest: list[str]) -> Answer:
        found, number = self.releases[rest[0]], int(rest[1])
        old = found[number - 1]
        for each in found:
            each.status = "superseded" if each.status == "deployed" else each.status
            each.status = "failed" if each.status.startswith("pending") else each.status
        found.append(Revision(old.values, "deployed", f"Rollback to {number}", old.labels))
        return 0, "Rollback was a success\n", ""

    def _helm_uninstall(self, rest: list[str]) -> Answer:
        self.releases.pop(rest[0], None)
        return 0, "", ""

    def kubectl(self, verb: str, rest: list[str], stdin: str | None) -> Answer:
        """What kubectl does."""
        return getattr(self, f"_kubectl_{verb}")(rest, stdin)  # type: ignore[no-any-return]

    def _kubectl_create(self, rest: list[str], stdin: str | None) -> Answer:
        if rest[0] == "namespace":
            self.namespace = True
            return 0, "", ""
        if not self.namespace:
            return refuse(f'(NotFound): namespaces "{NAMESPACE}" not found')
        item = json.loads(stdin or "")
        name = item["metadata"]["name"]
        if name in self.leases:
            return refuse(f'(AlreadyExists): leases "{name}" already exists')
        return self._stored(item)

    def _kubectl_replace(self, rest: list[str], stdin: str | None) -> Answer:
        item = json.loads(stdin or "")
        live = self.leases[item["metadata"]["name"]]
        if live["metadata"]["resourceVersion"] != item["metadata"]["resourceVersion"]:
            return refuse("(Conflict): the object has been modified")
        return self._stored(item)

    def _stored(self, item: Any) -> Answer:
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        self.leases[item["metadata"]["name"]] = item
        return 0, json.dumps(item), ""

    def _kubectl_get(self, rest: list[str], stdin: str | None) -> Answer:
        if stdin is not None:
            wanted = {each["metadata"]["name"] for each in json.loads(stdin)["items"]}
            found = [each for each in self._objects() if each["metadata"]["name"] in wanted]
            return 0, listed(found), ""
        names = [each for each in rest if not each.startswith("-") and each != "json"]
        if option(rest, "--raw"):
            return 0, "ok", ""
        if names[0] == "lease":
            lease = self.leases.get(names[1])
            return 0, json.dumps(lease) if lease else "", ""
        if names[0] == "secrets":
            return 0, "".join(json.dumps(labels) + "\n" for labels in self._secrets()), ""
        if names[0] == "ingresses,services":
            items = [service(name, address) for name, address in self.services.items()]
            items += [service(name, "10.0.0.9") for name in self.releases]
            return 0, listed(items), ""
        if names[0] == "events":
            return 0, listed([]), ""
        release = option(rest, "-l").rpartition("=")[2]
        return 0, listed(self._running(release, names[0])), ""

    def _kubectl_apply(self, rest: list[str], stdin: str | None) -> Answer:
        assert "--dry-run=server" in rest
        return 0, listed(json.loads(stdin or "")["items"]), ""

    def _kubectl_logs(self, rest: list[str], stdin: str | None) -> Answer:
        return 0, f"{rest[0]} says: no database\n", ""

    def _secrets(self) -> list[dict[str, str]]:
        return [
            {**each.labels, "name": release, "status": each.status, "version": str(number)}
            for release, revisions in self.releases.items()
            for number, each in enumerate(revisions, 1)
            if "pipelinegen/temporary" in each.labels
        ]

    def _objects(self) -> list[Any]:
        found: list[Any] = []
        for release, revisions in self.releases.items():
            good = [each for each in revisions if each.status in ("deployed", "failed")]
            if good:
                found += list(yaml.safe_load_all(manifest(release, good[-1].values)))
        for each in found:
            if each["kind"] == "Deployment" and self.scaled is not None:
                each["spec"]["replicas"] = self.scaled
        return found

    def _running(self, release: str, kinds: str) -> list[Any]:
        revisions = self.releases.get(release)
        if not revisions:
            return []
        values = revisions[-1].values
        ready, wanted = values["image"]["digest"] not in self.broken, values.get("replicas", 2)
        labels = {"pod-template-hash": values["image"]["digest"][7:12]}
        pods = [pod(f"{release}-{number}", labels, ready=ready) for number in range(wanted)]
        if kinds == "pods":
            return pods
        marks = {"deployment.kubernetes.io/revision": "1"}
        deployment = {
            "kind": "Deployment",
            "metadata": {"name": release, "generation": 1, "annotations": marks},
            "spec": {"replicas": wanted},
            "status": {"observedGeneration": 1},
        }
        group = {
            "kind": "ReplicaSet",
            "metadata": {"name": f"{release}-x", "labels": labels, "annotations": marks},
        }
        return [deployment, group, *pods]


def pod(name: str, labels: dict[str, str], *, ready: bool) -> Any:
    """A pod; one that is not ready crashes."""
    waiting = {} if ready else {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [{"ports": [{"containerPort": 8080}]}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "containerStatuses": [{"restartCount": 0 if ready else 3, "state": waiting}],
        },
    }


def service(name: str, address: str) -> Any:
    """A Service with an address in the cluster."""
    spec = {"clusterIP": address, "ports": [{"name": "http", "port": 80}]}
    return {"kind": "Service", "metadata": {"name": name}, "spec": spec}


def listed(items: list[Any]) -> str:
    """A list, as kubectl prints it."""
    return json.dumps({"kind": "List", "items": items})


def manifest(release: str, values: Mapping[str, Any]) -> str:
    """What a chart makes of values; not ours, which needs the real helm."""
    image = f"{values['image']['repository']}@{values['image']['digest']}"
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": release, "labels": {"version": values["image"].get("tag", "")}},
        "spec": {"replicas": values.get("replicas", 2), "image": image, "env": values.get("env")},
    }
    return yaml.safe_dump_all([deployment, service(release, "10.0.0.9")])


def read_values(rest: list[str]) -> dict[str, Any]:
    """The values files, merged."""
    merged: dict[str, Any] = {}
    for number, each in enumerate(rest):
        if each == "--values":
            merged = over(merged, yaml.safe_load(Path(rest[number + 1]).read_text("utf-8")) or {})
    return merged


def over(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Maps merged deep."""
    both = dict(first)
    for key, value in second.items():
        deep = isinstance(value, dict) and isinstance(both.get(key), dict)
        both[key] = over(both[key], value) if deep else value
    return both


class Clusters(dict[str, Cluster]):
    """All clusters, by name, and the programs that reach them.

    ``hooks`` are called with the cluster and the command ahead of each call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hooks: list[Callable[[Cluster, str], None]] = []
        self._lock = threading.Lock()

    def run(self, command: list[str], environment: Mapping[str, str], stdin: str | None) -> Answer:
        """What a program does."""
        assert environment["KUBECONFIG"] == "/dev/null"
        program, arguments = command[0], command[1:]
        flags = ("--kubeconfig", "--kube-context", "--context", "--namespace", "--request-timeout")
        context = option(arguments, "--kube-context") or option(arguments, "--context")
        assert context and option(arguments, "--kubeconfig").endswith(f"{context}.conf")
        rest = plain(arguments, flags)
        cluster = self[context]
        for hook in self.hooks:
            hook(cluster, f"{program} {' '.join(rest)}")
        with self._lock:
            if cluster.down:
                return 1, "", "dial tcp 10.0.0.1:6443: connect: connection refused\n"
            if program == "helm":
                cluster.calls.append(" ".join(rest))
                return cluster.helm(rest[0], rest[1:])
            return cluster.kubectl(rest[0], rest[1:], stdin)


def plain(arguments: list[str], flags: tuple[str, ...]) -> list[str]:
    """Arguments without some options and their values."""
    found: list[str] = []
    skip = False
    for each in arguments:
        if skip:
            skip = False
        elif each in flags:
            skip = True
        elif not each.startswith(tuple(f"{flag}=" for flag in flags)):
            found.append(each)
    return found


def write_values(config: Config) -> None:
    """The values files, as `generate` writes them."""
    for path, values in value_files(config).items():
        (config.root / path).parent.mkdir(exist_ok=True)
        (config.root / path).write_text(dump(values), "utf-8")
