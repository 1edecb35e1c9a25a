"""``pipelinegen explain``: a key's effective value, and which line brought it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.errors import PipelinegenError

if TYPE_CHECKING:
    from pipelinegen.config.document import Path as Key
    from pipelinegen.config.loaded import Config

ACCOUNTS = ["test", "stage", "production"]


@click.command(name="explain")
@click.argument("key")
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=".")
@click.option("--region", help="The value in this region.")
@click.option("--account", type=click.Choice(ACCOUNTS), help="The value in this account.")
@click.option("--cluster", help="The value in this cluster, with its region and account.")
def command(
    key: str, path: Path, region: str | None, account: str | None, cluster: str | None
) -> None:
    """Say what a key's effective value is, and which line of which file it comes from.

    KEY is written with dots, as in `deploy.replicas`; a map is explained key by key.

    \b
    Examples:
      pipelinegen explain deploy.replicas --region us-east-1
      pipelinegen explain deploy.env --cluster us-b
      pipelinegen explain build.agent
    """
    from pipelinegen.config.effective import settings
    from pipelinegen.config.explain import explain
    from pipelinegen.config.load import Loader
    from pipelinegen.plan.derived import with_derived

    config = Loader().service(path)
    if cluster is not None:
        region, account = _place(config, cluster, region, account)
    elif region is not None:
        _check(region, [site.region for site in config.sites()], "region")
    # Messages write `waves[0]`, which a person will copy.
    dotted = re.sub(r"\[([0-9]+)\]", r".\1", key)
    steps: Key = tuple(int(step) if step.isdecimal() else step for step in dotted.split("."))
    rows = explain(config, steps, region, account, cluster)
    rows = with_derived(config, dotted, rows, settings(config, region, account, cluster))
    width = max(len(name) for name, _, _ in rows)
    shown = [(name.ljust(width), _text(value), source) for name, value, source in rows]
    middle = max(len(value) for _, value, _ in shown)
    for name, value, source in shown:
        click.echo(f"{name} = {value.ljust(middle)}  {click.style(source, dim=True)}")


def _text(value: Any) -> str:
    from pipelinegen.render.yamltext import inline

    return inline(value)


def _place(
    config: Config, cluster: str, region: str | None, account: str | None
) -> tuple[str, str]:
    sites = {site.name: site for site in config.sites()}
    _check(cluster, list(sites), "cluster")
    site = sites[cluster]
    if region not in (None, site.region) or account not in (None, site.account):
        where = f"{site.region}, account {site.account}"
        raise PipelinegenError(f"{cluster} is in {where}; leave out --region and --account")
    return site.region, site.account


def _check(name: str, known: list[str], kind: str) -> None:
    if name not in known:
        names = ", ".join(dict.fromkeys(known)) or "none"
        raise PipelinegenError(f"{name}: this service has no such {kind} (known: {names})")
