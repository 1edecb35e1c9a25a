"""What makes an editor use the container that the pipeline's tests run in.

https://containers.dev/implementors/json_reference/
https://code.visualstudio.com/docs/debugtest/tasks
https://www.jetbrains.com/help/idea/run-debug-configuration-shell-script.html
"""

from __future__ import annotations

import json
import posixpath
from typing import Any

from pipelinegen.config.dependency import Dependency
from pipelinegen.config.loaded import Config
from pipelinegen.config.service import Ide
from pipelinegen.plan.model import SOCKET, Plan, Sequence, Stage
from pipelinegen.plan.parts import folder
from pipelinegen.plan.recipes import RECIPES, Recipe
from pipelinegen.render.header import header
from pipelinegen.render.quoting import shell, xml
from pipelinegen.render.templates import render
from pipelinegen.render.yamltext import dump

DEVCONTAINER = ".devcontainer/devcontainer.json"
COMPOSE = ".devcontainer/compose.yaml"
TASKS = ".vscode/tasks.json"

# The first user of most machines; Docker Desktop lets any user write to what is mounted.
UID = 1000
# As the stages have it: the user has no home in the image.
HOME = "/tmp"
# The group of the socket: root's with Docker Desktop, else as on the agents.
ROOT_GROUP, DOCKER_GROUP = "0", 999
WORKSPACE = "/workspace"
# The kinds of which one well-known image is ready to use; a test starts the others itself.
BESIDE = ("postgres", "mysql", "mariadb", "redis", "rabbitmq", "mongodb")
# No dependency can have this name.
SERVICE = "dev_container"


def ide_files(config: Config, plan: Plan) -> dict[str, str]:
    """The files for the editors that the service names, by path from its folder."""
    make = {"devcontainer": _devcontainer, "vscode": _vscode, "intellij": _intellij}
    wanted: list[Ide] = config.model.ide
    found: dict[str, str] = {}
    for name in wanted:
        found |= make[name](config, plan)
    return found


def _commands(plan: Plan) -> list[Stage]:
    """The stages that run a command and nothing around it: those that run on a laptop too."""
    inside = {s.name for n in plan.nodes if isinstance(n, Sequence) for s in n.stages}
    return [s for s in plan.stages() if s.step.call == "runTests" and s.name not in inside]


def _json(data: dict[str, Any]) -> str:
    """JSON with the header as a comment: both readers take comments, and no unknown key."""
    return header("//") + json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _devcontainer(config: Config, plan: Plan) -> dict[str, str]:
    """One container from the Dockerfile; with dependencies beside it, that and a compose file."""
    model = config.model
    beside = _beside(config)
    ports: list[int | str] = [model.port] if model.port else []
    ports += [f"{name}:{recipe.port}" for name, (_, recipe) in beside.items()]
    common: dict[str, Any] = {
        # The user is a number, as in Jenkins, and the developer's own already.
        "updateRemoteUserUID": False,
        **({"forwardPorts": ports} if ports else {}),
    }
    if not beside:
        return {DEVCONTAINER: _json({**_single(config, plan), **common})}
    editor = {
        "name": model.service.name,
        "dockerComposeFile": posixpath.basename(COMPOSE),
        "service": SERVICE,
        "overrideCommand": True,
        "workspaceFolder": posixpath.normpath(posixpath.join(WORKSPACE, folder(config))),
    }
    services = {SERVICE: _composed(config, plan)}
    services |= {name: _dependency(said, recipe) for name, (said, recipe) in beside.items()}
    return {
        DEVCONTAINER: _json({**editor, **common}),
        COMPOSE: header() + dump({"services": services}),
    }


