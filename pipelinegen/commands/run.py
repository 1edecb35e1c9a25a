"""``pipelinegen run``: the stages on this machine, as Jenkins runs them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelinegen.errors import NO, PipelinegenError

if TYPE_CHECKING:
    from pipelinegen.run.local import Local
    from pipelinegen.run.runner import Result

directory_option = click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=".",
    help="The service's folder; default: this one.",
)


@click.command(name="run")
@click.argument("stages", metavar="[STAGE]...", nargs=-1)
@directory_option
@click.option("--list", "listed", is_flag=True, help="Show the stages and run none.")
@click.option("--branch", metavar="B", help="Run as on that branch; default: the current one.")
@click.option("--watch", is_flag=True, help="Run again whenever a file changes.")
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what happened as a page of HTML.",
)
def command(
    stages: tuple[str, ...],
    directory: Path,
    listed: bool,
    branch: str | None,
    watch: bool,
    report: Path | None,
) -> None:
    """Run the pipeline's stages here, in the containers that Jenkins runs them in.

    Each stage's image is built from the Dockerfile's target, the command runs in it as your user,
    with the working tree at its own path. Without a STAGE all run that Jenkins would run on the
    branch and that need nothing but Docker; a STAGE that is named runs on any branch.

    What the stages print goes to standard error, the table at the end to standard output. Exit code
    1 when a stage fails, 3 when Docker does not answer.

    \b
    Examples:
      pipelinegen run
      pipelinegen run --list
      pipelinegen run unit integration
      pipelinegen run unit --watch
      pipelinegen run --branch main --report report.html
    """
    from pipelinegen.run.choose import listing
    from pipelinegen.run.local import local

    found = local(directory, branch)
    if listed:
        click.echo(listing(found.plan, found.branch, found.groups), nl=False)
        return
    # A container outlives us when we are told to end and take no time for it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if watch:
        _watch(found, stages, lambda: _once(local(directory, branch), stages, report))
    elif any(result.state != "passed" for result in _once(found, stages, report)):
        click.get_current_context().exit(NO)


def _watch(found: Local, stages: Sequence[str], again: Callable[[], object]) -> None:
    """Run whenever something changes; what is wrong with the service's files is told and waits."""
    from pipelinegen.run.choose import choose
    from pipelinegen.run.watch import changes

    chosen = choose(found.groups, stages)
    patterns = [pattern for group in chosen for work in group for pattern in work.junit]
    for _ in changes(found.here.root, patterns):
        try:
            again()
        except PipelinegenError as error:
            click.echo(error, err=True)


def _once(found: Local, stages: Sequence[str], report: Path | None) -> list[Result]:
    from pipelinegen.containers.daemon import connect
    from pipelinegen.run.choose import choose
    from pipelinegen.run.runner import Run, Runner

    chosen = choose(found.groups, stages)
    with connect() as daemon:
        runner = Runner(Run(found.config, daemon, found.here, found.branch, chosen))
        service, results = found.plan.service, runner.results
        if report:  # while a wrong name costs nothing yet
            write_report(report, service, found.branch, results)
        try:
            return runner.go()
        finally:
            left = 0 if stages else sum(map(len, found.groups)) - len(results)
            _tell(results, left)
            if report:
                write_report(report, service, found.branch, results)
                click.echo(f"\nReport: {report}", err=True)


def _tell(results: list[Result], left: int) -> None:
    """The table, and how many stages are left to Jenkins or to other branches."""
    from pipelinegen.run.summary import summary

    click.echo("", err=True)
    click.echo(summary(results))
    if left:
        what = "1 stage is" if left == 1 else f"{left} stages are"
        click.echo(f"\n{what} not for here: see `pipelinegen run --list`.", err=True)


def write_report(file: Path, service: str, branch: str, results: list[Result]) -> None:
    """Write the page, and the folders above it.

    Raises:
        OutsideError: it cannot be written.
    """
    from pipelinegen.run.report import page
    from pipelinegen.workspace import atomic

    atomic.make_folder(file.parent)
    atomic.write(file, page(service, branch, results))
