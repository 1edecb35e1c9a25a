"""``pipelinegen schema``: what an editor needs to complete and check the config files."""

from __future__ import annotations

import click


@click.command(name="schema")
@click.argument("kind", type=click.Choice(["pipeline", "platform"]), default="pipeline")
def command(kind: str) -> None:
    """Print the JSON Schema of pipeline.yaml or of platform.yaml.

    Editors with YAML support read it from the file's first line, which `init` writes:

    \b
      # yaml-language-server: $schema=.pipelinegen/pipeline.schema.json
    """
    from pipelinegen import data

    click.echo(data.schema(kind).read_text("utf-8"), nl=False)
