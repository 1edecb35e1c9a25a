"""The files that `init` writes: a short pipeline.yaml, and a Dockerfile where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pipelinegen.detect.found import Command, Ecosystem, Found
from pipelinegen.detect.parse import read_yaml, table
from pipelinegen.detect.repo import Fact, read
from pipelinegen.render.quoting import yaml
from pipelinegen.render.templates import render
from pipelinegen.render.yamltext import inline

SCHEMA_LINE = "# yaml-language-server: $schema=.pipelinegen/pipeline.schema.json"
NO_TEAM = "my-team"
_COMMENT_COLUMN = 44
_LONG = 60
# Where a repository's own dev container may be (https://containers.dev/implementors/spec/).
_OWN_CONTAINERS = (".devcontainer", ".devcontainer.json")
_IGNORED = {
    "python-pip": ["**/__pycache__", ".venv", ".pytest_cache", ".ruff_cache"],
    "python-poetry": ["**/__pycache__", ".venv", ".pytest_cache", ".ruff_cache"],
    "python-uv": ["**/__pycache__", ".venv", ".pytest_cache", ".ruff_cache"],
    "java-maven": ["**/target"],
    "java-gradle": ["**/build", ".gradle"],
    "go": [],
    "node": ["**/node_modules", "coverage"],
    "dotnet": ["**/bin", "**/obj"],
}


def files(found: Found) -> dict[str, str]:
    """Every file that this service lacks, by path from its folder."""
    made = {"pipeline.yaml": pipeline(found)}
    if found.dockerfile is None and found.ecosystem.kind:
        made["Dockerfile"] = dockerfile(found)
        lines = _IGNORED[found.ecosystem.kind]
        # What the build makes is made in the image.
        lines = [*lines, "dist"] if found.ecosystem.versions.get("build") else lines
        made[".dockerignore"] = render("init/dockerignore.j2", lines=lines)
    return made


def beside(found: Found) -> dict[str, str]:
    """The files that a service with a pipeline.yaml lacks: its Dockerfile, if it is that one."""
    documents = read_yaml(read(found.folder / "pipeline.yaml") or "")
    said = table(table(documents[0]).get("build")) if documents else {}
    if said.get("dockerfile", "Dockerfile") != "Dockerfile":
        return {}
    return {name: text for name, text in files(found).items() if name != "pipeline.yaml"}


def dockerfile(found: Found) -> str:
    """A Dockerfile with a `test` and a `runtime` target that work for any user."""
    kind, versions = found.ecosystem.kind, found.ecosystem.versions
    port = found.port.value if found.port else None
    view: dict[str, Any] = {**versions, "port": port, "web": found.ecosystem.web}
    if kind.startswith("python-"):
        view |= {
            "tool": kind.removeprefix("python-"),
            "copies": versions["copies"].splitlines(),
            "extras": json.loads(versions["extras"] or "[]"),
        }
        kind = "python"
    if kind == "go":
        view["data"] = versions["data"].split()
    if kind == "dotnet":
        view["projects"] = versions["projects"].split()
    return render(f"init/{kind}.Dockerfile.j2", **view)


def pipeline(found: Found) -> str:
    """pipeline.yaml: what differs from the defaults, and where it was seen."""
    lines = [SCHEMA_LINE, "apiVersion: pipelinegen/v1", *_head(found), *_build(found)]
    if found.worker:
        lines.append(_line("port: null", "it listens on no port"))
    elif found.port is None:
        lines.append(_line("port: 8080", "CHECK THIS: no file shows the port"))
    elif found.port.value != 8080:
        lines.append(_line(f"port: {found.port.value}", found.port.because))
    lines += _dependencies(found)
    lines += _tasks(found.ecosystem)
    lines += _deploy(found)
    if found.metrics:
        lines.append("observability:")
        path = found.metrics.value
        said = "metrics: {}" if path == "/metrics" else f"metrics: {{path: {yaml(path)}}}"
        lines.append(_line(f"  {said}", found.metrics.because))
    own = [name for name in _OWN_CONTAINERS if (found.folder / name).exists()]
    if own:
        lines.append(_line("ide: []", f"{own[0]} is your own: pipelinegen leaves it alone"))
    if found.main_branch:
        branch = inline({"mainBranch": found.main_branch.value})
        lines.append(_line(f"pipeline: {branch}", found.main_branch.because))
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Text without what a terminal or a reader of YAML takes for a command."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _line(text: str, because: str = "") -> str:
    """A line with the reason behind it, or above it where the line is long."""
    reason = plain(" ".join(because.split()))
    if not reason:
        return text
    if len(text) > _LONG:
        return f"{text[: len(text) - len(text.lstrip())]}# {reason}\n{text}"
    return f"{text.ljust(_COMMENT_COLUMN)}  # {reason}"


def _head(found: Found) -> Iterator[str]:
    yield "service:"
    yield _line(f"  name: {yaml(found.name.value)}", found.name.because)
    if found.team:
        yield _line(f"  team: {yaml(found.team.value)}", found.team.because)
    else:
        yield _line(f"  team: {NO_TEAM}", "CHANGE THIS: the team that owns it")
    if found.path:
        yield _line(f"  path: {yaml(found.path)}", "its folder in the repository")
    if found.platform:
        yield f"platform: {yaml(found.platform)}"
    else:
        yield _line("# platform: ../platform.yaml", "where it runs: accounts, clusters, regions")


def _build(found: Found) -> Iterator[str]:
    ecosystem, image = found.ecosystem, found.dockerfile
    if found.dockerfile is None and not ecosystem.kind:
        return
    lines = []
    if image and image.path != "Dockerfile":
        lines.append(f"  dockerfile: {yaml(image.path)}")
    if ecosystem.build:
        lines.append(_line(f"  run: {yaml(ecosystem.build.value)}", ecosystem.build.because))
    agent = {"target": found.test_target.value} if found.test_target else {}
    said: dict[str, Any] = {**agent, "caches": ecosystem.caches} if ecosystem.caches else agent
    if said:
        because = found.test_target.because if found.test_target else ""
        lines.append(_line(f"  agent: {inline(said)}", because))
    if found.image_target:
        target = {"target": found.image_target.value}
        lines.append(_line(f"  image: {inline(target)}", found.image_target.because))
    if lines:
        yield "build:"
        yield from lines


def _dependencies(found: Found) -> Iterator[str]:
    if found.dependencies:
        yield "dependencies:"
    for name, dependency in found.dependencies.items():
        yield _line(f"  {yaml(name)}: {inline(dependency.value)}", dependency.because)


def _tasks(ecosystem: Ecosystem) -> Iterator[str]:
    if ecosystem.lint:
        said = inline({"run": ecosystem.lint.value})
        yield _line(f"lint: {said}", ecosystem.lint.because)
    if ecosystem.tests:
        yield "tests:"
    for stage, command in ecosystem.tests.items():
        yield _line(f"  {stage}: {inline(_task(command))}", command.because)


def _task(command: Fact[Command]) -> dict[str, Any]:
    task: dict[str, Any] = {"run": command.value.run}
    if command.value.env:
        task["env"] = command.value.env
    if command.value.docker:
        task["docker"] = True
    if command.value.junit:
        task["junit"] = command.value.junit
    return task


def _deploy(found: Found) -> Iterator[str]:
    lines: list[str] = []
    if found.replicas and found.replicas.value != 2:
        lines.append(_line(f"  replicas: {found.replicas.value}", found.replicas.because))
    if found.resources:
        lines.append(_line("  resources:", found.resources.because))
        lines += [f"    {k}: {inline(v)}" for k, v in found.resources.value.items()]
    elif found.ecosystem.memory:
        request, limit = found.ecosystem.memory
        lines.append(_line("  resources:", "a guess for a JVM: look at what it uses"))
        lines.append(f"    requests: {inline({'memory': request})}")
        lines.append(f"    limits: {inline({'memory': limit})}")
    if found.health:
        lines.append("  health:")
        for name, probe in found.health.items():
            lines.append(_line(f"    {name}: {inline(probe.value)}", probe.because))
    if found.env:
        lines.append("  env:")
        for name, value in found.env.items():
            lines.append(_line(f"    {yaml(name)}: {yaml(value.value)}", value.because))
    if found.secrets:
        lines.append("  secrets:")
        for name, secret in found.secrets.items():
            lines.append(_line(f"    {yaml(name)}: {inline(secret.value)}", secret.because))
    if lines:
        yield "deploy:"
        yield from lines
