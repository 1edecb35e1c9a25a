"""Dependencies, from the compose file that a team develops with.

https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pipelinegen.detect.found import Data
from pipelinegen.detect.parse import entries, read_yaml, table, words
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
_HOST = re.compile(r"(HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$")
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
    documents = read_yaml(text)
    if documents is None:
        return None, {}, [f"{shown(repo, path)}: not read, since it is not valid YAML"]
    document = table(documents[0]) if documents else {}
    services = {k: table(v) for k, v in table(document.get("services")).items()}
    own = [key for key, service in services.items() if _is_own(repo, path, key, service, name)]
    called = Fact(own[0], shown(repo, path)) if len(own) == 1 else None
    variables = [pair for key in own for pair in _environment(services[key]).items()]
    wanted = {other for key in own for other in _names(services[key].get("depends_on"))}
    if not own and path.parent == repo.folder.resolve():
        # It has only what the service needs while it is run without a container.
        wanted = {key for key, service in services.items() if _type(service) is not None}
    found: dict[str, Fact[Data]] = {}
    notes: list[str] = []
    for key, service in services.items():
        if key in own:
            continue
        dependency = _dependency(key, service, variables, key in wanted)
        if dependency is None:
            continue
        line = re.search(rf"^[ \t]+[\"']?{re.escape(key)}[\"']?:", text, re.MULTILINE)
        number = text.count("\n", 0, line.start()) + 1 if line else 1
        where = f"{shown(repo, path)}:{number}"
        if twin := _twin(found, key, dependency):
            notes.append(f"{where}: `{key}` is left out, since `{twin}` is there already")
        else:
            found[_legal(key)] = Fact(dependency, where)
    silent = [name for name, fact in found.items() if "env" not in fact.value]
    if silent:
        notes.append(
            f"{shown(repo, path)} does not show in which variable the URL of "
            f"{', '.join(silent)} is expected: add `env`, like `env: DATABASE_URL`"
        )
    return called, found, notes


def _twin(found: dict[str, Fact[Data]], key: str, dependency: Data) -> str | None:
    """A dependency of the same name or variable: nodes of one cluster share them."""
    if _legal(key) in found:
        return _legal(key)
    env = dependency.get("env")
    return next((n for n, fact in found.items() if env and fact.value.get("env") == env), None)


def _names(said: object) -> list[str]:
    """`depends_on` is a list, or a map with conditions."""
    listed = said if isinstance(said, list) else list(table(said))
    return [name for name in listed if isinstance(name, str)]


def _is_own(repo: Repo, path: Path, key: str, service: dict[str, Any], name: str) -> bool:
    """Whether a compose service is the service itself: built from, or mounting, its folder."""
    build = service.get("build")
    context = words(build.get("context", ".")) if isinstance(build, dict) else build
    if isinstance(context, str) and "\0" not in context:
        return (path.parent / context).resolve() == repo.folder.resolve()
    for volume in entries(service.get("volumes")):
        source = words(volume).split(":")[0] or words(table(volume).get("source"))
        if source.startswith(".") and "\0" not in source:
            mounted = (path.parent / source).resolve()
            if mounted == repo.folder.resolve() and _type(service) is None:
                return True
    return key == name and _type(service) is None


def _environment(service: dict[str, Any]) -> dict[str, str]:
    said = service.get("environment")
    if isinstance(said, list):
        pairs = (item.partition("=") for item in said if isinstance(item, str))
        return {key: value for key, _, value in pairs}
    scalars = (str, int, float)
    return {key: str(value) for key, value in table(said).items() if isinstance(value, scalars)}


def _type(service: dict[str, Any]) -> str | None:
    return _TYPES.get(_image(service)[0])


def _image(service: dict[str, Any]) -> tuple[str, str]:
    """The last part of the image's name, and its tag."""
    image = words(service.get("image")).split("@")[0]
    last = image.rsplit("/", 1)[-1]
    name, _, tag = last.partition(":")
    return name, tag


def _dependency(
    key: str, service: dict[str, Any], variables: list[tuple[str, str]], wanted: bool
) -> Data | None:
    host = re.compile(rf"(^|[/@,]){re.escape(key)}(:\d+)?([/?,]|$)")
    named = [name for name, value in variables if host.search(value)]
    # DB_HOST takes a host, DATABASE_URL what the tests and the clusters have: a URL.
    urls = [n for n, value in variables if n in named and ("://" in value or n.endswith("_URL"))]
    env = next(iter(urls), None) or next((n for n in named if not _HOST.search(n)), None)
    wanted = wanted or bool(named)
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
    if kind == "http" and words(service.get("image")) and "${" not in service["image"]:
        made["image"] = service["image"]
    if env and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", env):
        made["env"] = env
    return made


def _legal(key: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
    return (name if name[:1].isalpha() else f"dep-{name}")[:40].strip("-")
