"""``pipelinegen dashboards``: the services' dashboards on a Grafana server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._servers import ca_option, warn_in_the_clear
from pipelinegen.errors import NO, OK, OUTSIDE, InputError, PipelinegenError, Problem

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config
    from pipelinegen.observe.grafana import Change, Server, Wanted

_COLOURS = {"create": "green", "change": "cyan", "blocked": "red"}
_DONE = {"create": "created", "change": "changed"}
# Of one dashboard.
_MOST_DIFFERENCES = 8


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        ca_option,
        click.option(
            "--format", "form", type=click.Choice(["text", "json"]), default="text",
            show_default=True,
        ),
        click.option(
            "--overwrite", is_flag=True, help="Also what somebody has changed in Grafana."
        ),
        click.option(
            "--root",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            default=Path(),
            help="The services in this folder and below; default: this folder.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


@click.group(name="dashboards")
def command() -> None:
    """The services' dashboards, and one for each team, on a Grafana server.

    The server is $GRAFANA_URL, else `monitoring.grafana.url` of platform.yaml. The token of a
    service account with the role Editor stands in $GRAFANA_TOKEN, in the system's keyring, or in
    ~/.config/pipelinegen/grafana.yaml, which only its owner may read.

    All services of a team have to be below --root: its dashboard shows those that are.

    \b
    Examples:
      pipelinegen dashboards plan --root services
      pipelinegen dashboards apply --root services
    """


@command.command(name="plan")
@_options
def plan(root: Path, ca: Path | None, overwrite: bool, form: str) -> None:
    """Show what would be created or changed; change nothing.

    Exit code 0: nothing to do. 1: there is.
    """
    code = OK
    with _connected(root, ca) as (server, wanted):
        if server is not None:
            from pipelinegen.observe.grafana import find

            changes = find(server, wanted, overwrite=overwrite)
            _show(changes, form)
            code = NO if changes else OK
    click.get_current_context().exit(code)


@command.command(name="apply")
@_options
def apply(root: Path, ca: Path | None, overwrite: bool, form: str) -> None:
    """Make the server's dashboards what they are declared to be.

    Only dashboards with our tag `pipelinegen` are ever changed, and those that somebody has changed
    in Grafana only with --overwrite; Grafana keeps their versions. What is already right is not
    written. Stopped in the middle, run it again.

    Exit code 1 when something stands in the way, 3 when the server failed.
    """
    code = OK
    with _connected(root, ca) as (server, wanted):
        if server is not None:
            from pipelinegen.observe.grafana import find

            code = _apply(server, find(server, wanted, overwrite=overwrite), form)
    click.get_current_context().exit(code)


@contextmanager
def _connected(root: Path, ca: Path | None) -> Iterator[tuple[Server | None, list[Wanted]]]:
    """The server and what is declared; None where ConfigMaps bring the dashboards."""
    from pipelinegen.commands._one_platform import services_with_monitoring

    _, where, services = services_with_monitoring(root)
    if where.grafana.dashboards == "configMap":
        click.echo(
            "`monitoring.grafana.dashboards` is configMap: they come with the chart, as ConfigMaps "
            "that Grafana's sidecar reads; nothing to do here",
            err=True,
        )
        yield None, []
        return
    from pipelinegen.credentials import find_token
    from pipelinegen.observe.grafana import GRAFANA, Server

    wanted = list(_wanted(services))
    access = find_token(GRAFANA, where.grafana.url)
    warn_in_the_clear(access.url)
    with Server(access, ca) as server:
        yield server, wanted


def _wanted(services: Sequence[Config]) -> Iterator[Wanted]:
    from pipelinegen.observe.grafana import Wanted
    from pipelinegen.plan.observed import monitoring
    from pipelinegen.render.dashboard_team import team_dashboard

    teams: dict[str, list[Config]] = {}
    for config in services:
        if monitoring(config):
            teams.setdefault(config.model.service.team, []).append(config)
    for team, members in sorted(teams.items()):
        yield Wanted(team, json.loads(team_dashboard(team, members)))
        for config in members:
            yield Wanted(team, _of_service(config))


def _of_service(config: Config) -> dict[str, Any]:
    """The dashboard in the service's folder, with what a team added to it; else a fresh one."""
    from pipelinegen.render.dashboard import FILE, service_dashboard

    fresh: dict[str, Any] = json.loads(service_dashboard(config))
    file = config.root / FILE
    try:
        kept = json.loads(file.read_bytes())
    except FileNotFoundError:
        return fresh
    except ValueError:
        kept = None
    same = isinstance(kept, dict) and all(kept.get(key) == fresh[key] for key in ("uid", "tags"))
    if not same:
        message = "is not the dashboard that was generated: its uid or its tags are others"
        hint = "run `pipelinegen generate`"
        raise InputError([Problem(str(file), 0, 0, message, hint)])
    return dict(kept)


def _show(changes: Sequence[Change], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(_data(changes), indent=2, ensure_ascii=False))
        return
    for change in changes:
        word = click.style(change.what.ljust(8), fg=_COLOURS[change.what])
        why = f"  {change.why}" if change.why else ""
        click.echo(f"{word} {change.kind.ljust(9)} {change.uid}{why}")
        for path in change.differences[:_MOST_DIFFERENCES]:
            click.echo(f"           {path}")
        if len(change.differences) > _MOST_DIFFERENCES:
            click.echo(f"           and {len(change.differences) - _MOST_DIFFERENCES} more")
    counts = Counter[str](change.what for change in changes)
    parts = [f"{counts[what]} to {what}" for what in _DONE if counts[what]]
    parts += [f"{counts['blocked']} blocked"] if counts["blocked"] else []
    click.echo(", ".join(parts) or "nothing to do", err=True)


def _data(changes: Sequence[Change], done: Sequence[Change] | None = None) -> dict[str, Any]:
    return {
        "changes": [
            {
                "what": change.what,
                "kind": change.kind,
                "uid": change.uid,
                "title": change.title,
                "why": change.why,
                "differences": list(change.differences),
                **({} if done is None else {"done": change in done}),
            }
            for change in changes
        ]
    }


def _apply(server: Server, changes: Sequence[Change], form: str) -> int:
    from pipelinegen.observe.grafana import carry_out

    done: list[Change] = []
    errors: list[PipelinegenError] = []
    for change in changes:
        if change.what == "blocked":
            if form == "text":
                word = click.style("blocked", fg="red")
                click.echo(f"{word}  {change.kind} {change.uid}: {change.why}", err=True)
            continue
        try:
            carry_out(server, change)
        except PipelinegenError as error:
            errors.append(error)
            click.echo(f"{change.kind} {change.uid}: {error}", err=True)
            if change.kind == "folder":
                break  # its dashboards would have no place
            continue
        done.append(change)
        if form == "text":
            click.echo(f"{_DONE[change.what]}  {change.kind} {change.uid}")
    if form == "json":
        click.echo(json.dumps(_data(changes, done), indent=2, ensure_ascii=False))
    counts = Counter(_DONE[change.what] for change in done)
    parts = [f"{count} {word}" for word, count in counts.items()]
    parts += [f"{len(errors)} failed"] if errors else []
    click.echo(", ".join(parts) or "nothing written", err=True)
    if any(error.exit_code == OUTSIDE for error in errors):
        return OUTSIDE
    return NO if errors or any(change.what == "blocked" for change in changes) else OK
