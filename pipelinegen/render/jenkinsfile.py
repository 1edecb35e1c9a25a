"""The plan as a declarative Jenkinsfile.

What Jenkins does with each part: https://www.jenkins.io/doc/book/pipeline/syntax/
"""

from __future__ import annotations

from typing import Any

from pipelinegen import __version__
from pipelinegen.plan.model import Agent, Condition, Gate, Parallel, Plan, Sequence, Stage, Step
from pipelinegen.render.header import header
from pipelinegen.render.quoting import groovy, groovy_key, shell
from pipelinegen.render.templates import render

LINE = 100
_BUILD = "${env.PIPELINEGEN_BUILD}"


def jenkinsfile(plan: Plan) -> str:
    """The Jenkinsfile's text."""
    return render(
        "Jenkinsfile.j2",
        header=header("//"),
        library=groovy(f"{plan.library}@v{__version__}"),
        options=_options(plan),
        nodes=[_node(plan, node) for node in plan.nodes],
        notify=[
            {"result": result, "call": _call(step, 12)} for result, step in _notify(plan).items()
        ],
    )


def _notify(plan: Plan) -> dict[str, Step]:
    """What is told at the end, by the result of the build as ``post`` names it."""
    if plan.notify is None:
        return {}
    return {r: Step("notifyTeam", {"result": r, **plan.notify}) for r in ("failure", "fixed")}


def _options(plan: Plan) -> list[str]:
    options = [
        "timestamps()",
        f"timeout(time: {plan.timeout_hours}, unit: 'HOURS')",
        f"buildDiscarder(logRotator(numToKeepStr: '{plan.keep_builds}'))",
    ]
    if plan.abort_previous:
        options.append("disableConcurrentBuilds(abortPrevious: true)")
    return [*options, "skipStagesAfterUnstable()"]


def _node(plan: Plan, node: Stage | Parallel | Sequence) -> dict[str, Any]:
    if isinstance(node, Stage):
        return {"kind": "stage", **_stage(plan, node, 8)}
    view: dict[str, Any] = {
        "kind": "parallel" if isinstance(node, Parallel) else "sequence",
        "title": groovy(node.title),
        "stages": [_stage(plan, stage, 16) for stage in node.stages],
    }
    if isinstance(node, Sequence):
        view |= {
            "when": _when(node.when),
            "options": [f"lock(resource: {groovy(node.lock)})"] if node.lock else [],
            "label": groovy(plan.label) if node.same_node else None,
            "always": _call(node.always, 20) if node.always else None,
        }
    return view


def _stage(plan: Plan, stage: Stage, indent: int) -> dict[str, Any]:
    options = [f"lock(resource: {groovy(stage.lock)})"] if stage.lock else []
    if stage.timeout_minutes and not stage.gate:
        options.append(f"timeout(time: {stage.timeout_minutes}, unit: 'MINUTES')")
    if stage.gate:
        options.append(f"timeout(time: {stage.gate.hours}, unit: 'HOURS')")
    return {
        "title": groovy(stage.title),
        "when": _when(stage.when),
        "input": _input(stage.gate) if stage.gate else [],
        "agent": _agent(plan, stage.agent) if stage.agent else None,
        "options": options,
        "call": _call(stage.step, indent + 8),
    }


def _when(condition: Condition | None) -> list[str]:
    """The lines of a ``when``; each condition needs a line of its own."""
    if condition is None:
        return []
    parts = [f"branch {groovy(branch)}" for branch in condition.branches]
    parts += ["changeRequest()"] if condition.pull_request else []
    if condition.negated:
        return [f"not {{ {parts[0]} }}"]
    return parts if len(parts) == 1 else ["anyOf {", *(f"    {part}" for part in parts), "}"]


def _input(gate: Gate) -> list[str]:
    lines = [f"message {groovy(gate.message)}", "ok 'Deploy'"]
    return [*lines, f"submitter {groovy(','.join(gate.approvers))}"] if gate.approvers else lines


def _agent(plan: Plan, agent: Agent) -> list[str]:
    """The lines of ``dockerfile { … }``.

    The image's tag is a hash of the job, the Dockerfile and the arguments, so that two builds on
    one node would share it while their contexts differ; the label makes it the build's own, and
    tells the sweep whose it is.
    """
    lines = [] if agent.directory == "." else [f"dir {groovy(agent.directory)}"]
    lines.append(f"filename {groovy(agent.filename)}")
    target = f"--target {shell(agent.target)} " if agent.target else ""
    lines.append(f'additionalBuildArgs "{target}--label pipelinegen.build={_BUILD}"')
    args = []
    if agent.docker:
        args.append("-v /var/run/docker.sock:/var/run/docker.sock")
        if plan.docker_group is not None:
            args.append(f"--group-add {plan.docker_group}")
    if agent.network:
        args.append(f"--network pipelinegen-{_BUILD}")
    if args:
        quote = '"' if agent.network else "'"
        lines.append(f"args {quote}{' '.join(args)}{quote}")
    lines.append("reuseNode true" if agent.same_node else f"label {groovy(plan.label)}")
    return lines


def _call(step: Step, indent: int) -> str:
    """One call of a step, on one line where it fits, else an argument a line."""
    pairs = [f"{groovy_key(name)}: {groovy(value)}" for name, value in step.arguments.items()]
    line = f"{step.call}({', '.join(pairs)})"
    if len(line) + indent <= LINE and "\n" not in line:
        return line
    inner = " " * (indent + 4)
    return (
        f"{step.call}(\n"
        + "".join(f"{inner}{pair},\n" for pair in pairs)[:-2]
        + ("\n" + " " * indent + ")")
    )
