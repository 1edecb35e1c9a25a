"""The plan as a declarative Jenkinsfile.

What Jenkins does with each part: https://www.jenkins.io/doc/book/pipeline/syntax/
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipelinegen import __version__
from pipelinegen.plan.model import (
    BUILD_LABEL,
    SOCKET,
    Agent,
    Condition,
    Gate,
    Node,
    Parallel,
    Plan,
    Stage,
    Step,
)
from pipelinegen.render.header import header
from pipelinegen.render.quoting import groovy, groovy_key, shell
from pipelinegen.render.templates import render

LINE = 100
_BUILD = "${BUILD}"


def jenkinsfile(plan: Plan) -> str:
    """The Jenkinsfile's text."""
    return render(
        "Jenkinsfile.j2",
        header=header("//"),
        library=groovy(f"{plan.library}@v{__version__}"),
        options=_text([("options", _options(plan))], 4),
        nodes=[_node(plan, node) for node in plan.nodes],
        post=_text([(when, _call(step, 12)) for when, step in _post(plan).items()], 8),
    )


# A view is a title and the finished text of its blocks: the template decides their order, not
# their lines. A line may hold a text of several lines, of which only the first is indented.
Block = tuple[str, list[str]]


def _text(blocks: list[Block], indent: int) -> str:
    """Blocks as they stand in the file; one without lines is left out."""
    outer, inner = " " * indent, "\n" + " " * (indent + 4)
    return "".join(
        f"{outer}{name} {{{inner}{inner.join(lines)}\n{outer}}}\n"
        for name, lines in blocks
        if lines
    )


def _post(plan: Plan) -> dict[str, Step]:
    """What is done at the end, by the condition that ``post`` has for it."""
    steps = {"cleanup": Step("sweep")}
    if plan.notify is None:
        return steps
    results = ("failure", "fixed")
    return {r: Step("notifyTeam", {"result": r, **plan.notify}) for r in results} | steps


def _options(plan: Plan) -> list[str]:
    options = [
        "timestamps()",
        f"timeout(time: {plan.timeout_hours}, unit: 'HOURS')",
        f"buildDiscarder(logRotator(numToKeepStr: '{plan.keep_builds}'))",
    ]
    if plan.abort_previous:
        options.append("disableConcurrentBuilds(abortPrevious: true)")
    if any(stage.gate for stage in plan.stages()):
        # Started behind the gate, a build would deploy without asking.
        options.append("disableRestartFromStage()")
    return [*options, "skipStagesAfterUnstable()"]


class _View(NamedTuple):
    """A stage as the template writes it; one without stages in it has only a title and blocks."""

    title: str
    blocks: str
    kind: str = ""
    stages: Sequence[tuple[str, str]] = ()
    always: str = ""


def _node(plan: Plan, node: Node) -> _View:
    if isinstance(node, Stage):
        return _View(*_stage(plan, node, 8))
    title, stages = groovy(node.title), [_stage(plan, stage, 16) for stage in node.stages]
    if isinstance(node, Parallel):
        return _View(title, "", "parallel", stages)
    blocks = [
        ("when", _when(node.when) if node.when else []),
        ("agent", [f"label {groovy(plan.label)}"] if node.same_node else []),
        ("options", [f"lock(resource: {groovy(node.lock)})"] if node.lock else []),
    ]
    always = [("always", _call(node.always, 20))] if node.always else []
    return _View(title, _text(blocks, 12), "stages", stages, _text(always, 16))


def _stage(plan: Plan, stage: Stage, indent: int) -> tuple[str, str]:
    """A stage's title and its blocks."""
    options = [f"lock(resource: {groovy(stage.lock)})"] if stage.lock else []
    if stage.gate:
        options.append(f"timeout(time: {stage.gate.hours}, unit: 'HOURS')")
    elif stage.timeout_minutes:
        options.append(f"timeout(time: {stage.timeout_minutes}, unit: 'MINUTES')")
    blocks = [
        ("when", _when(stage.when, gate=stage.gate is not None) if stage.when else []),
        ("input", _input(stage.gate) if stage.gate else []),
        ("agent", _agent(stage.agent, plan.label, plan.docker_group) if stage.agent else []),
        ("options", options),
        ("steps", _call(stage.step, indent + 8)),
    ]
    return groovy(stage.title), _text(blocks, indent + 4)


# Services side by side have the same conditions and containers.
@lru_cache(256)
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


@lru_cache(256)
def _agent(agent: Agent, label: str, docker_group: int | None) -> list[str]:
    """The lines of ``agent { dockerfile { … } }``.

    The image's tag is a hash of the job, the Dockerfile and the arguments, so that two builds on
    one node would share it while their contexts differ; the label makes it the build's own, and
    tells the sweep whose it is.
    """
    lines = [] if agent.directory == "." else [f"dir {groovy(agent.directory)}"]
    lines.append(f"filename {groovy(agent.filename)}")
    target = f"--target {shell(agent.target)} " if agent.target else ""
    lines.append(f'additionalBuildArgs "{target}--label {BUILD_LABEL}={_BUILD}"')
    args = []
    if agent.docker:
        args.append(f"-v {SOCKET}:{SOCKET}")
        if docker_group is not None:
            args.append(f"--group-add {docker_group}")
    if agent.network:
        args.append(f"--network pipelinegen-{_BUILD}")
    if args:
        quote = '"' if agent.network else "'"
        lines.append(f"args {quote}{' '.join(args)}{quote}")
    lines.append("reuseNode true" if agent.same_node else f"label {groovy(label)}")
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
