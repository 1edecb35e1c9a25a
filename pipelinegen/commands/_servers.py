"""What the commands share that ask a server over HTTP."""

from __future__ import annotations

from pathlib import Path

import click

ca_option = click.option(
    "--ca",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificates to trust, when the server's is not from a known authority.",
)


def warn_in_the_clear(url: str) -> None:
    """Say that a token can be read on its way to the server, where it can."""
    from pipelinegen.credentials import in_the_clear

    if warning := in_the_clear(url):
        click.echo(warning, err=True)