def _single(config: Config, plan: Plan) -> dict[str, Any]:
    """The container as keys of devcontainer.json."""
    build = _build(config)
    made: dict[str, Any] = {
        "name": config.model.service.name,
        "build": {**build, "dockerfile": f"../{build['dockerfile']}"},
        "containerUser": f"${{localEnv:UID:{UID}}}",
        "containerEnv": {"HOME": HOME},
    }
    if _starts_containers(plan):
        groups = (ROOT_GROUP, f"${{localEnv:DOCKER_GROUP:{_docker_group(config)}}}")
        made["mounts"] = [f"type=bind,source={SOCKET},target={SOCKET}"]
        made["runArgs"] = [word for group in groups for word in ("--group-add", group)]
    return made


def _composed(config: Config, plan: Plan) -> dict[str, Any]:
    """The container as a service of the compose file."""
    beside = _beside(config)
    urls = {
        dependency.env: recipe.url.format(host=name, port=recipe.port, part=recipe.part)
        for name, (dependency, recipe) in beside.items()
        if dependency.env
    }
    # The editor mounts nothing here: the whole repository, so that git works in a part of it.
    top = posixpath.relpath(".", posixpath.join(folder(config), ".devcontainer"))
    made: dict[str, Any] = {
        "build": _build(config),
        "user": f"${{UID:-{UID}}}",
        "environment": {"HOME": HOME, **urls},
        "volumes": [f"{top}:{WORKSPACE}"],
        "depends_on": {name: {"condition": "service_healthy"} for name in beside},
    }
    if _starts_containers(plan):
        made["group_add"] = [ROOT_GROUP, f"${{DOCKER_GROUP:-{_docker_group(config)}}}"]
        made["volumes"].append(f"{SOCKET}:{SOCKET}")
    return made


def _build(config: Config) -> dict[str, str]:
    build = config.model.build
    target = {"target": build.agent.target} if build.agent.target else {}
    return {"context": "..", "dockerfile": build.agent.dockerfile or build.dockerfile, **target}


def _beside(config: Config) -> dict[str, tuple[Dependency, Recipe]]:
    """The dependencies that are started beside the container."""
    return {
        name: (dependency, RECIPES[dependency.type])
        for name, dependency in config.model.dependencies.items()
        if dependency.type in BESIDE
    }


def _dependency(dependency: Dependency, recipe: Recipe) -> dict[str, Any]:
    """A dependency as a service of the compose file."""
    image = dependency.image or f"{recipe.image}:{dependency.version or recipe.version}"
    made: dict[str, Any] = {"image": image}
    if recipe.env:
        made["environment"] = dict(recipe.env)
    made["healthcheck"] = {
        "test": ["CMD-SHELL", recipe.healthy],
        "interval": "2s",
        "timeout": "5s",
        "retries": 60,
    }
    return made


def _starts_containers(plan: Plan) -> bool:
    return any(stage.agent and stage.agent.docker for stage in _commands(plan))


def _docker_group(config: Config) -> int:
    said = config.platform.model.jenkins.docker_group
    return DOCKER_GROUP if said is None else said


def _vscode(config: Config, plan: Plan) -> dict[str, str]:
    stages = _commands(plan)
    tests = [stage.name for stage in stages if stage.name not in ("lint", "build")]
    tasks = []
    for stage in stages:
        kind = "build" if stage.name == "build" else "test"
        first = stage.name in tests[:1]
        tasks.append(
            {
                "label": stage.title,
                "type": "process",
                "command": "pipelinegen",
                "args": ["run", stage.name],
                "group": {"kind": kind, "isDefault": True} if first else kind,
                "problemMatcher": [],
            }
        )
    return {TASKS: _json({"version": "2.0.0", "tasks": tasks})} if tasks else {}


def _intellij(config: Config, plan: Plan) -> dict[str, str]:
    note = header("").strip()
    return {
        f".run/{stage.name}.run.xml": render(
            "ide/run.xml.j2",
            header=xml(note),
            title=xml(f"{config.model.service.name}: {stage.title}"),
            command=xml(f"pipelinegen run {shell(stage.name)}"),
        )
        for stage in _commands(plan)
    }
