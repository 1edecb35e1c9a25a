"""The whole way of a change of the sample service: from its commit to four production clusters.

Jenkins' stand-in runs the generated Jenkinsfile; the clusters, helm, kubectl, the registry and the
containers are real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelinegen.deploy.access import variable
from tests.e2e.conftest import CREDENTIALS, Clone, Docker, Start, leftovers
from tests.e2e.test_pipelines import LABEL, assert_green, counted
from tests.lab.docker.cli import DockerError, docker
from tests.lab.docker.registry import Registry
from tests.lab.helm import helm_binary
from tests.lab.kubernetes import Cluster, start, wait_until

ACCOUNTS = {
    "test-eu": "test",
    "stage-eu": "stage",
    **dict.fromkeys(("eu-a", "eu-b", "us-a", "us-b"), "production"),
}
NAMESPACE = "shop"
# The managed database and cache, which every cluster has an own part of.
STORES = {"postgres": ("postgres:15", 5432), "redis": ("redis:7", 6379)}
GATE = "Deploy orders to production?"


@pytest.fixture(scope="module")
def stores(docker_ready: Docker) -> Iterator[dict[str, int]]:
    """The ports of a Postgres and a Redis beside the clusters."""
    ports: dict[str, int] = {}
    for name, (image, port) in STORES.items():
        docker_name = f"pipelinegen-e2e-{name}"
        subprocess.run(["docker", "rm", "-fv", docker_name], capture_output=True, check=False)
        given = ["-e", "POSTGRES_USER=app", "-e", "POSTGRES_PASSWORD=app"]
        docker("run", "-d", "--name", docker_name, "-p", str(port), *given, image)
        ports[name] = int(docker("port", docker_name, str(port)).splitlines()[0].split(":")[-1])
    yield ports
    for name in STORES:
        docker("rm", "-fv", f"pipelinegen-e2e-{name}")


@pytest.fixture(scope="module")
def world(stores: dict[str, int]) -> dict[str, Cluster]:
    """The clusters, with the Secrets that the services' owner has put there."""
    clusters = start(list(ACCOUNTS))
    for name, cluster in clusters.items():
        database = name.replace("-", "_")
        wait_until(lambda database=database: _database(database), told="a database")
        metadata: dict[str, Any] = {"name": NAMESPACE}
        metadata["labels"] = {"pod-security.kubernetes.io/enforce": "restricted"}
        machine = cluster.network.machine
        urls = {
            "orders-db": f"postgresql://app:app@{machine}:{stores['postgres']}/{database}",
            "catalog-cache": f"redis://{machine}:{stores['redis']}/0",
        }
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        for secret, url in urls.items():
            where = {"name": secret, "namespace": NAMESPACE}
            cluster.apply(
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": where,
                    "stringData": {"url": url},
                }
            )
    return clusters


def _database(name: str) -> bool:
    """Whether there is an empty one now."""
    psql = ["exec", "pipelinegen-e2e-postgres", "psql", "-U", "app", "-h", "127.0.0.1", "-c"]
    try:
        docker(*psql, f'CREATE DATABASE "{name}"')
    except DockerError as error:
        return "already exists" in str(error)
    return True


def pipelinegen(folder: Path, world: dict[str, Cluster], *arguments: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelinegen", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{helm_binary().parent}{os.pathsep}{os.environ['PATH']}",
            **{variable(name): str(cluster.kubeconfig) for name, cluster in world.items()},
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture
def catalog_deployed(
    catalog: str, clone: Clone, registry: Registry, world: dict[str, Cluster]
) -> None:
    """The service that the sample depends on runs in all clusters."""
    folder, sample = clone("catalog"), clone("sample-service")
    (folder / "platform.yaml").write_text((sample / "platform.yaml").read_text("utf-8"), "utf-8")
    pipelinegen(folder, world, "generate")
    digest = registry.digest("shop/catalog", "latest")
    for account in dict.fromkeys(ACCOUNTS.values()):
        pipelinegen(folder, world, "deploy", "--account", account, "--image", str(digest))


def environment(cluster: Cluster) -> list[dict[str, str]]:
    """What the processes of the ready pods of the sample have in their environment."""
    pods = cluster.get("pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/instance=orders")["items"]
    found: list[dict[str, str]] = []
    for pod in pods:
        statuses = pod["status"].get("containerStatuses", [])
        if "deletionTimestamp" in pod["metadata"] or not all(each["ready"] for each in statuses):
            continue
        script = "import json, os; print(json.dumps(dict(os.environ)))"
        name = pod["metadata"]["name"]
        text = cluster.kubectl("exec", "-n", NAMESPACE, name, "--", "python", "-c", script)
        found.append(json.loads(text))
    return found


@pytest.mark.usefixtures("catalog_deployed", "as_root")
@pytest.mark.timeout(1200)
def test_a_change_comes_from_its_commit_to_production(
    jenkins: Start, clone: Clone, world: dict[str, Cluster]
) -> None:
    kubeconfigs = {
        f"kubeconfig-{name}": {"file": True, "text": cluster.kubeconfig.read_text("utf-8")}
        for name, cluster in world.items()
    }
    repository = clone("sample-service", uid=12345)
    build = jenkins(12345, credentials={**CREDENTIALS, **kubeconfigs}).run(
        repository, answers={GATE: "proceed"}
    )
    assert_green(build)
    assert counted(build)["System tests"] == {"passed": 5}
    # Its temporary release is gone, and what it printed is kept.
    test = world["test-eu"]
    assert test.get("secrets", "-n", NAMESPACE, "-l", "pipelinegen/temporary=true") is None
    assert any("reports/temporary/orders-t-" in name for name in build.artifacts)
    for name, cluster in world.items():
        found = environment(cluster)
        american, account = name.startswith("us"), ACCOUNTS[name]
        assert len(found) == {"production": 4 if american else 2}.get(account, 1)
        assert {each["LOG_LEVEL"] for each in found} == {"warning" if american else "info"}
        assert {each.get("CURRENCY") for each in found} == {"USD" if american else None}
        assert {(each["CLUSTER"], each["ACCOUNT"]) for each in found} == {(name, account)}
    status = json.loads(pipelinegen(repository, world, "status", "--format", "json"))
    assert {(each["state"], each["verified"]) for each in status} == {("deployed", True)}
    assert len({each["digest"] for each in status}) == 1
    assert len({each["version"] for each in status}) == 1
    assert [each["drift"] for each in status] == [[]] * 6
    (label,) = {each["version"] for each in status}
    assert leftovers(f"{LABEL}={label}") == {}
