"""Leaves out, with a note, whatever `validate` would refuse: what was found is other people's text.

It asks the models themselves, so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from pipelinegen.config.dependency import Dependency
from pipelinegen.config.deploy import DEFAULTS, EnvValue, Probe, Resources, SecretRef
from pipelinegen.config.names import Command, EnvName, RepoPath, StageTarget, UrlPath
from pipelinegen.config.quantities import quantity
from pipelinegen.detect.found import Data, Found
from pipelinegen.detect.repo import Fact
from pipelinegen.errors import PipelinegenError

T = TypeVar("T")

_FOLDER: TypeAdapter[Any] = TypeAdapter(RepoPath)
_COMMAND: TypeAdapter[Any] = TypeAdapter(Command)
_NAME: TypeAdapter[Any] = TypeAdapter(EnvName)
_VALUE: TypeAdapter[Any] = TypeAdapter(EnvValue)
_SECRET: TypeAdapter[Any] = TypeAdapter(SecretRef)
_PROBE: TypeAdapter[Any] = TypeAdapter(Probe)
_RESOURCES: TypeAdapter[Any] = TypeAdapter(Resources)
_DEPENDENCY: TypeAdapter[Any] = TypeAdapter(Dependency)
_TARGET: TypeAdapter[Any] = TypeAdapter(StageTarget)
_PATH: TypeAdapter[Any] = TypeAdapter(UrlPath)


def settle(found: Found) -> None:
    """Bring ``found`` to what pipeline.yaml can say.

    Raises:
        PipelinegenError: the folder's name cannot stand in a Jenkinsfile.
    """
    if found.path and _refused(_FOLDER, found.path):
        raise PipelinegenError(
            f"{found.folder}: the folder's name holds a character that a shell would read\n"
            "      = rename it: letters, digits, spaces and `._-` are fine"
        )
    ecosystem = found.ecosystem
    found.notes += _keep(found.dependencies, "dependency", _DEPENDENCY)
    found.notes += _keep(found.secrets, "secret", _SECRET, _NAME)
    found.notes += _keep(found.env, "variable", _VALUE, _NAME)
    found.notes += _keep(found.health, "probe", _PROBE)
    _variables(found)
    _resources(found)
    for name, probe in found.health.items():
        if name != "readiness" and probe.value.get("successThreshold", 1) != 1:
            del probe.value["successThreshold"]
    for attribute, adapter in (
        ("resources", _RESOURCES),
        ("test_target", _TARGET),
        ("image_target", _TARGET),
        ("metrics", _PATH),
    ):
        fact: Fact[Any] | None = getattr(found, attribute)
        if fact is not None and (why := _refused(adapter, fact.value)):
            found.notes.append(f"{fact.because}: {attribute.replace('_', ' ')} left out: {why}")
            setattr(found, attribute, None)
    for attribute in ("lint", "build"):
        fact = getattr(ecosystem, attribute)
        if fact is not None and (why := _refused(_COMMAND, fact.value)):
            found.notes.append(f"{fact.because}: {attribute} left out: {why}")
            setattr(ecosystem, attribute, None)
    if found.replicas and found.replicas.value < 0:
        found.replicas = None
    if found.port and not 0 < found.port.value < 65536:
        found.notes.append(f"{found.port.because}: {found.port.value} is no port")
        found.port = None
    if found.health or found.metrics:
        # A probe or metrics are answered on a port, whatever the source looks like.
        ecosystem.web = True


def _refused(adapter: TypeAdapter[Any], value: object) -> str:
    """Why it is not allowed; empty where it is."""
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return str(error.errors(include_url=False, include_context=False)[0]["msg"])
    return ""


def _keep(
    facts: dict[str, Fact[T]],
    kind: str,
    adapter: TypeAdapter[Any],
    names: TypeAdapter[Any] | None = None,
) -> list[str]:
    """Remove what is not allowed; the notes that say so."""
    notes = []
    for name, fact in list(facts.items()):
        why = (names and _refused(names, name)) or _refused(adapter, fact.value)
        if why:
            notes.append(f"{fact.because}: the {kind} `{name}` is left out: {why}")
            del facts[name]
    return notes


def _variables(found: Found) -> None:
    """A variable has one source; a dependency's URL is the dependency's."""
    for name in found.secrets:
        found.env.pop(name, None)
    for dependency in found.dependencies.values():
        env = dependency.value.get("env")
        found.env.pop(str(env), None)
        secret = found.secrets.pop(str(env), None)
        if secret is not None:
            dependency.value["secret"] = secret.value


def _resources(found: Found) -> None:
    """What Kubernetes does where only one of request and limit is set, in place of the defaults."""
    if found.resources is None or _refused(_RESOURCES, found.resources.value):
        return
    said = found.resources.value
    requests: Data = said.get("requests", {})
    limits: Data = said.get("limits", {})
    for name in ("cpu", "memory"):
        if name in limits and name not in requests and _under(limits[name], "requests", name):
            requests[name] = limits[name]
        if name in requests and name not in limits and _over(requests[name], "limits", name):
            limits[name] = None  # none is set today
        if limits.get(name) and name in requests:
            asked, most = quantity(requests[name]), quantity(limits[name])
            if asked > most:
                requests[name] = limits[name]
    found.resources = Fact(
        {k: v for k, v in (("requests", requests), ("limits", limits)) if v},
        found.resources.because,
    )


def _default(kind: str, name: str) -> str | None:
    amounts: Mapping[str, Mapping[str, str]] = DEFAULTS["resources"]
    return amounts[kind].get(name)


def _under(amount: str, kind: str, name: str) -> bool:
    default = _default(kind, name)
    return default is not None and quantity(amount) < quantity(default)


def _over(amount: str, kind: str, name: str) -> bool:
    default = _default(kind, name)
    return default is not None and quantity(amount) > quantity(default)
