"""``pipelinegen status``: what runs where."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._clusters import ACCOUNTS, format_option, place, place_options, stoppable
from pipelinegen.errors import OUTSIDE

if TYPE_CHECKING:
    from pipelinegen.deploy.status import Status

HEADINGS = ("CLUSTER", "ACCOUNT", "VERSION", "DIGEST", "READY", "AGE", "STATE")


@click.command(name="status")
@click.option("--account", type=ACCOUNTS, help="Only that account; default: all.")
@place_options
@format_option
def command(account: str | None, form: str, **said: Any) -> None:
    """Show what runs in each cluster: version, digest, ready pods, age, drift.

    Drift is what a deployment of the same image would change: since pipeline.yaml or the values
    have changed, or since somebody has changed the cluster by hand. Exit code 3 when a cluster does
    not answer.

    \b
    Examples:
      pipelinegen status
      pipelinegen status --account production --format json
    """
    from pipelinegen.deploy.rollout import each
    from pipelinegen.deploy.status import status

    accounts = [account] if account else _accounts(said)
    places = [place(name, said) for name in accounts]
    found: list[Status] = []
    for where in places:
        with stoppable(where.programs):
            found += each(where.targets(), status)
    if form == "json":
        click.echo(json.dumps([each.data for each in found], indent=2))
    else:
        _table(found)
    if any(each.why for each in found):
        click.get_current_context().exit(OUTSIDE)


def _accounts(said: dict[str, Any]) -> list[str]:
    """The accounts in which the service has clusters that were asked for."""
    from pipelinegen.config.load import Loader
    from pipelinegen.config.loaded import ACCOUNTS as every
    from pipelinegen.errors import PipelinegenError

    config = Loader().service(said["directory"])
    sites = config.sites()
    kept = [
        site.account
        for site in sites
        if said["region"] in (None, site.region) and said["cluster"] in (None, site.name)
    ]
    if not kept:
        known = ", ".join(site.name for site in sites) or "none"
        raise PipelinegenError(f"there is no such cluster here (clusters: {known})")
    return [name for name in every if name in kept]


def _table(found: list[Status]) -> None:
    rows = [HEADINGS]
    for each in found:
        state = each.state if each.verified or not each.revision else f"{each.state}, not verified"
        ready = f"{each.ready}/{each.wanted}" if each.revision else ""
        rows.append(
            (each.cluster, each.account, each.version, each.digest[7:19], ready, each.age, state)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for number, row in enumerate(rows):
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo(click.style("  ".join(cells).rstrip(), bold=number == 0))
        if number and (status := found[number - 1]):
            for line in status.drift:
                click.echo(click.style(f"  drift: {line}", fg="yellow"))
            if status.why:
                click.echo(click.style(f"  {status.why.splitlines()[-1]}", fg="red"))
