"""``pipelinegen graph``: the flow, for people."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="graph")
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=".")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "svg"]),
    default="text",
    show_default=True,
    help="mermaid: a diagram that many Markdown viewers draw; svg: a picture.",
)
def command(path: Path, form: str) -> None:
    """Draw the pipeline of a service: stages in order, what is parallel, where each runs.

    \b
    Examples:
      pipelinegen graph
      pipelinegen graph --format mermaid >> README.md
      pipelinegen graph --format svg > docs/pipeline.svg
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.plan.build import build_plan
    from pipelinegen.render import graph
    from pipelinegen.render.svg import svg

    config = Loader().service(path)
    plan = build_plan(config)
    match form:
        case "svg":
            drawn = svg(plan, {site.name: site.region for site in config.sites()})
        case "mermaid":
            drawn = graph.mermaid(plan)
        case _:
            drawn = graph.text(plan)
    click.echo(drawn, nl=False)
