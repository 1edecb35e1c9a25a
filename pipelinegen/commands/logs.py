"""``pipelinegen logs``: messages of services, from Graylog."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._dependencies import Duration
from pipelinegen.commands._servers import ca_option, warn_in_the_clear
from pipelinegen.errors import NO, OK
from pipelinegen.observe.messages import LEVELS, Lines

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config
    from pipelinegen.observe.graylog import Message, Search, Server


@click.command(name="logs")
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--all", "every", is_flag=True, help="All services.")
@click.option("--with", "beside", multiple=True, metavar="SERVICE", help="That service, too.")
@click.option("--region", metavar="R", help="Only from that region.")
@click.option("--cluster", metavar="C", help="Only from that cluster.")
@click.option("--account", metavar="A", help="Only from that account.")
@click.option("--level", type=click.Choice(list(LEVELS)), help="That level and what is worse.")
@click.option("--text", metavar="TEXT", help="Only with these words, one after the other.")
@click.option("--around", metavar="TIME", help="Around that time: 14:32, or 2026-11-23T14:32:05Z.")
@click.option(
    "--minutes",
    type=click.IntRange(1, 24 * 60),
    default=5,
    show_default=True,
    help="With --around: minutes before and after.",
)
@click.option(
    "--since", type=Duration(), default="15m", show_default=True, help="So long until now."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 9_999),
    default=500,
    show_default=True,
    help="How many messages at most.",
)
@click.option("--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option("--url", "only_url", is_flag=True, help="Print the link to this search in Graylog.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: an object a line.",
)
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, exists=True),
    default=Path(),
    help="The service's folder; default: this one.",
)
@ca_option
def command(
    services: tuple[str, ...], only_url: bool, follow: bool, form: str, **said: Any
) -> None:
    """Show what services have logged, merged in the order of time.

    Without a SERVICE it is that of the pipeline.yaml in this folder. The server is $GRAYLOG_URL,
    else `monitoring.graylog.url` of platform.yaml; the token stands in $GRAYLOG_TOKEN, in the
    system's keyring, or in ~/.config/pipelinegen/graylog.yaml, which only its owner may read.

    Exit code 1 when nothing is found.

    \b
    Examples, the three searches of daily life:
      pipelinegen logs orders                             one service, in all regions
      pipelinegen logs orders --with catalog --around 14:32    around an event
      pipelinegen logs --all --level error                errors all over the system
    """
    _together(follow, bool(said["around"]))
    # In an incident a file that is at fault must not stand in the way.
    known = os.environ.get("GRAYLOG_URL") and (services or said["every"])
    config = None if known else _config(said["directory"])
    search = _search(config, services, said)
    if only_url:
        from pipelinegen.credentials import address, read
        from pipelinegen.observe.graylog import GRAYLOG

        click.echo(search.url(address(GRAYLOG, _url(config), read(GRAYLOG))))
        return
    code = _show(config, search, follow, form, said)
    click.get_current_context().exit(code)


def _together(follow: bool, around: bool) -> None:
    """What does not go together; silence would search elsewhere than was meant."""
    named = click.get_current_context().get_parameter_source
    default = click.core.ParameterSource.DEFAULT
    if follow and around:
        raise click.UsageError("--follow goes on from now, --around looks back: choose one.")
    if around and named("since") is not default:
        raise click.UsageError("--since ends now, --around looks elsewhere: choose one.")
    if not around and named("minutes") is not default:
        raise click.UsageError("--minutes belongs to --around: say around which time.")


def _config(directory: Path) -> Config | None:
    """The service of the folder; None where there is none."""
    from pipelinegen.config import FILE
    from pipelinegen.config.load import Loader

    if directory.is_dir() and not (directory / FILE).exists():
        return None
    return Loader().service(directory)


def _url(config: Config | None) -> str | None:
    monitoring = config.platform.model.monitoring if config else None
    return monitoring.graylog.url if monitoring else None


def _search(config: Config | None, services: tuple[str, ...], said: dict[str, Any]) -> Search:
    from pipelinegen.observe.graylog import Search
    from pipelinegen.plan.lucene import query

    if said["every"] and (services or said["beside"]):
        raise click.UsageError("Name services, or say --all.")
    names = list(services)
    if not names and not said["every"]:
        if config is None:
            raise click.UsageError(
                "Which service? There is no pipeline.yaml here: name one, or say --all."
            )
        names = [config.model.service.name]
    fields = {name: said[name] for name in ("region", "cluster", "account") if said[name]}
    level = LEVELS[said["level"]] if said["level"] else None
    asked = query([*names, *said["beside"]], level=level, text=said["text"], **fields)
    now = datetime.now().astimezone()
    try:
        if said["around"]:
            moment, span = _moment(said["around"], now), timedelta(minutes=said["minutes"])
            return Search(asked, moment - span, moment + span)
        return Search(asked, now - timedelta(seconds=said["since"]), now)
    except OverflowError:
        raise click.UsageError("No calendar has that time.") from None


def _moment(text: str, now: datetime) -> datetime:
    """A moment with its zone: this machine's where none is said."""
    try:
        if "-" not in text:
            clock = datetime.strptime(text, "%H:%M:%S" if text.count(":") == 2 else "%H:%M").time()
            found = datetime.combine(now.date(), clock).astimezone()
            # At noon, 14:32 was yesterday.
            if found > now:
                found = datetime.combine(now.date() - timedelta(days=1), clock).astimezone()
            return found
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise click.UsageError(
            f"`{text}` is no time: write 14:32, 14:32:05 or 2026-11-23T14:32:05Z"
        ) from None


