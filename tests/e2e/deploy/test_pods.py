"""Probes and limits do in a real cluster what pipeline.yaml says."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from tests.e2e.deploy.service import NAMESPACE, Make, Service, ask
from tests.lab.kubernetes import wait_until

HERE = "eu-a"


@pytest.fixture
def service(make: Make) -> Service:
    made = make("pods")
    made.deployed("good", "--cluster", HERE)
    return made


def status(service: Service) -> Any:
    """The container of the only pod."""
    (pod,) = service.pods(HERE)
    (container,) = pod["status"]["containerStatuses"]
    return container


def test_a_failing_liveness_probe_restarts(service: Service) -> None:
    ask(service.pods(HERE)[0]["status"]["podIP"], "/break")
    wait_until(lambda: status(service)["restartCount"] == 1, told="a restart")
    wait_until(lambda: status(service)["ready"], told="its being ready again")


def test_an_unready_pod_gets_no_traffic(service: Service) -> None:
    cluster = service.clusters[HERE]
    cluster.kubectl("scale", "deployment/pods", "--replicas=2", "-n", NAMESPACE)
    wait_until(lambda: len(service.pods(HERE)) == 2 and len(endpoints(service)) == 2)
    address = cluster.get("service", "pods", "-n", NAMESPACE)["spec"]["clusterIP"]
    wait_until(lambda: len({ask(address, port=80)["HOSTNAME"] for _ in range(20)}) == 2)
    first, second = (pod["status"]["podIP"] for pod in service.pods(HERE))
    ask(first, "/unready")
    wait_until(lambda: endpoints(service) == [second], 20, "one endpoint")
    other = ask(second)["HOSTNAME"]

    def only_the_other() -> bool:
        return {ask(address, port=80)["HOSTNAME"] for _ in range(20)} == {other}

    wait_until(only_the_other, 10, "no traffic for the unready one")


def endpoints(service: Service) -> list[str]:
    """The addresses that the Service sends to."""
    chosen = f"kubernetes.io/service-name={service.name}"
    found = service.clusters[HERE].get("endpointslices", "-n", NAMESPACE, "-l", chosen)
    return [
        endpoint["addresses"][0]
        for part in found["items"]
        for endpoint in part["endpoints"] or []
        if endpoint["conditions"]["ready"]
    ]


def test_a_container_over_its_memory_limit_is_killed(service: Service) -> None:
    with contextlib.suppress(OSError):
        ask(service.pods(HERE)[0]["status"]["podIP"], "/alloc")
    wait_until(lambda: status(service)["restartCount"] == 1, told="a restart")
    ended = status(service)["lastState"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_its_pods_are_of_the_restricted_standard(service: Service) -> None:
    # The namespace refuses all others, with which `world` has labelled it.
    found = service.clusters[HERE].get("namespace", NAMESPACE)
    assert found["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert status(service)["ready"]
