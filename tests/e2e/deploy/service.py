"""A service whose behaviour its image decides, and what the clusters say of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.lab.docker.cli import docker
from tests.lab.kubernetes import Cluster

TAP = Path(__file__).with_name("tap")
REPOSITORY = "lab/tap"
PRODUCTION = ("eu-a", "eu-b", "us-a", "us-b")
EVERY = ("test-eu", "stage-eu", *PRODUCTION)
NAMESPACE = "lab"
SECONDS = 240
# What a deployment may write, and what an observer of a dry run looks at.
KINDS = "deployments,replicasets,pods,services,serviceaccounts,secrets,configmaps,leases,pdb"

PLATFORM = """
apiVersion: pipelinegen/v1
registry: {{url: {registry}/lab}}
regions: {{eu-west-1: {{}}, us-east-1: {{}}}}
accounts:
  test: {{clusters: {{test-eu: {{region: eu-west-1}}}}}}
  stage: {{clusters: {{stage-eu: {{region: eu-west-1}}}}}}
  production:
    clusters:
      eu-a: {{region: eu-west-1}}
      eu-b: {{region: eu-west-1}}
      us-a: {{region: us-east-1}}
      us-b: {{region: us-east-1}}
"""
HEAD = """
apiVersion: pipelinegen/v1
service: {{name: {name}, team: lab}}
platform: platform.yaml
build: {{image: {{repository: {registry}/lab/tap}}}}
port: 8080
"""
DEPLOY = """
deploy:
  replicas: 1
  readyMinutes: 1
  env: {LOG_LEVEL: info}
  resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 96Mi}}
  health:
    liveness: {path: /healthz, periodSeconds: 1, failureThreshold: 2}
    readiness: {path: /readyz, periodSeconds: 1, failureThreshold: 1}
"""


@dataclass
class Said:
    """What a command has said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Service:
    """A service's folder, and the clusters that it goes to.

    Args:
        name: its name.
        folder: with its files.
        clusters: by name.
        environment: for its commands.
    """

    name: str
    folder: Path
    clusters: Mapping[str, Cluster]
    environment: Mapping[str, str]

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Said:
        """What a command of pipelinegen does."""
        process = self.begin(*arguments, env=env)
        out, err = process.communicate(timeout=SECONDS)
        return Said(process.returncode, out, err)

    def begin(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """A command of pipelinegen, begun."""
        return subprocess.Popen(
            [sys.executable, "-m", "pipelinegen", *arguments],
            cwd=self.folder,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As if a terminal's Ctrl-C could be pressed: pytest itself may be without.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def deploy(self, mode: str, *more: str) -> Said:
        """Deploy the image of a mode to production."""
        return self.run(
            "deploy", "--account", "production", "--image", image(mode), "--version", mode, *more
        )

    def deployed(self, mode: str, *more: str) -> Said:
        """That, and it has to go well."""
        said = self.deploy(mode, *more)
        assert said.code == 0, said.err + said.out
        return said

    def pods(self, cluster: str, release: str | None = None) -> list[Any]:
        """Its pods that are not about to end."""
        chosen = f"app.kubernetes.io/instance={release or self.name}"
        found = self.clusters[cluster].get("pods", "-n", NAMESPACE, "-l", chosen)
        items = found["items"] if found else []
        return [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]

    def seen(self, cluster: str, release: str | None = None) -> list[Any]:
        """What each of its pods says of itself."""
        return [ask(pod["status"]["podIP"]) for pod in self.pods(cluster, release)]

    def modes(self) -> dict[str, set[str]]:
        """What runs where."""
        return {name: {each["mode"] for each in self.seen(name)} for name in PRODUCTION}

    def versions(self) -> dict[str, str]:
        """The version of every object of the namespace, in all clusters."""
        found: dict[str, str] = {}
        for name, cluster in self.clusters.items():
            listed = cluster.get(KINDS, "-n", NAMESPACE)
            for item in listed["items"] if listed else []:
                key = f"{name}/{item['kind']}/{item['metadata']['name']}"
                found[key] = item["metadata"]["resourceVersion"]
        return found


def ask(address: str, path: str = "/", port: int = 8080) -> Any:
    """What a pod or Service answers, whatever its status."""
    try:
        with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


@cache
def image(mode: str) -> str:
    """The digest of the tap in a mode, in the registry."""
    name = f"localhost:5000/{REPOSITORY}:{mode}"
    docker("build", "--quiet", "--build-arg", f"MODE={mode}", "-t", name, str(TAP))
    docker("push", "--quiet", name)
    digests: list[str] = json.loads(docker("inspect", "--format", "{{json .RepoDigests}}", name))
    return next(each.partition("@")[2] for each in digests if REPOSITORY in each)


Make = Callable[..., Service]
