"""``pipelinegen check-metrics``: whether a service's metrics are those that its config names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelinegen.errors import NO, OK

if TYPE_CHECKING:
    from pipelinegen.observe.metrics import Finding


@click.command(name="check-metrics")
@click.argument("url")
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=".")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def command(url: str, path: Path, form: str) -> None:
    """Compare the metrics at URL with those that pipeline.yaml names.

    URL is the service's address, as `pipelinegen system up` prints it; without a path it is that
    of `observability.metrics`. PATH is the service's folder; default: this folder.

    Told are metrics that are missing, of another type, without a label that they should have, or
    with more series than is sensible. Exit code 1 when there are such.

    \b
    Examples:
      pipelinegen check-metrics http://localhost:8080
      pipelinegen check-metrics https://orders.test.example.com/metrics services/orders
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.observe.metrics import check, fetch
    from pipelinegen.plan.observed import observed

    config = Loader().service(path)
    metrics = config.model.observability.metrics
    address = _address(url, metrics.path if metrics else "/metrics")
    known = observed(config)
    found = check(known, fetch(address))
    if form == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        _show(found)
    wrong = sum(one.wrong for one in found)
    named = len(known.counters) + bool(known.requests)
    if not named:
        told = "pipeline.yaml names no metrics: say `counters` or `requests` in `observability`"
    else:
        told = f"{wrong} wrong" if wrong else "all is there"
    click.echo(f"{address}: {told}", err=True)
    click.get_current_context().exit(NO if wrong else OK)


def _address(url: str, path: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError(f"`{url}` is no address: write http://localhost:8080")
    return url.rstrip("/") + path if parts.path in ("", "/") else url


def _show(found: list[Finding]) -> None:
    width = max((len(one.metric) for one in found), default=0)
    for one in found:
        word = click.style("wrong", fg="red") if one.wrong else click.style("ok   ", fg="green")
        click.echo(f"{word}  {one.metric.ljust(width)}  {one.message}")
