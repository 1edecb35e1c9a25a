"""``pipelinegen run``: the stages on this machine, as Jenkins runs them."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelinegen.errors import NO

if TYPE_CHECKING:
    from pipelinegen.run.checkout import Checkout
    from pipelinegen.run.runner import Result
    from pipelinegen.run.work import Work

_WHERE = click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=".",
    help="The service's folder; default: this one.",
)


@click.command(name="run")
@click.argument("stages", metavar="[STAGE]...", nargs=-1)
@_WHERE
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

    Exit code 1 when a stage fails, 3 when Docker does not answer.

    \b
    Examples:
      pipelinegen run
      pipelinegen run --list
      pipelinegen run unit integration
      pipelinegen run unit --watch
      pipelinegen run --branch main --report report.html
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.plan.build import build_plan
    from pipelinegen.run.checkout import checkout, current_branch
    from pipelinegen.run.choose import choose, listing
    from pipelinegen.run.work import work

    config = Loader().service(directory)
    plan, here = build_plan(config), checkout(config)
    branch = branch or current_branch(here.root, config.model.pipeline.main_branch)
    groups = work(plan, branch)
    if listed:
        click.echo(listing(plan, branch, groups), nl=False)
        return
    chosen = choose(groups, stages)
    # A container outlives us when we are told to end and take no time for it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if watch:
        from pipelinegen.run.watch import changes

        patterns = [pattern for group in chosen for work in group for pattern in work.junit]
        for _ in changes(here.root, patterns):
            _once(plan.service, here, branch, chosen, report)
        return
    if any(
        result.state != "passed" for result in _once(plan.service, here, branch, chosen, report)
    ):
        click.get_current_context().exit(NO)


def _once(
    service: str,
    here: Checkout,
    branch: str,
    groups: Sequence[tuple[Work, ...]],
    report: Path | None,
) -> list[Result]:
    from pipelinegen.run.daemon import connect
    from pipelinegen.run.runner import Run, Runner

    with connect() as daemon:
        runner = Runner(Run(daemon, here, branch, groups))
        try:
            return runner.go()
        finally:
            _tell(service, branch, runner.results, report)


def _tell(service: str, branch: str, results: list[Result], report: Path | None) -> None:
    from pipelinegen.run.summary import summary

    click.echo("", err=True)
    click.echo(summary(results))
    if report:
        from pipelinegen.run.report import write

        write(report, service, branch, results)
        click.echo(f"\nReport: {report}", err=True)
