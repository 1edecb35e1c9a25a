"""``pipelinegen jobs plan`` and ``apply``: what is declared, brought to the server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._jobs import (
    Progress,
    confirm,
    connections,
    format_option,
    services,
    services_options,
)
from pipelinegen.errors import NO, OK, OUTSIDE

if TYPE_CHECKING:
    from pipelinegen.jenkins.apply import Done
    from pipelinegen.jenkins.changes import Change, Changes
    from pipelinegen.jenkins.client import Connections
    from pipelinegen.plan.jobs import Declared

_COLOURS = {"create": "green", "change": "cyan", "move": "cyan", "disable": "yellow"}
_DONE = {
    "create": "created",
    "change": "changed",
    "move": "moved",
    "disable": "disabled",
    "delete": "deleted",
}


def _what_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--at-once", type=click.IntRange(1, 64), default=8, show_default=True,
            help="How many requests at the same time.",
        ),
        click.option(
            "--delete", is_flag=True,
            help="With --prune: delete, with their builds, those that an earlier run disabled.",
        ),
        click.option(
            "--prune", is_flag=True,
            help="Disable our jobs that are declared no more. Name all services with --root.",
        ),
        click.option(
            "--deep", is_flag=True,
            help="Read every configuration: it finds what was changed by hand.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command(name="plan")
@services_options
@_what_options
@format_option
def plan(form: str, **said: Any) -> None:
    """Show what would be created, changed, moved or disabled; change nothing.

    What was pushed is told by a digest in each description, in one request for all jobs. What a
    person changed by hand beside description and name shows with --deep, which reads each job.

    Exit code 0: nothing to do. 1: there is.

    \b
    Examples:
      pipelinegen jobs plan
      pipelinegen jobs plan --deep --prune --format json
    """
    click.get_current_context().exit(_plan(form, **said))


def _plan(form: str, **said: Any) -> int:
    with _connected(said) as (connected, declared):
        found = _find(connected, declared, said)
    if form == "json":
        click.echo(json.dumps(_data(found), indent=2, ensure_ascii=False))
    else:
        _show(found, err=False)
    return NO if found.changes or found.conflicts else OK


@click.command(name="apply")
@services_options
@_what_options
@click.option("--dry-run", is_flag=True, help="Only show it, as `plan` does.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(dry_run: bool, yes: bool, **said: Any) -> None:
    """Make the server's jobs what they are declared to be.

    Only what has our marker in its description is ever changed. Builds are kept: a service that
    went to another team is moved, and one that is gone is disabled with --prune. Stopped in the
    middle, run it again.

    Exit code 1 when something stands in the way, 3 when the server failed.

    \b
    Examples:
      pipelinegen jobs apply --root services
      pipelinegen jobs apply --root services --prune --yes
    """
    if dry_run:
        click.get_current_context().exit(_plan("text", **said))
    with _connected(said) as (connected, declared):
        found = _find(connected, declared, said)
        _show(found, err=True)
        if found.changes:
            confirm(f"Change {len(found.changes)} items on {connected.access.url}?", yes)
        code = _apply(connected, found, said["at_once"])
    click.get_current_context().exit(code)


@contextmanager
def _connected(said: dict[str, Any]) -> Iterator[tuple[Connections, list[Declared]]]:
    """The server and the services of a command's options."""
    found = services(said["root"], said["platform"])
    with connections(found.url, said["ca"]) as connected:
        yield connected, found.declared


def _find(connected: Connections, declared: list[Declared], said: dict[str, Any]) -> Changes:
    from pipelinegen.jenkins import plugins, reading
    from pipelinegen.plan.jobs import items

    if said["delete"] and not said["prune"]:
        raise click.UsageError("--delete is for --prune: it deletes what that has disabled.")
    found = reading.find(
        connected,
        items(declared),
        prune=said["prune"],
        delete=said["delete"],
        deep=said["deep"],
        at_once=said["at_once"],
    )
    pushed = [change.wanted.item for change in found.changes if change.wanted]
    if not plugins.check(connected.server, pushed):
        told = "may not see which plugins there are (Overall/SystemRead), so none is looked for"
        click.echo(f"{connected.access.user} {told}", err=True)
    return found


