"""The sample and the service that it depends on, with their stores, in all clusters."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Clone, Docker
from tests.e2e.delivery.place import ACCOUNTS, NAMESPACE, pipelinegen
from tests.lab.docker.cli import DockerError, docker
from tests.lab.docker.registry import Registry
from tests.lab.kubernetes import Cluster, start, wait_until

# The managed database and cache, which every cluster has an own part of.
STORES = {"postgres": ("postgres:15", 5432), "redis": ("redis:7", 6379)}


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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
