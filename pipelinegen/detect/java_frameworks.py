"""Port, health and metrics of a Java service, from its framework's own configuration."""

from __future__ import annotations

import re
from typing import Any

from pipelinegen.detect.found import Data, Ecosystem
from pipelinegen.detect.parse import read_yaml
from pipelinegen.detect.repo import Fact, Repo

_FILES = tuple(
    f"src/main/resources/{name}"
    for name in ("application.yml", "application.yaml", "application.properties")
)
_PORTS = ("server.port", "micronaut.server.port", "quarkus.http.port")
# A YAML document, or a part of a .properties file, that only holds in some environment.
_PROFILE = ("spring.config.activate.on-profile", "spring.profiles")
_EXPOSED = "management.endpoints.web.exposure.include"


def look(repo: Repo, found: Ecosystem, framework: str, text: str) -> None:
    """Complete ``found`` with them; ``text`` is the build file's."""
    file = repo.has(*_FILES)
    settings = _settings(repo, file) if file else {}
    key = next((key for key in _PORTS if key in settings), None)
    number = re.search(r"(\d{1,5})\}?$", str(settings[key])) if key else None
    if file and key and number and 0 < int(number.group(1)) < 65536:
        found.port = Fact(int(number.group(1)), _line(repo, file, key))
    else:
        found.port = Fact(8080, f"the default of {framework or 'the framework'}")
    if framework == "spring-boot" and "actuator" in text:
        _spring(repo, found, file, settings, "prometheus" in text)
    elif framework == "micronaut" and "management" in text:
        where = _line(repo, file, "endpoints") if file else found.because
        _probes(found, "/health/liveness", "/health/readiness", where)
        if "prometheus" in text:
            found.metrics = Fact("/prometheus", where)
    elif framework == "quarkus" and "smallrye-health" in text:
        _probes(found, "/q/health/live", "/q/health/ready", found.because)
        if "prometheus" in text:
            found.metrics = Fact("/q/metrics", found.because)


def _spring(
    repo: Repo, found: Ecosystem, file: str | None, settings: dict[str, Any], prometheus: bool
) -> None:
    """https://docs.spring.io/spring-boot/reference/actuator/endpoints.html"""
    where = _line(repo, file, "management") if file else found.because
    if (own := settings.get("management.server.port")) is not None:
        found.notes.append(
            f"{where}: the actuator is on a port of its own ({own}), which probes cannot use: "
            "remove `management.server.port`, then add `deploy.health` to pipeline.yaml"
        )
        return
    context = settings.get("server.servlet.context-path") or settings.get(
        "spring.webflux.base-path"
    )
    base = settings.get("management.endpoints.web.base-path") or "/actuator"
    top = "/" + f"{context or ''}/{base}".strip("/").replace("//", "/")
    _probes(found, f"{top}/health/liveness", f"{top}/health/readiness", where)
    if not prometheus:
        return
    if any(word in str(settings.get(_EXPOSED, "")) for word in ("prometheus", "*")):
        found.metrics = Fact(f"{top}/prometheus", where)
    else:
        found.notes.append(
            f"{found.because} has Prometheus, but the actuator does not show it: set "
            f"`{_EXPOSED}: health,prometheus`, then add `observability: {{metrics: "
            f"{{path: {top}/prometheus}}}}` to pipeline.yaml"
        )


def _probes(found: Ecosystem, live: str, ready: str, where: str) -> None:
    slow: Data = {"path": live, "periodSeconds": 5, "failureThreshold": 30}
    found.health = {
        "liveness": Fact({"path": live}, where),
        "readiness": Fact({"path": ready}, where),
        "startup": Fact(slow, "a JVM starts slowly"),
    }


def _settings(repo: Repo, file: str) -> dict[str, Any]:
    """The settings of all environments, with dotted keys."""
    text = repo.text(file)
    if file.endswith(".properties"):
        parts = re.split(r"^[#!]---\s*$", text, flags=re.MULTILINE)
        pairs = [re.findall(r"^\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$", p, re.MULTILINE) for p in parts]
        flats: list[dict[str, Any]] = [dict(found) for found in pairs]
    else:
        flats = [_flat(document) for document in read_yaml(text) or []]
    merged: dict[str, Any] = {}
    for flat in flats:
        if not any(key in flat for key in _PROFILE):
            merged |= flat
    return merged


def _flat(document: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(document, dict):
        return {prefix: document} if prefix else {}
    found: dict[str, Any] = {}
    for key, below in document.items():
        found |= _flat(below, f"{prefix}.{key}" if prefix else str(key))
    return found


def _line(repo: Repo, file: str, key: str) -> str:
    """The line of a dotted key, or of its last part."""
    last = re.escape(key.rsplit(".", 1)[-1])
    patterns = (rf"^\s*{re.escape(key)}\s*[:=]", rf"^[ \w.-]*\b{last}\s*[:=]", rf"^\s*{last}\.")
    found = next((f for pattern in patterns if (f := repo.find(file, pattern))), None)
    return found.because if found else file