def _kind(change: Change) -> str:
    from pipelinegen.jenkins.live import KINDS
    from pipelinegen.plan.jobs import Multibranch

    if change.live is not None:
        return change.live.kind.removeprefix("a ")
    if change.is_folder:
        return "folder"
    multibranch = change.wanted is not None and isinstance(change.wanted.item, Multibranch)
    return list(KINDS.values())[1 if multibranch else 2].removeprefix("a ")


def _note(change: Change) -> str:
    if change.what == "move" and change.live is not None:
        return f"from {change.live.path}"
    notes = {"disable": "nothing declares it any more", "delete": "with its builds"}
    return notes.get(change.what, "") if not change.is_folder else ""


def _lines(found: Changes) -> Iterator[str]:
    width = max((len(change.path) for change in found.changes), default=0)
    for change in found.changes:
        word = click.style(change.what.ljust(8), fg=_COLOURS.get(change.what, "red"))
        kind = ", ".join(filter(None, (_kind(change), _note(change))))
        yield f"{word} {change.path.ljust(width)}  {kind}"
        yield from (f"           {difference}" for difference in change.differences)
    for conflict in found.conflicts:
        yield f"{click.style('blocked '.ljust(8), fg='red')} {conflict.path}: {conflict.why}"
    for live in found.undeclared:
        yield f"gone     {live.path}  ours, and declared no more"
    for live in found.foreign:
        yield f"foreign  {live.path}  {live.kind.removeprefix('a ')}"


def _show(found: Changes, *, err: bool) -> None:
    for line in _lines(found):
        click.echo(line, err=err)
    counts = Counter(change.what for change in found.changes)
    parts = [f"{counts[what]} to {what}" for what in _DONE if counts[what]]
    parts += [f"{len(found.doubtful)} as pushed"] if found.doubtful else []
    parts += [f"{len(found.conflicts)} blocked"] if found.conflicts else []
    click.echo(", ".join(parts) or "nothing is declared", err=True)


def _data(found: Changes) -> dict[str, Any]:
    return {
        "changes": [
            {
                "what": change.what,
                "path": change.path,
                "kind": _kind(change),
                "from": change.live.path if change.what == "move" and change.live else None,
                "differences": [
                    {"path": one.path, "old": one.old, "new": one.new} for one in change.differences
                ],
            }
            for change in found.changes
        ],
        "blocked": [{"path": one.path, "why": one.why} for one in found.conflicts],
        "undeclared": [live.path for live in found.undeclared],
        "foreign": [{"path": live.path, "class": live.java_class} for live in found.foreign],
        "unchanged": len(found.doubtful),
    }


def _apply(connected: Connections, found: Changes, at_once: int) -> int:
    from pipelinegen.jenkins.apply import Run

    bar = Progress(len(found.changes))

    def tell(done: Done) -> None:
        if done.error is not None:
            bar.tell(click.style(str(done.error), fg="red"), error=True)
        else:
            bar.tell(f"{_DONE[done.change.what]}  {done.change.path}")

    run = Run(connected, at_once, tell)
    try:
        run.run(found.changes)
    finally:
        bar.end()
        _summary(run.done, len(found.changes))
    errors = [done.error for done in run.done if done.error is not None]
    if any(error.exit_code == OUTSIDE for error in errors):
        return OUTSIDE
    return NO if errors or found.conflicts else OK


def _summary(done: list[Done], whole: int) -> None:
    counts = Counter(_DONE[one.change.what] for one in done if one.error is None)
    parts = [f"{count} {word}" for word, count in counts.items()]
    failed = sum(one.error is not None for one in done)
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{whole - len(done)} not begun"] if len(done) < whole else []
    click.echo(", ".join(parts) or "nothing to do", err=True)
