"""``pipelinegen generate``: from pipeline.yaml to the files that deliver the service."""

from __future__ import annotations

import os
import re
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
@click.argument("path", type=click.Path(path_type=Path, exists=True), required=False)
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Generate for every service in this folder and below.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and show a diff on drift.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(path: Path | None, root: Path | None, check: bool, diff: bool) -> None:
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
    if root is not None and path is not None:
        raise click.UsageError("Give a PATH or --root, not both.")
    write, drift_is = not (check or diff), NO if check else OK
    if root is None:
        sys.exit(_one(path or Path(), write=write, drift_is=drift_is))
    sys.exit(_many(root, write=write, drift_is=drift_is))


def _changes(loader: Loader, path: Path, write: bool) -> tuple[Path, str, list[Change]]:
    from pipelinegen.render.files import files
    from pipelinegen.workspace import apply, plan_changes

    config = loader.service(path)
    bring = apply if write else plan_changes
    return config.root, config.model.service.name, bring(config.root, files(config))


def _one(path: Path, *, write: bool, drift_is: int) -> int:
    from pipelinegen.config.load import Loader

    folder, name, changes = _changes(Loader(), path, write)
    if not write:
        return show(folder, changes, drift_is)
    report(name, changes)
    return NO if any(change.outcome.blocks for change in changes) else OK


def report(name: str, changes: list[Change], command: str = "generate") -> None:
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
        click.echo(f"Resolve the conflicts, then run `pipelinegen {command}` again.", err=True)


def _summary(changes: list[Change]) -> str:
    return ", ".join(f"{count} {word}" for word, count in Counter(_words(changes)).items())


def _words(changes: list[Change]) -> list[str]:
    return [change.outcome.value.split(",")[0] for change in changes]


def show(folder: Path, changes: list[Change], drift_is: int, command: str = "generate") -> int:
    """The diff of what would be written, on stdout, and what drifted, on stderr."""
    from difflib import unified_diff

    drifted = [change for change in changes if _drifts(change)]
    for change in drifted:
        where = folder / change.path
        new = change.new if change.writes else change.old
        lines = unified_diff(
            _lines(change.old),
            _lines(new),
            str(where) if change.old is not None else os.devnull,
            f"{where if new is not None else os.devnull}\t({change.outcome.value})",
        )
        for line in lines:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
            # Bytes that are not UTF-8 are a person's; a terminal gets a mark in their place.
            shown = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            click.echo(click.style(shown.removesuffix("\n"), fg=colour))
            if not line.endswith("\n"):
                click.echo("\\ No newline at end of file")
    for change in changes:
        if change in drifted:
            would = "would be " if change.writes else ""
            click.echo(f"{folder / change.path}: {would}{change.outcome.value}", err=True)
        elif change.outcome.name in ("ORPHAN", "KEPT"):
            click.echo(f"{folder / change.path}: {change.outcome.value}", err=True)
    if not drifted:
        click.echo(f"{folder}: {_summary(changes)}", err=True)
        return OK
    if drift_is:
        click.echo(f"Run `pipelinegen {command}` and commit the result.", err=True)
    return drift_is


def _lines(text: str | None) -> list[str]:
    # `splitlines` would also split at what is no end of line to git and to an editor.
    return re.findall(r"[^\n]*\n|[^\n]+", text or "")


def _drifts(change: Change) -> bool:
    return change.writes or change.outcome.blocks


def _many(root: Path, *, write: bool, drift_is: int) -> int:
    from pipelinegen.config.load import Loader
    from pipelinegen.workspace.discover import services

    found, loader = services(root), Loader()
    counts: Counter[str] = Counter()
    codes: set[int] = set()
    failed: list[PipelinegenError] = []
    told: list[str] = []
    with click.progressbar(
        found,
        label="Generating",
        file=sys.stderr,
        hidden=not (write and sys.stderr.isatty()),
        item_show_func=lambda file: str(file.parent) if file else "",
    ) as bar:
        for file in bar:
            try:
                folder, _, changes = _changes(loader, file, write)
            except PipelinegenError as error:
                failed.append(error)
                continue
            if not write and any(map(_drifts, changes)):
                codes.add(show(folder, changes, drift_is))
                counts["with drift"] += 1
            elif not write:
                counts["up to date"] += 1
            else:
                counts.update(_words(changes))
                for change in changes:
                    if change.outcome.blocks or change.outcome.name == "ORPHAN":
                        told.append(f"{folder / change.path}: {change.outcome.value}")
                    if change.outcome.blocks:
                        codes.add(NO)
    for failure in failed:
        click.echo(f"{failure}\n", err=True)
    for line in told:
        click.echo(line, err=True)
    done = ", ".join(f"{count} {word}" for word, count in counts.items())
    services_done = f"{len(found) - len(failed)} of {len(found)} services"
    click.echo(f"{services_done}: {done or 'nothing done'}", err=True)
    codes.update(failure.exit_code for failure in failed)
    # What a person can mend comes first.
    return BAD_INPUT if BAD_INPUT in codes else max(codes, default=OK)
