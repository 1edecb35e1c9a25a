"""``pipelinegen chart``: where the Helm chart is."""

from __future__ import annotations

import click


@click.command(name="chart")
def command() -> None:
    """Print the folder of the Helm chart that all services share.

    \b
    Example:
      helm template orders "$(pipelinegen chart)" \\
        -f deploy/values.yaml -f deploy/values-eu-west-1.yaml \\
        --set image.digest=sha256:...
    """
    from pipelinegen import data

    click.echo(data.chart())
