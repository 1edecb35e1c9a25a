"""``pipelinegen generate``: from pipeline.yaml to the files that deliver the service."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelinegen.errors import BAD_INPUT, NO, OK, PipelinegenError

if TYPE_CHECKING:
    from pipelinegen.config.load import Loader
    from pipelinegen.workspace import Change

_COLOURS = {
    "CREATED": "green",
    "UPDATED": "green",
    "REMOVED": "yellow",
    "MERGED": "cyan",
    "KEPT": "cyan",
    "ORPHAN": "yellow",
    "CONFLICT": "red",
    "UNRESOLVED": "red",
    "FOREIGN": "red",
}


@click.command(name="generate")
@click.argument("path", type=click.Path(path_type=Path, exists=True), default=".")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Generate for every service in this folder and below.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and show a diff on drift.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(path: Path, root: Path | None, check: bool, diff: bool) -> None:
    """Write the Jenkinsfile, the Helm values and what goes with them.

    PATH is the service's folder or its pipeline.yaml; default: this folder.

    A file that was edited by hand is merged three-way with what is generated now; a conflict
    leaves markers in it and exit code 1. Commit the files together with pipelinegen.lock.

    \b
    Examples:
      pipelinegen generate
      pipelinegen generate --check          in CI: are the files up to date?
      pipelinegen generate --root services  every service of a repository
    """
    from pipelinegen.config.load import Loader

    if root is None:
        sys.exit(_one(Loader(), path, write=not (check or diff), drift_is=NO if check else OK))
    sys.exit(_many(root, write=not (check or diff), drift_is=NO if check else OK))


def _changes(loader: Loader, path: Path) -> tuple[Path, str, list[Change]]:
    from pipelinegen.render.files import files
    from pipelinegen.workspace import plan_changes

    config = loader.service(path)
    return config.root, config.model.service.name, plan_changes(config.root, files(config))


def _one(loader: Loader, path: Path, *, write: bool, drift_is: int) -> int:
    from pipelinegen.workspace import apply

    folder, name, changes = _changes(loader, path)
    if not write:
        return _show(folder, changes, drift_is)
    apply(folder, changes)
    _report(name, changes)
    return NO if any(change.outcome.blocks for change in changes) else OK


def _report(name: str, changes: list[Change]) -> None:
    """One line a file that changed, and a summary."""
    told = [change for change in changes if change.outcome.name != "SAME"]
    width = max((len(change.path) for change in told), default=0)
    for change in told:
        word = click.style(change.outcome.value, fg=_COLOURS[change.outcome.name])
        click.echo(f"  {change.path.ljust(width)}  {word}", err=True)
    if not told:
        click.echo(f"{name}: all {len(changes)} files are up to date", err=True)
        return
    click.echo(f"{name}: {_summary(changes)}", err=True)
    if any(change.outcome.blocks for change in changes):
        click.echo("Resolve the conflicts, then run `pipelinegen generate` again.", err=True)


def _summary(changes: list[Change]) -> str:
    counts = Counter(change.outcome.value.split(",")[0] for change in changes)
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _show(folder: Path, changes: list[Change], drift_is: int) -> int:
    """The diff of what would be written, on stdout, and what drifted, on stderr."""
    from difflib import unified_diff

    drifted = [c for c in changes if c.writes or c.outcome.blocks]
    for change in drifted:
        where = folder / change.path
        new = change.new if change.new is not None else change.old
        new = "" if change.outcome.name == "REMOVED" else new
        lines = unified_diff(
            (change.old or "").splitlines(keepends=True),
            (new or "").splitlines(keepends=True),
            str(where),
            f"{where} ({change.outcome.value})",
        )
        for line in lines:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            click.echo(click.style(line.rstrip("\n"), fg=colour))
    if not drifted:
        click.echo(f"{folder}: {len(changes)} files are up to date", err=True)
        return OK
    for change in drifted:
        click.echo(f"{folder / change.path}: would be {change.outcome.value}", err=True)
    if drift_is:
        click.echo("Run `pipelinegen generate` and commit the result.", err=True)
    return drift_is


def _many(root: Path, *, write: bool, drift_is: int) -> int:
    from pipelinegen.config.load import Loader
    from pipelinegen.workspace import apply
    from pipelinegen.workspace.discover import services

    found, loader = services(root), Loader()
    counts: Counter[str] = Counter()
    code = OK
    failed: list[PipelinegenError] = []
    blocked: list[Path] = []
    with click.progressbar(
        found,
        label="Generating",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        item_show_func=lambda file: str(file.parent) if file else "",
    ) as bar:
        for file in bar:
            try:
                folder, _, changes = _changes(loader, file)
                if write:
                    apply(folder, changes)
                elif any(change.writes or change.outcome.blocks for change in changes):
                    code = max(code, _show(folder, changes, drift_is))
                counts.update(change.outcome.value for change in changes)
                blocked += [folder / c.path for c in changes if c.outcome.blocks]
            except PipelinegenError as error:
                failed.append(error)
                code = max(code, error.exit_code)
    for failure in failed:
        click.echo(f"{failure}\n", err=True)
    for path in blocked:
        click.echo(f"{path}: has conflicts to resolve", err=True)
    files = ", ".join(f"{count} {word}" for word, count in counts.items())
    services_done = f"{len(found) - len(failed)} of {len(found)} services"
    click.echo(f"{services_done}: {files or 'nothing done'}", err=True)
    if any(failure.exit_code == BAD_INPUT for failure in failed):
        return BAD_INPUT
    return max(code, NO) if blocked else code
