"""What the sub-commands of ``jobs`` share: the services that are meant, and the server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen import __version__
from pipelinegen.commands._servers import ca_option, warn_in_the_clear
from pipelinegen.errors import InputError, PipelinegenError, Problem

if TYPE_CHECKING:
    from pipelinegen.config.load import Loader
    from pipelinegen.config.loaded import Config, PlatformFile
    from pipelinegen.jenkins.access import Access
    from pipelinegen.jenkins.client import Connections
    from pipelinegen.plan.jobs import Declared

Command = Callable[..., Any]

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)


def services_options(command: Command) -> Command:
    """The options that say which services, and how the server is reached."""
    for option in (
        ca_option,
        click.option(
            "--platform",
            metavar="FILE",
            help="Instead: the services that this platform.yaml lists in `jenkins.jobs`.",
        ),
        click.option(
            "--root",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="The services in this folder and below; default: this folder.",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Services:
    """The services that are meant.

    Args:
        declared: what their jobs need to know.
        url: the server that their platforms name.
    """

    declared: list[Declared]
    url: str | None


def services(root: Path | None, platform: str | None) -> Services:
    """The services of the options above.

    Raises:
        InputError: all faults of their files.
    """
    from pipelinegen.config.load import Loader

    if root is not None and platform is not None:
        raise click.UsageError("Give --root or --platform, not both.")
    loader = Loader()
    if platform is not None:
        return _listed(loader.platform(platform, Path()), platform)
    found = list(_below(loader, root or Path()))
    urls = {config.platform.model.jenkins.url: config for config in found}
    urls.pop(None, None)
    if len(urls) > 1:
        one, other = list(urls.items())[:2]
        message = f"its Jenkins is {one[0]}, that of {other[1].document.path} is {other[0]}"
        hint = "name a folder with --root whose services share one, or set JENKINS_URL"
        raise InputError([Problem(one[1].document.path, 0, 0, message, hint)])
    return Services([_declared(config) for config in found], next(iter(urls), None))


def _below(loader: Loader, root: Path) -> Iterator[Config]:
    from pipelinegen.workspace.discover import services as files

    problems: list[Problem] = []
    for file in files(root):
        try:
            config = loader.service(file)
        except InputError as error:
            problems += error.problems
            continue
        if not problems:
            yield config
    if problems:
        raise InputError(problems)


def _listed(platform: PlatformFile, shown: str) -> Services:
    from pipelinegen.plan.jobs import Declared

    jenkins = platform.model.jenkins
    if not jenkins.jobs.repositories:
        hint = "list them there, or name the folder of their clones with --root"
        message = "lists no services in `jenkins.jobs.repositories`"
        raise InputError([Problem(shown, 0, 0, message, hint)])
    declared = [
        Declared(
            name,
            one.team,
            shown,
            jenkins.jobs,
            (jenkins.library, f"v{__version__}"),
            one.repository and _filled(one.repository, one.team, name),
            one.path or "",
            own_origin=one.repository is not None,
        )
        for name, one in jenkins.jobs.repositories.items()
    ]
    return Services(declared, jenkins.url)


def _filled(pattern: str, team: str, name: str) -> str:
    from pipelinegen.config.jobs import filled

    return filled(pattern, team, name)


def _declared(config: Config) -> Declared:
    from pipelinegen.plan.jobs import Declared
    from pipelinegen.plan.links import dashboard_url, logs_url
    from pipelinegen.plan.observed import monitoring

    links: dict[str, str | None] = {}
    if monitoring(config):
        links = {"Dashboard": dashboard_url(config), "Logs": logs_url(config)}
    model, jenkins = config.model, config.platform.model.jenkins
    known = jenkins.jobs.source.repository is not None
    return Declared(
        model.service.name,
        model.service.team,
        config.document.path,
        jenkins.jobs,
        (jenkins.library, f"v{__version__}"),
        None if known else _origin(config.top),
        model.service.path or "",
        model.service.description or "",
        model.pipeline.main_branch,
        model.pipeline.jobs,
        links={name: url for name, url in links.items() if url},
    )


@cache
def _origin(top: Path) -> str | None:
    """Where a clone comes from, without a password or token."""
    from pipelinegen.git import git, text_of
    from pipelinegen.render.library import without_secrets

    done = git(top, "remote", "get-url", "origin")
    return without_secrets(text_of(done.stdout).strip()) or None if not done.returncode else None


def access(url: str | None, ca: Path | None) -> Access:
    """The server and who we are there.

    Raises:
        PipelinegenError: something of it is not known.
    """
    from pipelinegen.jenkins.access import find

    found = find(url, ca)
    warn_in_the_clear(found.url)
    return found


def connections(url: str | None, ca: Path | None) -> Connections:
    """The connections to the server."""
    from pipelinegen.jenkins.client import Connections

    return Connections(access(url, ca))


def one_service(found: Services, name: str) -> Declared:
    """The service of that name.

    Raises:
        PipelinegenError: there is none.
    """
    from difflib import get_close_matches

    for service in found.declared:
        if service.name == name:
            return service
    names = sorted(service.name for service in found.declared)
    close = get_close_matches(name, names, 1)
    mean = f"did you mean `{close[0]}`?" if close else f"services: {', '.join(names[:20])}"
    raise PipelinegenError(f"there is no service `{name}` here\n      = {mean}")


def confirm(question: str, yes: bool) -> None:
    """Ask a person before the server changes.

    Raises:
        click.Abort: the answer is no.
        PipelinegenError: there is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise PipelinegenError(f"{question}\n      = nobody is here to ask: say --yes")
    click.confirm(question, abort=True, err=True)


class Progress:
    """One line on a terminal that says how far it is; elsewhere nothing."""

    def __init__(self, whole: int) -> None:
        self._whole, self._done = whole, 0
        self._live = sys.stderr.isatty()

    def tell(self, line: str, *, error: bool = False) -> None:
        """A line that stays: something is done."""
        self._done += 1
        self._clear()
        click.echo(line, err=error)
        if self._live:
            sys.stdout.flush()
            click.echo(f"{self._done}/{self._whole} …", nl=False, err=True)

    def end(self) -> None:
        self._clear()

    def _clear(self) -> None:
        if self._live:
            click.echo("\r\033[K", nl=False, err=True)
