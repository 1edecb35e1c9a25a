"""``pipelinegen values``: what helm gets in one place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.errors import PipelinegenError

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config, Site


@click.command(name="values")
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=".")
@click.option("--region", help="A region of the platform.")
@click.option("--cluster", help="A cluster of the platform; it knows its region.")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml")
def command(path: Path, region: str | None, cluster: str | None, form: str) -> None:
    """Print the values of a region or a cluster, merged as Helm merges them.

    They are the chart's defaults and the values files of the place, later ones over earlier ones:
    maps deep, lists replaced, null removes.

    \b
    Examples:
      pipelinegen values --region eu-west-1
      pipelinegen values --cluster us-b --format json
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.plan.values import merged_values
    from pipelinegen.render.incluster import monitoring_values

    config = Loader().service(path)
    if cluster is not None:
        region = _site(config, cluster, region).region
    elif region is not None:
        _check_region(config, region)
    monitored = monitoring_values(config)
    values = merged_values(config, _chart_values(), region, cluster, monitored)
    if form == "json":
        import json

        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
    else:
        from pipelinegen.render.yamltext import dump

        click.echo(dump(values), nl=False)


def _chart_values() -> dict[str, Any]:
    import yaml

    from pipelinegen import data

    loaded: dict[str, Any] = yaml.safe_load((data.chart() / "values.yaml").read_text("utf-8"))
    return loaded


def _site(config: Config, cluster: str, region: str | None) -> Site:
    sites = {site.name: site for site in config.sites()}
    if cluster not in sites:
        known = ", ".join(sites) or "none"
        raise PipelinegenError(f"{cluster}: this service has no such cluster (clusters: {known})")
    if region not in (None, sites[cluster].region):
        raise PipelinegenError(f"{cluster} is in {sites[cluster].region}, not in {region}")
    return sites[cluster]


def _check_region(config: Config, region: str) -> None:
    from pipelinegen.plan.values import regions

    if region not in (known := regions(config)):
        names = ", ".join(known) or "none"
        raise PipelinegenError(f"{region}: this service is not in that region (regions: {names})")