def _show(
    config: Config | None, search: Search, follow: bool, form: str, said: dict[str, Any]
) -> int:
    import threading

    from pipelinegen import patience
    from pipelinegen.credentials import find_token
    from pipelinegen.observe.graylog import GRAYLOG, Server, moment_of

    stopped = threading.Event()
    access = find_token(GRAYLOG, _url(config))
    warn_in_the_clear(access.url)
    waits = patience.Patience(first=patience.FIRST_SECONDS, wait=stopped.wait)
    with Server(access, waits, said["ca"]) as server:
        # One more than is shown tells whether there is more.
        ask = server.oldest if said["around"] else server.newest
        found = ask(search, said["limit"] + 1)
        more = len(found) > said["limit"]
        if more:
            found = found[: said["limit"]] if said["around"] else found[1:]
        write = _writer(search, form, follow=follow)
        click.echo(_told(search, len(found), more=more), err=True)
        write(found)
        if follow:
            # What --limit left out has not just come.
            first = moment_of(found[0]) + timedelta(milliseconds=1) if more else search.start
            _follow(server, replace(search, start=first), found, write, stopped)
            return OK
    if not found:
        click.echo(
            "Nothing found: look at the time, at the names, and whether anything comes at all:\n"
            f"      = {search.url(access.url)}",
            err=True,
        )
    return OK if found else NO


def _told(search: Search, number: int, *, more: bool) -> str:
    """What was looked for; the zone is said once, for all times below."""
    start, end = (f"{each:%Y-%m-%d %H:%M:%S}" for each in (search.start, search.end))
    zone = f"{search.start:%z}"
    messages = "1 message" if number == 1 else f"{number} messages"
    told = f"{search.query} from {start} to {end} (UTC{zone[:3]}:{zone[3:]}): {messages}"
    return f"{told}, and more: say --limit, or less time" if more else told


def _writer(search: Search, form: str, *, follow: bool) -> Any:
    days = search.start.date() != search.end.date()
    lines = Lines(search.start.tzinfo, days=days)
    # https://no-color.org
    colours = False if os.environ.get("NO_COLOR") else None

    def write(found: list[Message]) -> None:
        for message in found:
            if form == "json":
                click.echo(json.dumps(message, ensure_ascii=True))
            else:
                click.echo(lines.line(message), color=colours)

    return write


def _follow(server: Server, search: Search, found: list[Message], write: Any, stopped: Any) -> None:
    from pipelinegen.observe.following import follow

    def now() -> datetime:
        return datetime.now().astimezone()

    try:
        for fresh in follow(server, search, found, stopped.wait, now):
            write(fresh)
    except KeyboardInterrupt:
        # That is how one ends it.
        stopped.set()
