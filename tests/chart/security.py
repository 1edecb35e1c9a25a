"""The restricted Pod Security Standard, as far as a pod's manifest can break it.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
# What only one of the two, the pod or its container, has to say; the container's word counts.
SHARED: Mapping[str, Any] = {
    "runAsNonRoot": lambda value: value is True,
    "runAsUser": lambda value: value != 0,
    "seccompProfile": lambda value: (value or {}).get("type") in ("RuntimeDefault", "Localhost"),
    "appArmorProfile": lambda value: (value or {}).get("type") != "Unconfined",
    "seLinuxOptions": lambda value: not value,
    "windowsOptions": lambda value: not value,
}


def unrestricted(pod: Mapping[str, Any]) -> list[str]:
    """What of a pod's spec the standard forbids."""
    return [*_of_pod(pod), *(fault for each in _containers(pod) for fault in _of(each, pod))]


def _containers(pod: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        yield from pod.get(kind, [])


def _of_pod(pod: Mapping[str, Any]) -> Iterator[str]:
    yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key))
    if pod.get("securityContext", {}).get("sysctls"):
        yield "sysctls"
    for volume in pod.get("volumes", []):
        if not set(volume) - {"name"} <= VOLUMES:
            yield f"volume {volume['name']}"


def _of(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    said = container.get("securityContext", {})
    both = {**pod.get("securityContext", {}), **said}
    yield from (key for key, allows in SHARED.items() if not allows(both.get(key)))
    if said.get("privileged"):
        yield "privileged"
    if said.get("procMount", "Default") != "Default":
        yield "procMount"
    if said.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    capabilities = said.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []):
        yield "capabilities.drop"
    if not set(capabilities.get("add", [])) <= {"NET_BIND_SERVICE"}:
        yield "capabilities.add"
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield "hostPort"
    handlers = [container.get(f"{name}Probe", {}) for name in ("liveness", "readiness", "startup")]
    handlers += container.get("lifecycle", {}).values()
    for handler in handlers:
        if any(handler.get(kind, {}).get("host") for kind in ("httpGet", "tcpSocket")):
            yield "host"
