"""From a ``Config`` to a ``Plan``: every decision about the pipeline's shape is made here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pipelinegen.config.loaded import Config
from pipelinegen.config.service import Task
from pipelinegen.plan.declaration import FILE
from pipelinegen.plan.deployments import deployments
from pipelinegen.plan.model import Node, Parallel, Plan, Sequence, Stage, Value
from pipelinegen.plan.parts import call, command_stage, image_repository, tools
from pipelinegen.plan.system import system_tests

_TITLES = {
    "lint": "Lint",
    "build": "Build",
    "unit": "Unit tests",
    "integration": "Integration tests",
    "browsers": "Browser tests",
}
IMAGE_MINUTES = 30


def build_plan(config: Config) -> Plan:
    """The plan of one service. Pure: the same config gives the same plan."""
    model, platform = config.model, config.platform.model
    nodes = _with_own_stages(config, _own_less(config))
    gate = any(isinstance(node, Stage) and node.gate for node in nodes)
    hours = math.ceil((model.pipeline.timeout_minutes or _minutes(nodes)) / 60)
    return Plan(
        service=model.service.name,
        team=model.service.team,
        library=platform.jenkins.library,
        label=model.pipeline.label or platform.jenkins.label,
        docker_group=platform.jenkins.docker_group,
        timeout_hours=hours + (model.deploy.production.approval_hours if gate else 0),
        keep_builds=model.pipeline.keep_builds,
        abort_previous=not config.sites(),
        nodes=tuple(nodes),
        notify=_notify(config),
    )


def _minutes(nodes: list[Node]) -> int:
    """The longest that all stages may take, the wait for an approval left out."""
    total = 0
    for node in nodes:
        stages = [node] if isinstance(node, Stage) else list(node.stages)
        minutes = [stage.timeout_minutes or 0 for stage in stages if stage.gate is None]
        total += max(minutes, default=0) if isinstance(node, Parallel) else sum(minutes)
    return total


def _own_less(config: Config) -> list[Node]:
    """pipelinegen's own stages, in their order."""
    model, tests = config.model, config.model.tests
    build = Task.model_validate({"run": model.build.run}) if model.build.run else None
    checks = _stages(config, {"lint": model.lint, "build": build, "unit": tests.unit})
    heavier = _stages(config, {"integration": tests.integration, "browsers": tests.browsers})
    return [
        *_together("Checks", checks),
        _image(config),
        *_together("Tests", heavier),
        *system_tests(config),
        *deployments(config),
    ]


def _stages(config: Config, tasks: Mapping[str, Task | None]) -> list[Stage]:
    return [command_stage(config, n, _TITLES[n], t) for n, t in tasks.items() if t is not None]


def _together(title: str, stages: list[Stage]) -> list[Node]:
    """Stages that do not need each other; a single one stands by itself."""
    return [Parallel(title, tuple(stages))] if len(stages) > 1 else [*stages]


def _image(config: Config) -> Stage:
    """The image is built in every build and pushed where it is deployed from."""
    build, registry = config.model.build, config.platform.model.registry
    arguments: dict[str, Value] = {
        "image": image_repository(config),
        "dockerfile": build.dockerfile,
    }
    if build.image.target:
        arguments["target"] = build.image.target
    arguments["declaration"] = FILE
    if registry:
        system = config.model.tests.system
        everywhere = system is not None and system.modes.branch == "deployed"
        main = config.model.pipeline.main_branch
        arguments["pushOn"] = "**" if everywhere else main
        arguments["latestOn"] = main
        if registry.credentials:
            arguments["credentials"] = registry.credentials
    step = call(config, "buildImage", **arguments)
    agent = tools(config, docker=True)
    return Stage("image", "Image", step, agent, timeout_minutes=IMAGE_MINUTES)


def _with_own_stages(config: Config, nodes: list[Node]) -> list[Node]:
    """The team's stages at their places; the checks have seen to it that each has one."""
    waiting = dict(config.model.stages)
    last: dict[str, str] = {}
    while waiting:
        for name, own in list(waiting.items()):
            target = own.after or own.before or ""
            found = [i for i, node in enumerate(nodes) if target in _names(node)]
            if not found:
                continue
            title = name.replace("-", " ").replace("_", " ").capitalize()
            stage = command_stage(config, name, title, own, own.target)
            if own.before:
                nodes.insert(found[0], stage)
            else:
                # Several stages behind one keep the order in which they are written.
                behind = [i for i, node in enumerate(nodes) if last.get(target) in _names(node)]
                nodes.insert(max(found + behind) + 1, stage)
                last[target] = name
            del waiting[name]
    return nodes


def _names(node: Node) -> set[str]:
    if isinstance(node, Stage):
        return {node.name}
    inner = {stage.name for stage in node.stages}
    return inner | ({node.name} if isinstance(node, Sequence) else set())


def _notify(config: Config) -> Mapping[str, Value] | None:
    who = config.model.notify or config.platform.model.notify
    if who is None or not (who.slack or who.email):
        return None
    told: dict[str, Value] = {"branch": config.model.pipeline.main_branch}
    if who.slack:
        told["slack"] = who.slack
    if who.email:
        told["email"] = ",".join(who.email)
    return told
