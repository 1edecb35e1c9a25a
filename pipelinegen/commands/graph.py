"""``pipelinegen graph``: the flow, for people."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="graph")
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=".")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid"]),
    default="text",
    show_default=True,
    help="mermaid: a diagram that many Markdown viewers draw.",
)
def command(path: Path, form: str) -> None:
    """Draw the pipeline of a service: stages in order, what is parallel, where each runs.

    \b
    Examples:
      pipelinegen graph
      pipelinegen graph --format mermaid >> README.md
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.plan.build import build_plan
    from pipelinegen.render import graph

    plan = build_plan(Loader().service(path))
    click.echo(graph.mermaid(plan) if form == "mermaid" else graph.text(plan), nl=False)
