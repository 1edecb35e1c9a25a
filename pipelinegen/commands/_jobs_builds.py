"""``pipelinegen jobs lint``, ``build``, ``logs`` and ``status``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._jobs import (
    connections,
    format_option,
    one_service,
    services,
    services_options,
)
from pipelinegen.commands._servers import ca_option
from pipelinegen.errors import NO, OK, OutsideError

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config
    from pipelinegen.jenkins.builds import Build, Last
    from pipelinegen.jenkins.client import Connections
    from pipelinegen.jenkins.lint import Finding

HEADINGS = ("SERVICE", "TEAM", "BRANCH", "BUILD", "RESULT", "WHEN", "TOOK")
_COLOURS = {"SUCCESS": "green", "FAILURE": "red", "UNSTABLE": "yellow"}
branch_option = click.option(
    "--branch", metavar="NAME", help="A branch, or PR-1; default: the main branch."
)


@click.command(name="lint")
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=Path())
@ca_option
def lint(path: Path, ca: Path | None) -> None:
    """Let the server's linter read the Jenkinsfile.

    PATH is the service's folder; default: this folder. Each finding tells which stage it is in,
    and which key of pipeline.yaml that stage comes from. Exit code 1 when there are some.

    \b
    Example:
      pipelinegen jobs lint services/orders
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.config.sources import read
    from pipelinegen.jenkins.lint import findings

    config = Loader().service(path)
    file = config.root / "Jenkinsfile"
    text = read(file).decode("utf-8", "replace")
    with connections(config.platform.model.jenkins.url, ca) as connected:
        found = findings(connected.server, text)
    for finding in found:
        click.echo(_problem(config, file, text, finding))
    told = f"{len(found)} wrong" if found else "the server's linter finds nothing"
    click.echo(f"{file}: {told}", err=True)
    click.get_current_context().exit(NO if found else OK)


def _problem(config: Config, file: Path, text: str, finding: Finding) -> str:
    from pipelinegen.errors import Problem
    from pipelinegen.jenkins.lint import key_of, part_of
    from pipelinegen.plan.build import build_plan

    lines = text.splitlines()
    source = lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""
    hint = ""
    if finding.line:
        part = part_of(text, finding.line)
        key = key_of(build_plan(config), part)
        hint = f"this is {part.words}"
        if key is not None:
            where = config.place(key).problem("").where
            hint += f", made from `{'.'.join(map(str, key))}` ({where})"
    problem = Problem(str(file), finding.line, finding.column, finding.message, hint, source)
    return problem.text()


@click.command(name="build")
@click.argument("service")
@branch_option
@click.option("--follow", is_flag=True, help="Show its console until it ends.")
@services_options
def build(service: str, branch: str | None, follow: bool, **said: Any) -> None:
    """Start a build of a service's branch.

    With --follow the exit code is 0 when it succeeds, 1 when it does not. Ctrl-C ends the
    following, not the build.

    \b
    Examples:
      pipelinegen jobs build orders
      pipelinegen jobs build orders --branch feature/x --follow
    """
    from pipelinegen.jenkins import builds

    found = services(said["root"], said["platform"])
    one = one_service(found, service)
    with connections(found.url, said["ca"]) as connected:
        queued = builds.start(connected.server, one, branch)
        job = builds.branch_job(one, branch)
        click.echo(f"{job}: waits at {connected.access.url}{queued}", err=True)
        # It is there after Jenkins' quiet period; who does not follow is not kept longer.
        looks = None if follow else 8
        wait = connected.stopped.wait
        begun = builds.started(connected.server, job, queued, wait, looks)
        code = OK
        if begun is not None:
            click.echo(begun.url)
            code = _follow(connected, begun) if follow else OK
        elif follow:
            raise OutsideError(f"{job}: it was cancelled in the queue")
    click.get_current_context().exit(code)


@click.command(name="logs")
@click.argument("service")
@branch_option
@click.option("--follow", is_flag=True, help="Go on until the build ends.")
@services_options
def logs(service: str, branch: str | None, follow: bool, **said: Any) -> None:
    """Show the console of a branch's last build.

    With --follow the exit code is 0 when the build succeeds, 1 when it does not.

    \b
    Examples:
      pipelinegen jobs logs orders
      pipelinegen jobs logs orders --branch PR-12 --follow
    """
    from pipelinegen.jenkins import builds

    found = services(said["root"], said["platform"])
    one = one_service(found, service)
    with connections(found.url, said["ca"]) as connected:
        code = _follow(connected, builds.last(connected.server, one, branch), to_the_end=follow)
    click.get_current_context().exit(code)


def _follow(connected: Connections, build: Build, *, to_the_end: bool = True) -> int:
    from pipelinegen.jenkins import builds

    wait = connected.stopped.wait if to_the_end else None
    for text in builds.console(connected.server, build, wait):
        click.echo(text, nl=False)
    if not to_the_end:
        return OK
    result = builds.result(connected.server, build)
    click.echo(click.style(f"{build.url} {result}", fg=_COLOURS.get(result)), err=True)
    return OK if result == "SUCCESS" else NO


@click.command(name="status")
@services_options
@format_option
def status(form: str, **said: Any) -> None:
    """Show the last builds of all services' main branches, and of their own jobs.

    \b
    Examples:
      pipelinegen jobs status --root services
      pipelinegen jobs status --format json
    """
    from pipelinegen.jenkins import builds
    from pipelinegen.jenkins.reading import AT_ONCE, each

    found = services(said["root"], said["platform"])
    folders: dict[str, list[Any]] = {}
    for service in sorted(found.declared, key=lambda one: (one.folder, one.name)):
        folders.setdefault(service.folder, []).append(service)
    with connections(found.url, said["ca"]) as connected:
        rows = [
            last
            for lasts in each(
                list(folders),
                lambda folder: builds.overview(connected.server, folder, folders[folder]),
                AT_ONCE,
            )
            for last in lasts
        ]
    if form == "json":
        click.echo(json.dumps([row.data for row in rows], indent=2, ensure_ascii=False))
    else:
        _table(rows)


def _table(found: list[Last]) -> None:
    rows = [HEADINGS, *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for number, row in enumerate(rows):
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        if number:
            cells[4] = click.style(cells[4], fg=_COLOURS.get(row[4]))
        click.echo(click.style("  ".join(cells).rstrip(), bold=number == 0))


def _row(one: Last) -> tuple[str, ...]:
    head = (one.service, one.team, one.branch)
    if one.build is None:
        return (*head, "", one.why, "", "")
    from datetime import datetime

    when = datetime.fromtimestamp(one.build.started).strftime("%Y-%m-%d %H:%M")
    minutes, seconds = divmod(int(one.build.seconds), 60)
    took = f"{minutes}m {seconds:02}s" if one.build.result else ""
    return (*head, f"#{one.build.number}", one.build.result or "running", when, took)
