"""``pipelinegen sweep``: what was forgotten is removed."""

from __future__ import annotations

import click


@click.command(name="sweep")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
def command(dry_run: bool) -> None:
    """Remove containers and networks of tests that nobody needs any more.

    Those are: of `system up`, when its time (`--ttl`) is over; of a test run or command that was
    killed. What is in use stays.
    """
    from pipelinegen.containers.daemon import connect, told
    from pipelinegen.containers.sweep import sweep

    with connect() as daemon, told():
        gone = sweep(daemon.client, dry=dry_run)
    for name in gone:
        click.echo(name)
    if not gone:
        click.echo("Nothing was forgotten.", err=True)
