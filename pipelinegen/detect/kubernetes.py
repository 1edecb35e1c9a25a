"""Resources, probes and the like, from manifests or a chart that the service already has."""

from __future__ import annotations

import re
from typing import Any

import yaml

from pipelinegen.detect.found import Data, Found
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
_PROBES = {"liveness": "livenessProbe", "readiness": "readinessProbe", "startup": "startupProbe"}


def look(repo: Repo, found: Found) -> None:
    """Take over what runs today: it has proved itself, so it wins over what was guessed."""
    for file in repo.matching(_MANIFESTS):
        text = repo.text(file)
        if "{{" in text or text.startswith("# Made by pipelinegen"):
            continue
        for document in _documents(text):
            if document.get("kind") in ("Deployment", "StatefulSet"):
                _deployment(repo, file, document, found)
                return
    for file in repo.matching(_CHARTS):
        for document in _documents(repo.text(file)):
            _values(repo, file, document, found)
            return


def _documents(text: str) -> list[dict[str, Any]]:
    try:
        return [d for d in yaml.safe_load_all(text) if isinstance(d, dict)]
    except yaml.YAMLError:
        return []


def _deployment(repo: Repo, file: str, document: dict[str, Any], found: Found) -> None:
    spec = document.get("spec") or {}
    template = spec.get("template") or {}
    containers = (template.get("spec") or {}).get("containers") or []
    if not containers:
        return
    container = next((c for c in containers if c.get("name") == found.name.value), containers[0])
    if isinstance(spec.get("replicas"), int):
        found.replicas = Fact(spec["replicas"], _line(repo, file, "replicas"))
    for port in container.get("ports") or []:
        number = port.get("containerPort")
        if isinstance(number, int) and port.get("name") not in ("metrics", "admin"):
            found.port = Fact(number, _line(repo, file, "containerPort"))
            break
    _container(repo, file, container, found)
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    if str(annotations.get("prometheus.io/scrape", "")).lower() == "true":
        path = str(annotations.get("prometheus.io/path", "/metrics"))
        found.metrics = Fact(path, _line(repo, file, "prometheus.io/scrape"))


def _values(repo: Repo, file: str, values: dict[str, Any], found: Found) -> None:
    replicas = values.get("replicaCount", values.get("replicas"))
    if isinstance(replicas, int):
        found.replicas = Fact(replicas, _line(repo, file, "replica"))
    container = dict(values)
    for name, key in _PROBES.items():
        probes = values.get("probes") or {}
        container.setdefault(key, probes.get(name) if isinstance(probes, dict) else None)
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
        made: Data = {k: probe[k] for k in _NUMBERS if isinstance(probe.get(k), int)}
        path = (probe.get("httpGet") or {}).get("path", probe.get("path"))
        if path is None and name in found.health:
            path = found.health[name].value.get("path")
        if isinstance(path, str) and path.startswith("/"):
            made = {"path": path, **made}
        if made:
            found.health[name] = Fact(made, _line(repo, file, key))
    said = container.get("env")
    pairs = [(k, {"value": v}) for k, v in said.items()] if isinstance(said, dict) else []
    if isinstance(said, list):
        pairs = [(e.get("name"), e) for e in said if isinstance(e, dict)]
    for name, entry in pairs:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            continue
        secret = (entry.get("valueFrom") or {}).get("secretKeyRef")
        if isinstance(secret, dict) and "name" in secret and "key" in secret:
            reference = {"name": str(secret["name"]), "key": str(secret["key"])}
            found.secrets[name] = Fact(reference, _line(repo, file, name))
        elif isinstance(entry.get("value"), str | int | bool):
            value = entry["value"]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found.env[name] = Fact(text, _line(repo, file, name))


def _resources(said: object) -> Data:
    """Requests and limits of CPU and memory."""
    if not isinstance(said, dict):
        return {}
    made: Data = {}
    for kind in ("requests", "limits"):
        amounts = said.get(kind)
        if isinstance(amounts, dict):
            kept = {k: str(amounts[k]) for k in ("cpu", "memory") if k in amounts}
            if kept:
                made[kind] = kept
    return made


def _line(repo: Repo, file: str, key: str) -> str:
    found = repo.find(file, re.escape(key))
    return found.because if found else file
