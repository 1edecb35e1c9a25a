"""Deployment: account after account, the gate, and production's waves."""

from __future__ import annotations

from dataclasses import replace

from pipelinegen.config.loaded import Config
from pipelinegen.plan.model import Gate, Node, Sequence, Stage, Step
from pipelinegen.plan.parts import call, main_branch, tools
from pipelinegen.plan.waves import Wave, kubeconfigs, waves

WAVE_MINUTES = 60
# A build that comes to one of them behind a newer build ends there: it would deploy what is older.
# https://www.jenkins.io/doc/pipeline/steps/pipeline-milestone-step/
_MILESTONES = {"test": 1, "stage": 2, "production": 3}


def deployments(config: Config) -> list[Node]:
    """The stages that deploy; all of them only from the main branch."""
    when = main_branch(config)
    nodes: list[Node] = []
    for account in ("test", "stage"):
        for wave in waves(config, account):
            stage = _wave(config, f"deploy-{account}", f"Deploy to {account}", wave)
            arguments = {"milestone": _MILESTONES[account], **stage.step.arguments}
            step = replace(stage.step, arguments=arguments)
            nodes.append(replace(stage, step=step, when=when, lock=_lock(config, account)))
    production = waves(config, "production")
    if not production:
        return nodes
    if config.model.deploy.production.approval:
        nodes.append(_approval(config))
    stages = (
        _wave(config, f"deploy-production-{wave.number}", f"Wave {wave.number}: {wave.title}", wave)
        for wave in production
    )
    lock = _lock(config, "production")
    nodes.append(Sequence("deploy-production", "Production", tuple(stages), when=when, lock=lock))
    return nodes


def _approval(config: Config) -> Stage:
    """The gate; the milestone behind it stops older builds that still wait."""
    how = config.model.deploy.production
    return Stage(
        "approve",
        "Approve production",
        Step("milestone", {"ordinal": _MILESTONES["production"], "label": "production"}),
        None,
        when=main_branch(config),
        timeout_minutes=how.approval_hours * 60,
        gate=Gate(
            f"Deploy {config.model.service.name} to production?",
            tuple(how.approvers or ()),
            how.approval_hours,
        ),
    )


def _wave(config: Config, name: str, title: str, wave: Wave) -> Stage:
    step = call(
        config,
        "deployWave",
        account=wave.account,
        wave=wave.number,
        kubeconfigs=kubeconfigs(_reached(config, wave)),
    )
    return Stage(name, title, step, tools(config), timeout_minutes=WAVE_MINUTES)


def _reached(config: Config, wave: Wave) -> list[Wave]:
    """The waves that a wave's deployment may have to reach: those that go back with it."""
    if wave.account != "production" or config.model.deploy.production.rollback == "wave":
        return [wave]
    return [each for each in waves(config, wave.account) if each.number <= wave.number]


def _lock(config: Config, account: str) -> str:
    """What deployments of one service to one account exclude each other by."""
    return f"{config.model.service.name}-{account}"
