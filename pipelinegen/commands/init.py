"""``pipelinegen init``: from a repository to its pipeline.yaml."""

from __future__ import annotations

import shlex
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
    many = len(services) > 1
    # All questions first: who leaves at one of them finds nothing half done.
    new = {found.folder for found in services if not (found.folder / "pipeline.yaml").exists()}
    services = [_ask(f) if asks and f.folder in new else f for f in services]
    written = [_one(f, new=f.folder in new, dry_run=dry_run, many=many) for f in services]
    if many:
        _say(f"{len(services)} services, {len(new)} of them new")
    if dry_run:
        _say("Nothing was written: --dry-run only shows it")
    elif any(written):
        where = f" --root {shlex.quote(str(path))}" if many else ""
        where = where or ("" if str(path) == "." else f" {shlex.quote(str(path))}")
        _say(f"Next: look at what was written, then run `pipelinegen generate{where}`")


def _one(found: Found, *, new: bool, dry_run: bool, many: bool) -> bool:
    """Tell and write one service; whether something was written."""
    from pipelinegen.detect.write import beside, files
    from pipelinegen.workspace import write_new

    if new:
        _tell(found, many)
        made = files(found)
    else:
        made = beside(found)
        _say(f"{found.folder / 'pipeline.yaml'} is there already, and stays as it is")
    written = False
    for name, text in made.items():
        if dry_run:
            click.echo(click.style(f"# {found.folder / name}", bold=True))
            click.echo(text)
        elif write_new(found.folder / name, text):
            written = True
            _say(f"  wrote {click.style(str(found.folder / name), fg='green')}")
        else:
            _say(f"  kept {found.folder / name}, which is there already")
    return written


def _say(text: str) -> None:
    click.echo(text, err=True)


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
            f"On which port does {found.name.value} listen?",
            default=8080,
            type=click.IntRange(1, 65535),
            err=True,
        )
        found = replace(found, port=Fact(port, "as you said"))
    return found


def _legal_team(said: str) -> str:
    from pipelinegen.detect.owner import legal_name

    if legal_name(said) != said or not said:
        raise click.UsageError("lower-case letters, digits and `-`, like `shop`")
    return said


def _tell(found: Found, many: bool) -> None:
    """What was found, and because of what; none of it can steer the terminal."""
    from pipelinegen.detect.write import plain

    rows = [(name, plain(value), plain(because)) for name, value, because in _rows(found)]
    head = found.name.value + (f" ({found.folder})" if many else "")
    _say(click.style(head, bold=True))
    names = max(len(name) for name, _, _ in rows)
    values = min(48, max(len(value) for _, value, _ in rows))
    for name, value, because in rows:
        reason = click.style(because, dim=True)
        _say(f"  {name.ljust(names)}  {value.ljust(values)}  {reason}".rstrip())
    for note in found.notes:
        _say(f"  {click.style('note', fg='yellow')}: {plain(note)}")


def _rows(found: Found) -> list[tuple[str, str, str]]:
    ecosystem = found.ecosystem
    rows = [("language", ecosystem.language, ecosystem.because)]
    team = ("team", found.team.value, found.team.because) if found.team else None
    rows.append(team or ("team", "not seen", "CHANGE IT in pipeline.yaml"))
    if found.port:
        rows.append(("port", str(found.port.value), found.port.because))
    elif found.worker:
        rows.append(("port", "none: a worker", "nothing in the source listens on one"))
    else:
        rows.append(("port", "not seen, so 8080", "CHECK IT in pipeline.yaml"))
    image = found.dockerfile
    if image:
        stages = ", ".join(stage or "(no name)" for stage in image.stages)
        rows.append(("Dockerfile", f"stages {stages}", image.path))
    else:
        rows.append(("Dockerfile", "none, so one is written", "targets test and runtime"))
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
    platform = (found.platform, "") if found.platform else ("none found", "nothing is deployed")
    rows.append(("platform", *platform))
    return rows
