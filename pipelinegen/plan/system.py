"""System tests, in both ways: all dependencies as containers, or beside what is deployed."""

from __future__ import annotations

from dataclasses import replace

from pipelinegen.config.loaded import Config
from pipelinegen.config.service import SystemTask
from pipelinegen.plan.model import Condition, Node, Sequence, Stage, Step
from pipelinegen.plan.parts import call, command_stage, main_branch, tools
from pipelinegen.plan.waves import kubeconfigs, waves

ENV_FILE = ".pipelinegen/system.env"
UP_MINUTES = 20


def system_tests(config: Config) -> list[Node]:
    """The sequences that run them, each where its mode is the one."""
    task = config.model.tests.system
    if task is None:
        return []
    main, branch = main_mode(config, task), task.modes.branch
    found: list[Node] = []
    for mode, make in (("containers", _containers), ("deployed", _deployed)):
        if mode not in (main, branch):
            continue
        # In one and the same mode everywhere they need no condition.
        only = replace(main_branch(config), negated=mode == branch)
        when = only if main != branch else None
        found.append(make(config, task, when))
    return found


def main_mode(config: Config, task: SystemTask) -> str:
    """How they run on the main branch: as it says, or deployed where there is a test account."""
    return task.modes.main or ("deployed" if config.sites("test") else "containers")


def _containers(config: Config, task: SystemTask, when: Condition | None) -> Sequence:
    up = Stage(
        "system-up",
        "Dependencies up",
        call(config, "systemUp", envFile=ENV_FILE),
        tools(config, docker=True, same_node=True),
        timeout_minutes=UP_MINUTES,
    )
    return Sequence(
        "system-containers",
        "System tests with containers",
        (up, _tests(config, task, network=True)),
        when=when,
        same_node=True,
        always=Step("systemDown"),
    )


def _secret_urls(config: Config) -> dict[str, str]:
    """The credential of each variable whose URL is a secret in the test account."""
    account = config.platform.model.accounts.test
    managed = account.dependencies if account else {}
    return {
        said.env: managed[name].credentials or ""
        for name, said in config.model.dependencies.items()
        if said.env and name in managed and managed[name].credentials
    }


def _deployed(config: Config, task: SystemTask, when: Condition | None) -> Sequence:
    clusters = kubeconfigs(waves(config, "test"))
    up = Stage(
        "temporary-release",
        "Temporary release",
        call(config, "temporaryUp", account="test", kubeconfigs=clusters, envFile=ENV_FILE),
        tools(config, same_node=True),
        timeout_minutes=UP_MINUTES,
    )
    return Sequence(
        "system-deployed",
        "System tests beside what is deployed",
        (up, _tests(config, task, network=False)),
        when=when,
        same_node=True,
        always=call(config, "temporaryDown", account="test", kubeconfigs=clusters),
    )


def _tests(config: Config, task: SystemTask, *, network: bool) -> Stage:
    made = command_stage(config, "system", "System tests", task, envFile=ENV_FILE)
    assert made.agent is not None
    agent, step = replace(made.agent, network=network, same_node=True), made.step
    if not network and (secret := _secret_urls(config)):
        step = replace(step, arguments={**step.arguments, "credentials": secret})
    return replace(made, agent=agent, step=step)
