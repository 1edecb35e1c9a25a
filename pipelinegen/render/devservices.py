"""A service's dependencies as containers beside its dev container.

Only what one well-known image provides ready to use; for the others a test starts its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipelinegen.config.service import Dependency


@dataclass(frozen=True)
class DevService:
    """One kind of dependency.

    Args:
        image: its official image and the version where the service names none.
        port: where it listens.
        url: its URL, with ``{host}`` in it.
        healthy: a shell command that succeeds when it takes connections from outside.
        env: what the image is told. A name and password that are known to all are no secret: the
            container is reached from the dev container alone.
    """

    image: str
    version: str
    port: int
    url: str
    healthy: str
    env: dict[str, str] = field(default_factory=dict)


# The images' documentation: https://hub.docker.com/_/postgres and so on. The checks go through the
# network: while an image prepares its data, its server is there on a local socket already.
_KNOWN = {
    "postgres": DevService(
        "postgres",
        "17",
        5432,
        "postgresql://app:app@{host}:5432/app",
        "pg_isready -h 127.0.0.1 -U app",
        {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": "app", "POSTGRES_DB": "app"},
    ),
    "mysql": DevService(
        "mysql",
        "8.4",
        3306,
        "mysql://app:app@{host}:3306/app",
        "mysqladmin ping -h 127.0.0.1 -u app -papp",
        {
            "MYSQL_USER": "app",
            "MYSQL_PASSWORD": "app",
            "MYSQL_DATABASE": "app",
            "MYSQL_RANDOM_ROOT_PASSWORD": "yes",
        },
    ),
    "mariadb": DevService(
        "mariadb",
        "11.4",
        3306,
        "mysql://app:app@{host}:3306/app",
        "mariadb-admin ping -h 127.0.0.1 -u app -papp",
        {
            "MARIADB_USER": "app",
            "MARIADB_PASSWORD": "app",
            "MARIADB_DATABASE": "app",
            "MARIADB_RANDOM_ROOT_PASSWORD": "yes",
        },
    ),
    "redis": DevService(
        "redis", "7", 6379, "redis://{host}:6379/0", "redis-cli ping | grep -q PONG"
    ),
    "rabbitmq": DevService(
        "rabbitmq",
        "4",
        5672,
        "amqp://app:app@{host}:5672/",
        "rabbitmq-diagnostics -q check_port_connectivity",
        {"RABBITMQ_DEFAULT_USER": "app", "RABBITMQ_DEFAULT_PASS": "app"},
    ),
    "mongodb": DevService(
        "mongo",
        "8.0",
        27017,
        "mongodb://{host}:27017/app",
        "mongosh --quiet --eval 'quit(db.runCommand({ping: 1}).ok ? 0 : 1)'",
    ),
}


def known(dependency: Dependency) -> DevService | None:
    """How a dependency is started; None: a test that needs it starts its own."""
    return _KNOWN.get(dependency.type)


def compose(dependency: Dependency, service: DevService) -> dict[str, Any]:
    """A dependency as a service of a compose file."""
    made: dict[str, Any] = {
        "image": dependency.image or f"{service.image}:{dependency.version or service.version}"
    }
    if service.env:
        made["environment"] = service.env
    made["healthcheck"] = {
        "test": ["CMD-SHELL", service.healthy],
        "interval": "2s",
        "timeout": "5s",
        "retries": 60,
    }
    return made
