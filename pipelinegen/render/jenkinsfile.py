"""The plan as a declarative Jenkinsfile.

What Jenkins does with each part: https://www.jenkins.io/doc/book/pipeline/syntax/
"""

from __future__ import annotations

from typing import Any

from pipelinegen import __version__
from pipelinegen.plan.model import Agent, Condition, Gate, Node, Parallel, Plan, Stage, Step
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
        notify=[(result, _call(step, 12)) for result, step in _notify(plan).items()],
    )


# A view is a title and named blocks, each a list of lines; a line may hold a text of several
# lines, so the template indents only its first.
Block = tuple[str, list[str]]


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


def _node(plan: Plan, node: Node) -> dict[str, Any]:
    if isinstance(node, Stage):
        return {"stages": [], **_stage_view(plan, node, 8)}
    stages = [_stage_view(plan, stage, 16) for stage in node.stages]
    view: dict[str, Any] = {"title": groovy(node.title), "stages": stages, "blocks": []}
    if isinstance(node, Parallel):
        return {**view, "kind": "parallel", "always": []}
    if node.when:
        view["blocks"].append(("when", _when(node.when)))
    if node.same_node:
        view["blocks"].append(("agent", [f"label {groovy(plan.label)}"]))
    if node.lock:
        view["blocks"].append(("options", [f"lock(resource: {groovy(node.lock)})"]))
    return {**view, "kind": "stages", "always": _call(node.always, 20) if node.always else []}


def _stage_view(plan: Plan, stage: Stage, indent: int) -> dict[str, Any]:
    blocks = _stage(plan, stage, indent)
    return {"indent": " " * indent, "title": groovy(stage.title), "blocks": blocks}


def _stage(plan: Plan, stage: Stage, indent: int) -> list[Block]:
    options = [f"lock(resource: {groovy(stage.lock)})"] if stage.lock else []
    if stage.gate:
        options.append(f"timeout(time: {stage.gate.hours}, unit: 'HOURS')")
    elif stage.timeout_minutes:
        options.append(f"timeout(time: {stage.timeout_minutes}, unit: 'MINUTES')")
    blocks = [
        ("when", _when(stage.when, gate=stage.gate is not None) if stage.when else []),
        ("input", _input(stage.gate) if stage.gate else []),
        ("agent", _agent(plan, stage.agent) if stage.agent else []),
        ("options", options),
        ("steps", _call(stage.step, indent + 8)),
    ]
    return [block for block in blocks if block[1]]


def _when(condition: Condition, gate: bool = False) -> list[str]:
    """The lines of a ``when``; each condition needs a line of its own."""
    first = [f"before{'Input' if gate else 'Agent'} true", "beforeOptions true"]
    parts = [f"branch {groovy(branch)}" for branch in condition.branches]
    parts += ["changeRequest()"] if condition.pull_request else []
    if condition.negated:
        return [*first, f"not {{ {parts[0]} }}"]
    if len(parts) == 1:
        return [*first, *parts]
    return [*first, "anyOf {", *(f"    {part}" for part in parts), "}"]


def _input(gate: Gate) -> list[str]:
    lines = [f"message {groovy(gate.message)}", "ok 'Deploy'"]
    return [*lines, f"submitter {groovy(','.join(gate.approvers))}"] if gate.approvers else lines


def _agent(plan: Plan, agent: Agent) -> list[str]:
    """The lines of ``agent { dockerfile { … } }``.

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
    return ["dockerfile {", *(f"    {line}" for line in lines), "}"]


def _call(step: Step, indent: int) -> list[str]:
    """One call of a step, on one line where it fits, else an argument a line."""
    pairs = [f"{groovy_key(name)}: {groovy(value)}" for name, value in step.arguments.items()]
    line = f"{step.call}({', '.join(pairs)})"
    if len(line) + indent <= LINE and "\n" not in line:
        return [line]
    last = len(pairs) - 1
    inner = [f"    {pair}{',' if i < last else ''}" for i, pair in enumerate(pairs)]
    return [f"{step.call}(", *inner, ")"]
