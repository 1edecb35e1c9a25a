"""``pipelinegen init``: from a repository to its pipeline.yaml."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipelinegen.detect.found import Found


@click.command(name="init")
@click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False), default=".")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing; take what was found or assumed.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
def command(path: Path, yes: bool, dry_run: bool) -> None:
    """Look at a repository and write a pipeline.yaml for each service in it.

    PATH is the service's folder, or one with several services; default: this folder.

    What was found is told with the file and line that shows it. Where there is no Dockerfile, one
    is written with a `test` and a `runtime` target, and a .dockerignore. Nothing that is there is
    ever overwritten.

    \b
    Examples:
      pipelinegen init
      pipelinegen init --dry-run
      pipelinegen init services --yes
    """
    from pipelinegen.detect.services import find

    asks = not yes and not dry_run and sys.stdin.isatty()
    services = find(path)
    for found in services:
        _one(found, asks=asks, dry_run=dry_run, many=len(services) > 1)
    if len(services) > 1:
        click.echo(f"{len(services)} services", err=True)
    if not dry_run:
        where = " --root ." if len(services) > 1 else ""
        click.echo(f"Next: look at pipeline.yaml, then run `pipelinegen generate{where}`", err=True)


def _one(found: Found, *, asks: bool, dry_run: bool, many: bool) -> None:
    from pipelinegen.detect.write import files
    from pipelinegen.workspace import write_new

    if (found.folder / "pipeline.yaml").exists():
        click.echo(f"{found.folder / 'pipeline.yaml'} is there already; nothing changed", err=True)
        return
    found = _ask(found) if asks else found
    _tell(found, many)
    for name, text in files(found).items():
        if dry_run:
            click.echo(click.style(f"# {found.folder / name}", bold=True))
            click.echo(text)
        elif write_new(found.folder / name, text):
            click.echo(f"  wrote {click.style(str(found.folder / name), fg='green')}", err=True)
        else:
            click.echo(f"  kept {found.folder / name}, which is there already", err=True)


def _ask(found: Found) -> Found:
    """Ask for what no file shows."""
    from pipelinegen.detect.repo import Fact

    if found.team is None:
        team = click.prompt(
            f"Which team owns {found.name.value}?", value_proc=_legal_team, err=True
        )
        found = replace(found, team=Fact(team, "as you said"))
    if found.port is None and not found.worker:
        port = click.prompt(
            "On which port does it listen?", default=8080, type=click.IntRange(1, 65535), err=True
        )
        found = replace(found, port=Fact(port, "as you said"))
    return found


def _legal_team(said: str) -> str:
    from pipelinegen.detect.services import legal_name

    if legal_name(said) != said or not said:
        raise click.UsageError("lower-case letters, digits and `-`, like `shop`")
    return said


def _tell(found: Found, many: bool) -> None:
    """What was found, and because of what."""
    rows = list(_rows(found))
    head = found.name.value + (f" ({found.folder})" if many else "")
    click.echo(click.style(head, bold=True), err=True)
    names = max(len(name) for name, _, _ in rows)
    values = min(48, max(len(value) for _, value, _ in rows))
    for name, value, because in rows:
        reason = click.style(because, dim=True)
        click.echo(f"  {name.ljust(names)}  {value.ljust(values)}  {reason}", err=True)
    for note in found.notes:
        click.echo(f"  {click.style('note', fg='yellow')}: {note}", err=True)


def _rows(found: Found) -> list[tuple[str, str, str]]:
    ecosystem = found.ecosystem
    rows = [("language", ecosystem.language, ecosystem.because)]
    team = ("team", found.team.value, found.team.because) if found.team else None
    rows.append(team or ("team", "not seen", "change it in pipeline.yaml"))
    if found.port:
        rows.append(("port", str(found.port.value), found.port.because))
    else:
        rows.append(("port", "none: a worker" if found.worker else "8080", "no port was seen"))
    image = found.dockerfile
    if image:
        stages = ", ".join(stage or "(no name)" for stage in image.stages)
        rows.append(("Dockerfile", f"stages {stages}", image.path))
    else:
        rows.append(("Dockerfile", "none, so one is written", ""))
    if ecosystem.lint:
        rows.append(("lint", ecosystem.lint.value, ecosystem.lint.because))
    if ecosystem.build:
        rows.append(("build", ecosystem.build.value, ecosystem.build.because))
    rows += [(f"{name} tests", c.value.run, c.because) for name, c in ecosystem.tests.items()]
    if not ecosystem.tests:
        rows.append(("tests", "none seen", "add them to pipeline.yaml"))
    rows += [(name, str(p.value.get("path", "")), p.because) for name, p in found.health.items()]
    if found.metrics:
        rows.append(("metrics", found.metrics.value, found.metrics.because))
    for name, dependency in found.dependencies.items():
        env = dependency.value.get("env")
        shown = dependency.value["type"] + (f" in {env}" if env else "")
        rows.append((f"needs {name}", shown, dependency.because))
    if found.replicas:
        rows.append(("replicas", str(found.replicas.value), found.replicas.because))
    if found.resources:
        rows.append(("resources", "requests and limits", found.resources.because))
    rows.append(("platform", found.platform or "none found", ""))
    return rows
