"""A cluster is real where tests lean on it, stands being killed, and leaves nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.lab.docker.cli import docker, start_daemon
from tests.lab.docker.images import prepare
from tests.lab.docker.registry import start_registry
from tests.lab.helm import kubectl_binary
from tests.lab.kubernetes import Cluster, start, stop, wait_until
from tests.lab.kubernetes.cluster import COMPONENTS
from tests.lab.kubernetes.programs import CommandError

pytestmark = pytest.mark.e2e
# Of their own, so that no cluster that others use is stopped.
HERE, THERE = "spare", "spare-us"
PYTHON = "python:3.11-slim"
SERVE = "cd /tmp && echo ok >alive && echo $HOSTNAME >name && exec python -u -m http.server 8080"
HOG = ["python", "-c", "b'x' * (300 << 20)"]
NEVER = {"restartPolicy": "Never"}
CNI = Path("/var/lib/cni/results")

# What the API server says to a client with that kubeconfig: with Python alone, as in a container.
ASK = """
import base64, json, ssl, sys, urllib.request
known = json.load(open(sys.argv[1]))
cluster, user = known["clusters"][0]["cluster"], known["users"][0]["user"]
decoded = lambda text: base64.b64decode(text).decode()
context = ssl.create_default_context(cadata=decoded(cluster["certificate-authority-data"]))
pair = [user["client-certificate-data"], user["client-key-data"]]
open("/tmp/pair", "w").write("".join(map(decoded, pair)))
context.load_cert_chain("/tmp/pair")
with urllib.request.urlopen(cluster["server"] + "/api/v1/nodes", context=context) as answer:
    print(json.load(answer)["items"][0]["metadata"]["name"])
"""


@pytest.fixture(scope="module")
def image() -> str:
    """An image of the machine's registry, by its digest."""
    start_daemon()
    for _ in prepare(["registry:2", PYTHON]):
        pass
    registry = start_registry()
    name = f"{registry.host}/lab/python"
    docker("tag", PYTHON, f"{name}:1")
    docker("push", "--quiet", f"{name}:1")
    docker("rmi", f"{name}:1")
    return f"{name}@{registry.digest('lab/python', '1')}"


@pytest.fixture(scope="module")
def clusters() -> Iterator[Mapping[str, Cluster]]:
    stop([HERE, THERE])
    try:
        yield start([HERE, THERE])
    finally:
        stop([HERE, THERE])


@pytest.fixture
def cluster(clusters: Mapping[str, Cluster]) -> Cluster:
    return clusters[HERE]


