"""Dependencies, from the compose file that a team develops with.

https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from pipelinegen.detect.found import Data
from pipelinegen.detect.repo import Fact, Repo, above, read, shown

FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
# The last part of an image's name, and what it is.
_TYPES = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "postgis": "postgres",
    "timescaledb": "postgres",
    "mysql": "mysql",
    "mysql-server": "mysql",
    "mariadb": "mariadb",
    "redis": "redis",
    "valkey": "redis",
    "rabbitmq": "rabbitmq",
    "kafka": "kafka",
    "cp-kafka": "kafka",
    "kafka-native": "kafka",
    "redpanda": "kafka",
    "mongo": "mongodb",
    "mongodb": "mongodb",
    "minio": "s3",
    "localstack": "aws",
}
# What a development set-up has beside its dependencies.
_HELPERS = re.compile(
    r"adminer|pgadmin|mailhog|mailpit|zookeeper|jaeger|grafana|prometheus|traefik"
)


def look(repo: Repo, name: str) -> tuple[Fact[str] | None, dict[str, Fact[Data]], list[str]]:
    """The dependencies of one service.

    Args:
        repo: the service's folder; its compose file may be further up.
        name: the service's name.

    Returns:
        What the service is called there, its dependencies by name as pipeline.yaml has them, and
        notes.
    """
    path = above(repo, *FILES)
    if path is None:
        return None, {}, []
    text = read(path) or ""
    try:
        services = (yaml.safe_load(text) or {}).get("services") or {}
    except (yaml.YAMLError, AttributeError):
        return None, {}, [f"{shown(repo, path)}: not read, since it is not valid YAML"]
    services = {str(k): v for k, v in services.items() if isinstance(v, dict)}
    own = [key for key, service in services.items() if _is_own(repo, path, key, service, name)]
    called = Fact(own[0], shown(repo, path)) if len(own) == 1 else None
    variables = [pair for key in own for pair in _environment(services[key]).items()]
    wanted = {other for key in own for other in services[key].get("depends_on") or []}
    found: dict[str, Fact[Data]] = {}
    for key, service in services.items():
        if key in own:
            continue
        dependency = _dependency(key, service, variables, key in wanted or not own)
        if dependency is not None:
            line = re.search(rf"^\s+[\"']?{re.escape(key)}[\"']?:", text, re.MULTILINE)
            number = text.count("\n", 0, line.start()) + 1 if line else 1
            found[_legal(key)] = Fact(dependency, f"{shown(repo, path)}:{number}")
    return called, found, []


def _is_own(repo: Repo, path: Path, key: str, service: dict[str, Any], name: str) -> bool:
    """Whether a compose service is the service itself: built from, or mounting, its folder."""
    build = service.get("build")
    context = build.get("context", ".") if isinstance(build, dict) else build
    if isinstance(context, str):
        return (path.parent / context).resolve() == repo.folder.resolve()
    for volume in service.get("volumes") or []:
        source = volume.get("source") if isinstance(volume, dict) else str(volume).split(":")[0]
        if isinstance(source, str) and source.startswith("."):
            mounted = (path.parent / source).resolve()
            if mounted == repo.folder.resolve() and _type(service) is None:
                return True
    return key == name and _type(service) is None


def _environment(service: dict[str, Any]) -> dict[str, str]:
    said = service.get("environment") or {}
    if isinstance(said, list):
        pairs = (str(item).partition("=") for item in said)
        return {key: value for key, _, value in pairs}
    return {str(key): str(value) for key, value in said.items()}


def _type(service: dict[str, Any]) -> str | None:
    return _TYPES.get(_image(service)[0])


def _image(service: dict[str, Any]) -> tuple[str, str]:
    """The last part of the image's name, and its tag."""
    image = str(service.get("image") or "").split("@")[0]
    last = image.rsplit("/", 1)[-1]
    name, _, tag = last.partition(":")
    return name, tag


def _dependency(
    key: str, service: dict[str, Any], variables: list[tuple[str, str]], wanted: bool
) -> Data | None:
    host = re.compile(rf"(^|[/@,]){re.escape(key)}(:\d+)?([/?,]|$)")
    env = next((name for name, value in variables if host.search(value)), None)
    kind = _type(service)
    name, tag = _image(service)
    if not (env or wanted):
        return None
    if kind is None:
        if _HELPERS.search(f"{key} {name}"):
            return None
        kind = "service" if name == key or "build" in service else "http"
    made: Data = {"type": kind}
    version = re.match(r"v?(\d+(?:\.\d+)*)", tag)
    if kind not in ("service", "http") and version:
        made["version"] = version.group(1)
    if kind == "http" and service.get("image"):
        made["image"] = str(service["image"])
    if env and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", env):
        made["env"] = env
    return made


def _legal(key: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
    return (name if name[:1].isalpha() else f"dep-{name}")[:40].rstrip("-")
