"""Resources, probes and the like, from manifests or a chart that the service already has."""

from __future__ import annotations

import re
from typing import Any, TypeGuard

from pipelinegen.detect.found import Data, Found
from pipelinegen.detect.parse import entries, read_yaml, table, words
from pipelinegen.detect.repo import Fact, Repo

_MANIFESTS = r"^(k8s|kubernetes|manifests|deploy|deployment|kube|\.k8s)/.*\.ya?ml$"
_CHARTS = r"^(chart|charts/[^/]+|helm|helm/[^/]+)/values\.yaml$"
_NUMBERS = (
    "initialDelaySeconds",
    "periodSeconds",
    "timeoutSeconds",
    "failureThreshold",
    "successThreshold",
)
# Values that must not be copied into a file that is committed once more.
_SECRET = re.compile(r"PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|CREDENTIAL|API_?KEY", re.IGNORECASE)
_PROBES = {"liveness": "livenessProbe", "readiness": "readinessProbe", "startup": "startupProbe"}


def look(repo: Repo, found: Found) -> None:
    """Take over what runs today: it has proved itself, so it wins over what was guessed."""
    deployments: list[tuple[str, dict[str, Any]]] = []
    for file in repo.matching(_MANIFESTS):
        text = repo.text(file)
        if text.startswith("# Made by pipelinegen"):
            continue
        if "{{" in text:
            if "/templates/" not in file:  # a chart's are known by its values.yaml
                found.notes.append(f"{file}: not read, since it is a template")
            continue
        for document in _documents(text):
            if document.get("kind") in ("Deployment", "StatefulSet"):
                deployments.append((file, document))
    if deployments:
        named = [d for d in deployments if _name(d[1]) == found.name.value]
        _deployment(repo, *(named or deployments)[0], found)
        return
    for file in repo.matching(_CHARTS):
        for document in _documents(repo.text(file)):
            _values(repo, file, document, found)
            return


def _documents(text: str) -> list[dict[str, Any]]:
    return [table(document) for document in read_yaml(text) or []]


def _name(document: dict[str, Any]) -> object:
    return table(document.get("metadata")).get("name")


def _deployment(repo: Repo, file: str, document: dict[str, Any], found: Found) -> None:
    spec = table(document.get("spec"))
    template = table(spec.get("template"))
    containers = list(map(table, entries(table(template.get("spec")).get("containers"))))
    if not containers:
        return
    container = next((c for c in containers if c.get("name") == found.name.value), containers[0])
    if _whole(spec.get("replicas")):
        found.replicas = Fact(spec["replicas"], _line(repo, file, "replicas"))
    for port in map(table, entries(container.get("ports"))):
        number = port.get("containerPort")
        if _whole(number) and port.get("name") not in ("metrics", "admin"):
            found.port = Fact(number, _line(repo, file, "containerPort"))
            break
    _container(repo, file, container, found)
    annotations = table(table(template.get("metadata")).get("annotations"))
    if str(annotations.get("prometheus.io/scrape", "")).lower() == "true":
        path = str(annotations.get("prometheus.io/path", "/metrics"))
        found.metrics = Fact(path, _line(repo, file, "prometheus.io/scrape"))


def _values(repo: Repo, file: str, values: dict[str, Any], found: Found) -> None:
    replicas = values.get("replicaCount", values.get("replicas"))
    if _whole(replicas):
        found.replicas = Fact(replicas, _line(repo, file, "replica"))
    container = dict(values)
    for name, key in _PROBES.items():
        container.setdefault(key, table(values.get("probes")).get(name))
    _container(repo, file, container, found)


def _container(repo: Repo, file: str, container: dict[str, Any], found: Found) -> None:
    """What a container's spec and the usual chart's values have in common."""
    resources = _resources(container.get("resources"))
    if resources:
        found.resources = Fact(resources, _line(repo, file, "resources"))
    for name, key in _PROBES.items():
        probe = container.get(key)
        if not isinstance(probe, dict) or "exec" in probe or "grpc" in probe:
            continue
        made: Data = {k: probe[k] for k in _NUMBERS if _whole(probe.get(k))}
        path = table(probe.get("httpGet")).get("path", probe.get("path"))
        if path is None and name in found.health:
            path = found.health[name].value.get("path")
        if isinstance(path, str) and path.startswith("/"):
            made = {"path": path, **made}
        port = table(probe.get("httpGet")).get("port")
        if found.port is None and _whole(port):
            found.port = Fact(port, _line(repo, file, key))
        if made:
            found.health[name] = Fact(made, _line(repo, file, key))
    said = container.get("env")
    pairs = [(k, v if isinstance(v, dict) else {"value": v}) for k, v in table(said).items()]
    pairs += [(words(e.get("name")), e) for e in map(table, entries(said))]
    for name, entry in pairs:
        secret = table(table(entry.get("valueFrom")).get("secretKeyRef"))
        value = entry.get("value")
        if "name" in secret and "key" in secret:
            reference = {"name": str(secret["name"]), "key": str(secret["key"])}
            found.secrets[name] = Fact(reference, _line(repo, file, name))
        elif value and _SECRET.search(name):
            where = _line(repo, file, name)
            found.notes.append(
                f"{where}: `{name}` looks like a secret and is left out: put it into a Secret and "
                f"write `{name}: {{name: ..., key: ...}}` under `deploy.secrets`"
            )
        elif isinstance(value, str | int):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found.env[name] = Fact(text, _line(repo, file, name))
        else:
            found.notes.append(f"{_line(repo, file, name)}: the variable `{name}` is left out")


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _resources(said: object) -> Data:
    """Requests and limits of CPU and memory."""
    if not isinstance(said, dict):
        return {}
    made: Data = {}
    for kind in ("requests", "limits"):
        amounts = said.get(kind)
        if isinstance(amounts, dict):
            kept = {k: str(amounts[k]) for k in ("cpu", "memory") if amounts.get(k) is not None}
            if kept:
                made[kind] = kept
    return made


def _line(repo: Repo, file: str, key: str) -> str:
    found = repo.find(file, re.escape(key))
    return found.because if found else file