def pod(name: str, image: str, command: list[str], spec: Any = (), **more: object) -> object:
    container = {"name": "main", "image": image, "command": command, **more}
    labels = {"name": name, "labels": {"app": name}}
    whole = {"containers": [container], "terminationGracePeriodSeconds": 0, **dict(spec)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": labels, "spec": whole}


def service(name: str) -> object:
    spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def server(name: str, image: str) -> object:
    """A pod that serves its name, and lives as long as it has a certain file."""
    probe = {"httpGet": {"path": "/alive", "port": 8080}, "periodSeconds": 1}
    once = {**probe, "failureThreshold": 1}
    command = ["sh", "-c", SERVE]
    return pod(name, image, command, livenessProbe=once, readinessProbe=probe)


def status(cluster: Cluster, name: str) -> Any:
    """A pod's container's; nothing as long as there is none."""
    found = cluster.get("pod", name)["status"].get("containerStatuses")
    return found[0] if found else {}


def ready(cluster: Cluster, *names: str) -> None:
    def all_are() -> bool:
        return all(status(cluster, name).get("ready") for name in names)

    wait_until(all_are, told=f"{' and '.join(names)} ready")


def read(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/name", timeout=5) as answer:
        return str(answer.read().decode().strip())


def numbers(cluster: Cluster) -> dict[str, str]:
    folder = cluster.folder / "processes"
    return {name: (folder / f"{name}.pid").read_text() for name in COMPONENTS}


def test_the_node_says_where_it_is(clusters: Mapping[str, Cluster]) -> None:
    (here,), (there,) = (clusters[name].get("nodes")["items"] for name in (HERE, THERE))
    place = "topology.kubernetes.io"
    assert here["metadata"]["labels"][f"{place}/region"] == clusters[HERE].region == "eu-west-1"
    assert there["metadata"]["labels"][f"{place}/region"] == clusters[THERE].region == "us-east-1"
    assert there["metadata"]["labels"][f"{place}/zone"].startswith("us-east-1")


def test_a_second_start_leaves_what_runs(cluster: Cluster) -> None:
    before = numbers(cluster)
    start([HERE])
    assert numbers(cluster) == before


def test_pods_of_an_image_by_digest_find_each_other_by_name(cluster: Cluster, image: str) -> None:
    assert "@sha256:" in image
    cluster.apply(*(make for name in ("one", "two") for make in (server(name, image),)))
    cluster.apply(service("one"), service("two"))
    ready(cluster, "one", "two")

    def asked(name: str, host: str) -> str:
        get = f"import urllib.request as u; print(u.urlopen('http://{host}/name').read().decode())"
        return cluster.kubectl("exec", name, "--", "python", "-c", get, check=False).strip()

    # The proxy learns of a pod a moment after its being ready.
    wait_until(lambda: asked("one", "two") == "two", told="two by its name")
    whole = "one.default.svc.cluster.local"
    wait_until(lambda: asked("two", whole) == "one", told="one by its whole name")
    address = cluster.get("service", "one")["spec"]["clusterIP"]
    assert read(address) == "one", "the machine reaches a Service"
    assert read(f"{cluster.get('pod', 'one')['status']['podIP']}:8080") == "one", "and a pod"
    assert "GET /alive" in cluster.kubectl("logs", "one")


def test_a_port_of_a_pod_is_forwarded(cluster: Cluster, image: str) -> None:
    cluster.apply(server("far", image))
    ready(cluster, "far")
    where = [str(kubectl_binary()), f"--kubeconfig={cluster.kubeconfig}", "port-forward"]
    command = [*where, "pod/far", ":8080"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            # Forwarding from 127.0.0.1:40123 -> 8080
            line = process.stdout.readline()
            assert read(line.split()[2]) == "far"
        finally:
            process.kill()


def test_a_failing_liveness_probe_restarts(cluster: Cluster, image: str) -> None:
    cluster.apply(server("sick", image))
    ready(cluster, "sick")
    cluster.kubectl("exec", "sick", "--", "rm", "/tmp/alive")
    wait_until(lambda: status(cluster, "sick")["restartCount"] == 1, told="a restart")
    ready(cluster, "sick")
    events = cluster.get("events", "--field-selector=involvedObject.name=sick")["items"]
    assert {"Unhealthy", "Killing"} <= {event["reason"] for event in events}


def test_more_memory_than_the_limit_is_killed(cluster: Cluster, image: str) -> None:
    cluster.apply(pod("hog", image, HOG, NEVER, resources={"limits": {"memory": "64Mi"}}))
    wait_until(lambda: "terminated" in status(cluster, "hog").get("state", {}), told="its end")
    ended = status(cluster, "hog")["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def refusal(cluster: Cluster, namespace: str, made: Any) -> str:
    made["metadata"]["namespace"] = namespace
    # Its controller gives a new namespace an account first.
    account = ["serviceaccount", "default", "-n", namespace]
    wait_until(lambda: cluster.get(*account), told="its account")
    with pytest.raises(CommandError) as refused:
        cluster.apply(made)
    return str(refused.value)


def test_what_a_namespace_forbids_is_refused(cluster: Cluster, image: str) -> None:
    enforce = {"pod-security.kubernetes.io/enforce": "restricted"}
    for name, labels in {"strict": enforce, "full": {}}.items():
        metadata = {"name": name, "labels": labels}
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"pods": "0"}}}
    cluster.apply({**quota, "metadata": {"name": "none", "namespace": "full"}})
    counted = ["quota", "none", "-n", "full"]
    wait_until(lambda: "hard" in cluster.get(*counted).get("status", {}), told="its count")
    privileged = pod("proud", image, HOG, NEVER, securityContext={"privileged": True})
    assert 'violates PodSecurity "restricted:latest"' in refusal(cluster, "strict", privileged)
    assert "exceeded quota: none" in refusal(cluster, "full", pod("many", image, HOG, NEVER))


def test_a_container_of_docker_reaches_it_as_any_user(cluster: Cluster, image: str) -> None:
    known = f"{cluster.kubeconfig}:/kubeconfig:ro"
    command = ["run", "--rm", "--user", "12345:12345", "--volume", known, PYTHON]
    assert docker(*command, "python", "-c", ASK, "/kubeconfig", timeout=60) == cluster.node.name


def test_without_its_api_server_the_pods_go_on(cluster: Cluster, image: str) -> None:
    cluster.apply(server("lasting", image))
    ready(cluster, "lasting")
    address = f"{cluster.get('pod', 'lasting')['status']['podIP']}:8080"
    cluster.stop_api()
    with pytest.raises(CommandError, match="refused"):
        cluster.get("pods")
    assert read(address) == "lasting"
    cluster.start_api()
    assert status(cluster, "lasting")["restartCount"] == 0
    assert all(cluster.processes.running(name) for name in COMPONENTS)


def kill(cluster: Cluster) -> None:
    for text in numbers(cluster).values():
        os.kill(int(text.split()[0]), signal.SIGKILL)


def test_all_of_it_killed_it_comes_back(cluster: Cluster, image: str) -> None:
    cluster.apply(server("patient", image))
    ready(cluster, "patient")
    kill(cluster)
    start([HERE])
    assert status(cluster, "patient")["restartCount"] == 0
    cluster.apply(server("later", image))
    ready(cluster, "later")


def left(cluster: Cluster) -> list[str]:
    """What there still is of the cluster."""
    marks = (f"{cluster.folder}/", f"{cluster.network.namespace}/")
    found = [
        line
        for line in Path("/proc/mounts").read_text().splitlines()
        if any(mark in line for mark in marks)
    ]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:
            continue
        found += [command] if any(mark in command for mark in marks) else []
    name = cluster.network.namespace
    places = [cluster.folder, Path("/run") / name, Path("/run/netns") / name]
    places += [Path("/sys/class/net") / cluster.network.link]
    places += Path("/sys/fs/cgroup").glob(f"*/{name}")
    found += [str(path) for path in places if path.exists()]
    routes = subprocess.run(["ip", "route"], check=True, capture_output=True, text=True).stdout
    return found + [line for line in routes.splitlines() if cluster.network.link in line]


def notes(cluster: Cluster) -> dict[Path, str]:
    """What CNI has noted of the cluster's pods of a certain name."""
    found = {path: path.read_text() for path in CNI.glob("pods-*")}
    mark = f'"{cluster.name}-last"'
    return {path: text for path, text in found.items() if mark in text}


def test_killed_or_not_it_leaves_nothing(clusters: Mapping[str, Cluster], image: str) -> None:
    noted: dict[Path, str] = {}
    for name, cluster in clusters.items():
        cluster.apply(server(f"{name}-last", image))
        ready(cluster, f"{name}-last")
        assert left(cluster), "there is something to be seen"
        noted |= notes(cluster)
    spaces = [
        path for text in noted.values() for path in re.findall(r"/run/netns/cni-[\w-]+", text)
    ]
    assert len(noted) == len(spaces) == 2
    kill(clusters[HERE])
    stop([HERE, THERE])
    assert [left(cluster) for cluster in clusters.values()] == [[], []]
    assert [path for path in (*noted, *map(Path, spaces)) if path.exists()] == []
