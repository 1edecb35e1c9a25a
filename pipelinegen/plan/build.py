"""From a ``Config`` to a ``Plan``: every decision about the pipeline's shape is made here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipelinegen.config.load import Config
from pipelinegen.config.service import Task, When
from pipelinegen.plan.model import (
    Agent,
    Condition,
    Gate,
    Node,
    Parallel,
    Plan,
    Sequence,
    Stage,
    Step,
    Value,
)
from pipelinegen.plan.testtools import CACHES, reports
from pipelinegen.plan.waves import Wave, waves

TOOLS_DIRECTORY = ".pipelinegen"
TOOLS_DOCKERFILE = "tools.Dockerfile"
ENV_FILE = ".pipelinegen/system.env"

_TITLES = {
    "lint": "Lint",
    "build": "Build",
    "unit": "Unit tests",
    "integration": "Integration tests",
    "browsers": "Browser tests",
}


def build_plan(config: Config) -> Plan:
    """The plan of one service. Pure: the same config gives the same plan."""
    planner = _Planner(config)
    model, platform = config.model, config.platform.model
    nodes = planner.nodes()
    gate = any(isinstance(node, Stage) and node.gate for node in nodes)
    hours = math.ceil(model.pipeline.timeout_minutes / 60)
    return Plan(
        service=model.service.name,
        team=model.service.team,
        library=platform.jenkins.library,
        label=model.pipeline.label or platform.jenkins.label,
        docker_group=platform.jenkins.docker_group,
        timeout_hours=hours + (model.deploy.production.approval_hours if gate else 0),
        keep_builds=model.pipeline.keep_builds,
        abort_previous=not config.sites(),
        nodes=nodes,
        notify=planner.notify(),
    )


class _Planner:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.model = config.model
        self.main = Condition((config.model.pipeline.main_branch,))
        self.folder = config.model.service.path or "."

    def nodes(self) -> tuple[Node, ...]:
        tests = self.model.tests
        checks = self.tasks({"lint": self.model.lint, "build": self.build(), "unit": tests.unit})
        heavier = self.tasks({"integration": tests.integration, "browsers": tests.browsers})
        nodes: list[Node] = [
            *_together("Checks", checks),
            self.image(),
            *_together("Tests", heavier),
            *self.system(),
            *self.deployments(),
        ]
        return tuple(self.with_own_stages(nodes))

    def build(self) -> Task | None:
        command = self.model.build.run
        return Task.model_construct(**{**_TASK, "run": command}) if command else None

    def tasks(self, tasks: Mapping[str, Task | None]) -> list[Stage]:
        return [self.task(n, _TITLES[n], task) for n, task in tasks.items() if task is not None]

    def task(
        self, name: str, title: str, task: Task, target: str | None = None, **step: Value
    ) -> Stage:
        """A stage that runs a command in the agent's container and publishes its reports."""
        agent = self.model.build.agent
        found = reports(name, task.run)
        arguments: dict[str, Value] = {"name": name, "command": task.run}
        if env := {**({} if task.junit else found.env), **task.env}:
            arguments["env"] = env
        if name not in ("lint", "build") or task.junit:
            arguments["junit"] = task.junit or found.junit
        if task.coverage:
            arguments["coverage"] = task.coverage
        caches = {var: path for cache in agent.caches for var, path in CACHES[cache].items()}
        if caches:
            arguments["caches"] = caches
        if self.folder != ".":
            arguments["dir"] = self.folder
        return Stage(
            name=name,
            title=title,
            step=Step("runTests", {**arguments, **step}),
            agent=Agent(
                directory=self.folder,
                filename=agent.dockerfile or self.model.build.dockerfile,
                target=target or agent.target,
                docker=task.docker,
            ),
            when=_condition(task.when),
            timeout_minutes=task.timeout_minutes,
        )

    def tools(self, *, docker: bool = False, same_node: bool = False) -> Agent:
        """The container with helm, kubectl, Docker's client and pipelinegen."""
        folder = "" if self.folder == "." else f"{self.folder}/"
        directory = f"{folder}{TOOLS_DIRECTORY}"
        return Agent(directory, TOOLS_DOCKERFILE, docker=docker, same_node=same_node)

    def call(self, step: str, **arguments: Value) -> Step:
        return Step(step, {**arguments, **({} if self.folder == "." else {"dir": self.folder})})

    def image(self) -> Stage:
        build, registry = self.model.build, self.config.platform.model.registry
        arguments: dict[str, Value] = {
            "image": image_repository(self.config),
            "dockerfile": build.dockerfile,
        }
        if build.image.target:
            arguments["target"] = build.image.target
        if registry:
            system = self.model.tests.system
            everywhere = system is not None and system.modes.branch == "deployed"
            arguments["pushOn"] = "**" if everywhere else self.model.pipeline.main_branch
            if registry.credentials:
                arguments["credentials"] = registry.credentials
        step = self.call("buildImage", **arguments)
        return Stage("image", "Image", step, self.tools(docker=True), timeout_minutes=30)

    def system(self) -> list[Node]:
        task = self.model.tests.system
        if task is None:
            return []
        main = task.modes.main or ("deployed" if self.config.sites("test") else "containers")
        branch = task.modes.branch
        found: list[Node] = []
        for mode in ("containers", "deployed"):
            if mode not in (main, branch):
                continue
            if main == branch:
                when = _condition(task.when)
            else:
                when = Condition(self.main.branches, negated=mode == branch)
            found.append(self.containers(when) if mode == "containers" else self.deployed(when))
        return found

    def containers(self, when: Condition | None) -> Sequence:
        up = Stage(
            "system-up",
            "Dependencies up",
            self.call("systemUp", envFile=ENV_FILE),
            self.tools(docker=True, same_node=True),
            timeout_minutes=20,
        )
        return Sequence(
            "system-containers",
            "System tests with containers",
            (up, self.system_tests(network=True)),
            when=when,
            same_node=True,
            always=self.call("systemDown"),
        )

    def deployed(self, when: Condition | None) -> Sequence:
        clusters = _kubeconfigs(waves(self.config, "test"))
        up = Stage(
            "temporary-release",
            "Temporary release",
            self.call("temporaryUp", account="test", kubeconfigs=clusters, envFile=ENV_FILE),
            self.tools(same_node=True),
            timeout_minutes=20,
        )
        return Sequence(
            "system-deployed",
            "System tests beside what is deployed",
            (up, self.system_tests(network=False)),
            when=when,
            same_node=True,
            always=self.call("temporaryDown", account="test", kubeconfigs=clusters),
        )

    def system_tests(self, network: bool) -> Stage:
        task = self.model.tests.system
        assert task is not None
        made = self.task("system", "System tests", task, envFile=ENV_FILE)
        assert made.agent is not None
        agent = replace(made.agent, network=network, same_node=True)
        return replace(made, agent=agent, when=None)

    def deployments(self) -> list[Node]:
        nodes: list[Node] = []
        for account in ("test", "stage"):
            for wave in waves(self.config, account):
                title = f"Deploy to {account}"
                stage = self.wave(f"deploy-{account}", title, wave)
                nodes.append(replace(stage, when=self.main, lock=self.lock(account)))
        production = waves(self.config, "production")
        if not production:
            return nodes
        how = self.model.deploy.production
        if how.approval:
            service = self.model.service.name
            gate = Gate(
                f"Deploy {service} to production?",
                tuple(how.approvers or ()),
                how.approval_hours,
            )
            nodes.append(
                Stage(
                    "approve",
                    "Approve production",
                    Step("milestone", {"ordinal": 1, "label": "production"}),
                    None,
                    when=self.main,
                    timeout_minutes=how.approval_hours * 60,
                    gate=gate,
                )
            )
        stages = tuple(
            self.wave(f"deploy-production-{wave.number}", f"Wave {wave.number}: {wave.title}", wave)
            for wave in production
        )
        nodes.append(
            Sequence(
                "deploy-production",
                "Production",
                stages,
                when=self.main,
                lock=self.lock("production"),
            )
        )
        return nodes

    def lock(self, account: str) -> str:
        return f"{self.model.service.name}-{account}"

    def wave(self, name: str, title: str, wave: Wave) -> Stage:
        step = self.call(
            "deployWave",
            account=wave.account,
            wave=wave.number,
            kubeconfigs=_kubeconfigs((wave,)),
        )
        return Stage(name, title, step, self.tools(), timeout_minutes=60)

    def with_own_stages(self, nodes: list[Node]) -> list[Node]:
        """The team's stages at their places; the checks have seen to it that each has one."""
        waiting = dict(self.model.stages)
        last: dict[str, str] = {}
        while waiting:
            for name, own in list(waiting.items()):
                target = own.after or own.before or ""
                found = [i for i, node in enumerate(nodes) if target in _names(node)]
                if not found:
                    continue
                title = name.replace("-", " ").replace("_", " ").capitalize()
                stage = self.task(name, title, own, own.target)
                if own.before:
                    nodes.insert(found[0], stage)
                else:
                    # Several stages behind one keep the order in which they are written.
                    behind = [i for i, n in enumerate(nodes) if last.get(target) in _names(n)]
                    nodes.insert(max(found + behind) + 1, stage)
                    last[target] = name
                del waiting[name]
        return nodes

    def notify(self) -> Mapping[str, Value] | None:
        who = self.model.notify or self.config.platform.model.notify
        if who is None or not (who.slack or who.email):
            return None
        told: dict[str, Value] = {"branch": self.model.pipeline.main_branch}
        if who.slack:
            told["slack"] = who.slack
        if who.email:
            told["email"] = ",".join(who.email)
        return told


_TASK = {
    name: field.get_default(call_default_factory=True, validated_data={})
    for name, field in Task.model_fields.items()
    if not field.is_required()
}


def image_repository(config: Config) -> str:
    """The image's name, without tag or digest."""
    image, registry = config.model.build.image, config.platform.model.registry
    name = config.model.service.name
    return image.repository or (f"{registry.url}/{name}" if registry else name)


def _together(title: str, stages: list[Stage]) -> Iterable[Node]:
    return [Parallel(title, tuple(stages))] if len(stages) > 1 else stages


def _condition(when: When | None) -> Condition | None:
    return Condition(tuple(when.branch), when.pull_request) if when else None


def _guarded(stage: Stage, when: Condition, lock: str) -> Stage:
    return Stage(
        stage.name, stage.title, stage.step, stage.agent, when, stage.timeout_minutes, lock
    )


def _kubeconfigs(found: Iterable[Wave]) -> dict[str, str]:
    return {site.name: site.kubeconfig for wave in found for site in wave.sites}


def _names(node: Node) -> set[str]:
    if isinstance(node, Stage):
        return {node.name}
    inner = {stage.name for stage in node.stages}
    return inner | ({node.name} if isinstance(node, Sequence) else set())
