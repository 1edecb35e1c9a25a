"""The plan as a picture: for a terminal, and for Markdown."""

from __future__ import annotations

from itertools import pairwise

from pipelinegen.plan.model import Condition, Node, Parallel, Plan, Sequence, Stage


def text(plan: Plan) -> str:
    """A line a stage; what is parallel or belongs together is indented."""
    lines: list[tuple[str, str]] = []
    for node in plan.nodes:
        if isinstance(node, Stage):
            lines.append((node.title, note(node)))
            continue
        kind = "in parallel" if isinstance(node, Parallel) else _where(node.when)
        lines.append((node.title, kind))
        for i, stage in enumerate(node.stages):
            branch = "└─" if i == len(node.stages) - 1 else "├─"
            lines.append((f"  {branch} {stage.title}", note(stage)))
    lines = [(plain(title), plain(told)) for title, told in lines]
    width = max(len(title) for title, _ in lines)
    body = [f"{title.ljust(width)}  {told}".rstrip() for title, told in lines]
    return "\n".join([f"{plan.service} ({plan.team})", "", *body]) + "\n"


def plain(text: str) -> str:
    """Text without what a terminal takes for a command or the end of a line."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _where(when: Condition | None) -> str:
    return when.words if when else ""


def note(stage: Stage) -> str:
    """Where a stage runs, who is waited for and its command, as far as there is such a thing."""
    parts = [_where(stage.when)]
    if stage.gate:
        who = ", ".join(stage.gate.approvers) or "anyone who may build"
        parts.append(f"waits up to {stage.gate.hours} h for {who}")
    command = stage.step.arguments.get("command")
    if isinstance(command, str):
        parts.append("$ " + "; ".join(command.strip().splitlines()))
    return "; ".join(part for part in parts if part)


def mermaid(plan: Plan) -> str:
    """A Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""
    lines = ["flowchart LR"]
    before: list[str] = []
    for number, node in enumerate(plan.nodes):
        first, last = _boxes(node, number, lines)
        for start in before:
            lines += [f"    {start} --> {end}" for end in first]
        before = last
    return "\n".join(lines) + "\n"


def _boxes(node: Node, number: int, lines: list[str]) -> tuple[list[str], list[str]]:
    """The node's boxes that come first in it, and those that come last."""
    if isinstance(node, Stage):
        name = f"s{number}"
        lines.append(f"    {name}{_shape(node)}")
        return [name], [name]
    when = node.when if isinstance(node, Sequence) else None
    label = node.title + (f" · {when.words}" if when else "")
    lines.append(f'    subgraph g{number}["{_escape(label)}"]')
    ids = [f"s{number}_{i}" for i in range(len(node.stages))]
    for name, stage in zip(ids, node.stages, strict=True):
        lines.append(f"        {name}{_shape(stage)}")
    if isinstance(node, Sequence):
        lines += [f"        {a} --> {b}" for a, b in pairwise(ids)]
    lines.append("    end")
    return (ids[:1], ids[-1:]) if isinstance(node, Sequence) else (ids, ids)


def _shape(stage: Stage) -> str:
    when = f"<br/>{_escape(stage.when.words)}" if stage.when else ""
    title = f'"{_escape(stage.title)}{when}"'
    return f"{{{{{title}}}}}" if stage.gate else f"[{title}]"


def _escape(label: str) -> str:
    return "".join(c if c.isalnum() or c in " ,.:·-_/*()" else f"#{ord(c)};" for c in label)
