"""The parts that stages are made of: containers, commands with their reports, steps."""

from __future__ import annotations

from pipelinegen.config.loaded import Config
from pipelinegen.config.service import Task, When
from pipelinegen.plan.model import Agent, Condition, Stage, Step, Value
from pipelinegen.plan.testtools import CACHES, reports

TOOLS_DIRECTORY = ".pipelinegen"
TOOLS_DOCKERFILE = "tools.Dockerfile"


def folder(config: Config) -> str:
    """The service's folder in the repository; ``.`` is its top."""
    return config.model.service.path or "."


def main_branch(config: Config) -> Condition:
    """Only in builds of the branch that is deployed."""
    return Condition((config.model.pipeline.main_branch,))


def condition(when: When | None) -> Condition | None:
    """A stage's ``when`` as the plan has it."""
    return Condition(tuple(when.branch), when.pull_request) if when else None


def image_repository(config: Config) -> str:
    """The image's name, without tag or digest."""
    image, registry = config.model.build.image, config.platform.model.registry
    name = config.model.service.name
    return image.repository or (f"{registry.url}/{name}" if registry else name)


def namespace(config: Config) -> str:
    """Where the service is in its clusters."""
    return config.model.deploy.namespace or config.model.service.team


def call(config: Config, step: str, **arguments: Value) -> Step:
    """A call of a step, which is told the service's folder where that is not the top."""
    where = folder(config)
    return Step(step, {**arguments, **({} if where == "." else {"dir": where})})


def tools(config: Config, *, docker: bool = False, same_node: bool = False) -> Agent:
    """The container with helm, kubectl, Docker's client and pipelinegen."""
    where = folder(config)
    directory = TOOLS_DIRECTORY if where == "." else f"{where}/{TOOLS_DIRECTORY}"
    return Agent(directory, TOOLS_DOCKERFILE, docker=docker, same_node=same_node)


def command_stage(
    config: Config, name: str, title: str, task: Task, target: str | None = None, **step: Value
) -> Stage:
    """A stage that runs a command in the tests' container and publishes its reports.

    Args:
        config: the service.
        name: the stage's name.
        title: the name for people.
        task: the command, with what its stage says.
        target: the Dockerfile's stage; default: the agent's.
        step: more arguments of the step.
    """
    agent = config.model.build.agent
    found = reports(name, task.run)
    arguments: dict[str, Value] = {"name": name, "command": task.run}
    if env := {**({} if task.junit else found.env), **task.env}:
        arguments["env"] = env
    if name not in ("lint", "build") or task.junit:
        arguments["junit"] = task.junit or found.junit
    if task.coverage:
        arguments["coverage"] = task.coverage
    if caches := {var: path for cache in agent.caches for var, path in CACHES[cache].items()}:
        arguments["caches"] = caches
    return Stage(
        name=name,
        title=title,
        step=call(config, "runTests", **arguments, **step),
        agent=Agent(
            directory=folder(config),
            filename=agent.dockerfile or config.model.build.dockerfile,
            target=target or agent.target,
            docker=task.docker,
        ),
        when=condition(task.when),
        timeout_minutes=task.timeout_minutes,
    )
