"""Where what is deployed is reached from here: by its Ingress, else by its Service's address."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pipelinegen.config.dependency import WEB, Dependency
from pipelinegen.config.loaded import Config
from pipelinegen.config.platform import AccountClusters
from pipelinegen.containers.sources import Given, Sources
from pipelinegen.deploy.access import Access
from pipelinegen.errors import OutsideError, Refused

ANSWER_SECONDS = 60.0


def dependency_urls(
    config: Config, account: AccountClusters, sources: Sources, access: Access
) -> dict[str, Given]:
    """The URL of each dependency whose URL is known, by its name.

    A person's word wins, then the platform's, then pipeline.yaml's; what none of them names and is
    another service is looked for in the cluster. A URL that only a Secret holds is not known.

    Raises:
        Refused: another service is not deployed there.
        PipelinegenError: what somebody has said is no URL.
        ClusterError: the cluster does not answer.
    """
    found: dict[str, Given] = {}
    for name, said in config.model.dependencies.items():
        given = sources.url(name, said.env) or _declared(name, said, account)
        if given is None and said.type in WEB and name not in account.dependencies:
            service, space = _in_cluster(name, said, access.namespace)
            given = reached(access, service, space)
            if given is None:
                raise Refused(
                    f"{name}: it is not deployed in {access.cluster} (namespace {space}): there is "
                    f"no Service `{service}`\n      = deploy it there, or say where it is: "
                    f"`--dependency-url {name}=URL`, or `dependencies` of the account in the "
                    "platform"
                )
        if given:
            found[name] = given
    return found


def _declared(name: str, said: Dependency, account: AccountClusters) -> Given | None:
    managed = account.dependencies.get(name)
    if managed:
        return Given(managed.url, "the platform") if managed.url else None
    if said.url and _cluster_name(said.url) is None:
        return Given(said.url, "pipeline.yaml")
    return None


def _cluster_name(url: str) -> tuple[str, str] | None:
    """The Service and namespace of a URL that only holds within a cluster.

    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """
    parts = (urlsplit(url).hostname or "").split(".")
    if len(parts) == 1:
        return parts[0], ""
    if len(parts) == 2 or parts[2:] in (["svc"], ["svc", "cluster", "local"]):
        return parts[0], parts[1]
    return None


def _in_cluster(name: str, said: Dependency, namespace: str) -> tuple[str, str]:
    service, space = (_cluster_name(said.url) if said.url else None) or (name, "")
    return service, space or namespace


def reached(access: Access, service: str, namespace: str) -> Given | None:
    """The URL by which a Service is reached from outside of its cluster; None: there is none.

    Args:
        access: how its cluster is reached.
        service: its name.
        namespace: its namespace.

    Raises:
        ClusterError: the cluster does not answer.
    """
    listed = access.get("ingresses,services", f"--namespace={namespace}")
    items = listed["items"] if listed else []
    for item in items:
        if item["kind"] == "Ingress" and (url := _by_ingress(item, service)):
            return Given(url, f"the Ingress {item['metadata']['name']} in {access.cluster}")
    for item in items:
        if item["kind"] == "Service" and item["metadata"]["name"] == service:
            url = _by_service(item, access)
            return Given(url, f"the Service {service} in {access.cluster}") if url else None
    return None


def _by_ingress(item: Any, service: str) -> str:
    secured = {host for entry in item["spec"].get("tls", []) for host in entry.get("hosts", [])}
    for rule in item["spec"].get("rules", []):
        host = rule.get("host", "")
        for path in rule.get("http", {}).get("paths", []):
            name = path.get("backend", {}).get("service", {}).get("name")
            if name == service and host and "*" not in host:
                scheme = "https" if host in secured else "http"
                return f"{scheme}://{host}{path.get('path', '/').rstrip('/')}"
    return ""


def _by_service(item: Any, access: Access) -> str:
    spec = item["spec"]
    ports = spec.get("ports", [])
    port = next((p for p in ports if p.get("name") == "http"), ports[0] if ports else None)
    if port is None:
        return ""
    for entry in item.get("status", {}).get("loadBalancer", {}).get("ingress", []):
        if host := entry.get("hostname") or entry.get("ip"):
            return _url(host, port["port"])
    if spec.get("type") == "NodePort" and (node := _node(access)):
        return _url(node, port["nodePort"])
    address = spec.get("clusterIP", "None")
    return "" if address == "None" else _url(address, port["port"])


def _node(access: Access) -> str:
    listed = access.get("nodes")
    addresses = [a for node in listed["items"] for a in node["status"].get("addresses", [])]
    for kind in ("ExternalIP", "InternalIP"):
        for address in addresses:
            if address["type"] == kind:
                return str(address["address"])
    return ""


def _url(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}" if port == 80 else f"http://{shown}:{port}"


def answers(url: str, wait: Any) -> None:
    """Wait until somebody listens at a URL.

    Args:
        url: the URL.
        wait: lets seconds pass, and ends when we are told to.

    Raises:
        OutsideError: nobody does.
    """
    found = urlsplit(url)
    address = (found.hostname or "", found.port or (443 if found.scheme == "https" else 80))
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            socket.create_connection(address, timeout=5).close()
        except OSError as error:
            if time.monotonic() > until:
                raise OutsideError(
                    f"the temporary release is ready, but {url} cannot be reached from here: "
                    f"{error.strerror or error}\n      = tell the platform how it is: "
                    "`accounts: {test: {temporary: {domain: test.example.com}}}`"
                ) from None
            wait(0.5)
        else:
            return


def variables(config: Config, urls: Mapping[str, Given]) -> dict[str, str]:
    """The variables that tests find the dependencies by."""
    from pipelinegen.containers.need import formatted

    found: dict[str, str] = {}
    for name, given in urls.items():
        said = config.model.dependencies[name]
        if said.env:
            found[said.env] = formatted(given.value, said.format)
    return found
