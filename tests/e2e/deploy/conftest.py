from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pipelinegen.deploy.access import variable
from tests.e2e.conftest import Docker
from tests.e2e.deploy.service import DEPLOY, EVERY, HEAD, NAMESPACE, PLATFORM, Make, Service
from tests.helpers import write_tree
from tests.lab.helm import helm_binary
from tests.lab.kubernetes import Cluster, start, wait_until


@pytest.fixture(scope="session")
def world(docker_ready: Docker) -> dict[str, Cluster]:
    """All clusters; their namespace takes only pods of the restricted standard."""
    clusters = start(EVERY)
    level = "pod-security.kubernetes.io/enforce"
    metadata = {"name": NAMESPACE, "labels": {level: "restricted"}}
    for cluster in clusters.values():
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    return clusters


@pytest.fixture
def make(world: dict[str, Cluster], docker_ready: Docker, tmp_path: Path) -> Make:
    """Makes a service of the tap; it is removed from all clusters ahead of the test."""

    def service(name: str, body: str = DEPLOY) -> Service:
        registry = docker_ready.registry.host
        folder = tmp_path / f"the {name}"
        write_tree(
            folder,
            {
                "Dockerfile": "FROM python:3.11-slim AS test\n",
                "platform.yaml": PLATFORM.format(registry=registry),
                "pipeline.yaml": HEAD.format(name=name, registry=registry) + body,
            },
        )
        path = f"{helm_binary().parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "KUBECONFIG": "/nowhere"}
        environment.pop("PIPELINEGEN_BUILD", None)
        environment |= {variable(each): str(c.kubeconfig) for each, c in world.items()}
        made = Service(name, folder, world, environment)
        said = made.run("generate")
        assert said.code == 0, said.err
        for cluster in world.values():
            remove(cluster, name)
        return made

    return service


def remove(cluster: Cluster, name: str) -> None:
    """Nothing of a service is left of an earlier run of the tests."""
    where = [f"--kubeconfig={cluster.kubeconfig}", f"--kube-context={cluster.context}"]
    command = [str(helm_binary()), "uninstall", name, "-n", NAMESPACE, "--ignore-not-found"]
    subprocess.run([*command, *where, "--wait"], check=True, capture_output=True)
    lease = ["delete", "lease", f"pipelinegen-{name}", "-n", NAMESPACE, "--ignore-not-found"]
    cluster.kubectl(*lease)
    # Pods go a while after what has made them.
    pods = ["pods", "-n", NAMESPACE, "-l", f"app.kubernetes.io/instance={name}"]
    wait_until(lambda: not (cluster.get(*pods) or {}).get("items"), told=f"no pods of {name}")
