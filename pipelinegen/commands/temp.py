"""``pipelinegen temp``: temporary releases, for system tests beside what is deployed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._clusters import (
    ACCOUNTS,
    Place,
    format_option,
    kubeconfig_option,
    place,
    stoppable,
)
from pipelinegen.commands._dependencies import Duration, tell
from pipelinegen.commands.run import directory_option
from pipelinegen.errors import PipelinegenError, Refused

if TYPE_CHECKING:
    from pipelinegen.containers.sources import Given
    from pipelinegen.deploy.target import Target

FOUR_HOURS = 4 * 3600.0
REPORTS = Path("reports", "temporary")
Command = Callable[..., Any]


def temp_options(command: Command) -> Command:
    """The options that all have."""
    for option in (
        kubeconfig_option,
        click.option("--cluster", metavar="C", help="The cluster; default: the account's first."),
        click.option("--account", type=ACCOUNTS, default="test", show_default=True),
        directory_option,
    ):
        command = option(command)
    return command


build_option = click.option(
    "--build", metavar="B", help="Whose it is; default: $PIPELINEGEN_BUILD, else the working tree."
)


@click.group(name="temp")
def command() -> None:
    """Bring a changed service up beside the deployed one, and remove it again.

    It is a release with a name, a Service and labels of its own, so that it takes no traffic of the
    deployed one. Its dependencies are those that are deployed; the tests find them, and it as
    SYSTEM_URL, by the variables that are printed or written to a file.

    \b
    Examples:
      pipelinegen temp up --image sha256:4f1c… --env-file system.env
      pytest tests/system --dependency-file system.env
      pipelinegen temp down
    """


@command.command(name="up")
@click.option("--image", required=True, metavar="DIGEST", help="sha256:…, or REPOSITORY@sha256:…")
@temp_options
@build_option
@click.option("--branch", metavar="B", help="For people; default: $BRANCH_NAME.")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the variables there; default: they are printed.",
)
@click.option(
    "--dependency-url",
    multiple=True,
    metavar="NAME=URL",
    help="Use what runs there; default: what is deployed.",
)
@click.option(
    "--ttl",
    type=Duration(),
    default=FOUR_HOURS,
    show_default="4h",
    metavar="TIME",
    help="`pipelinegen temp sweep` removes it after that time (90m, 2h, 1d).",
)
def up_command(
    image: str,
    build: str | None,
    branch: str | None,
    env_file: Path | None,
    dependency_url: tuple[str, ...],
    ttl: float,
    **said: Any,
) -> None:
    """Bring it up, and wait until it is ready. What does not become ready is removed again."""
    from pipelinegen.containers.sources import read
    from pipelinegen.deploy import temporary, urls
    from pipelinegen.deploy.ready import NotReady
    from pipelinegen.deploy.target import Image, digest
    from pipelinegen.deploy.why import why

    where, stable = _place(said)
    config, name = where.config, where.config.model.service.name
    account = getattr(config.platform.model.accounts, stable.site.account)
    sources = read(dependency_url, (), None, os.environ)
    found = Image(digest(config, image), os.environ.get("PIPELINEGEN_BUILD", ""))
    whose = _build(where, build)
    target = temporary.target_of(stable, name, whose)
    labels = {
        "service": name,
        "build": temporary.label(whose),
        "branch": temporary.label(branch or os.environ.get("BRANCH_NAME", "")),
        "expires": str(int(time.time() + ttl)),
    }
    with stoppable(where.programs):
        around = urls.dependency_urls(config, account, sources, stable.access)
        done = False
        try:
            temporary.up(config, target, found, labels, around, account.temporary, tell)
            own = _own_url(target, account.temporary)
            urls.answers(own.value, where.programs.wait)
            done = True
        except NotReady as error:
            raise Refused(f"{target.release} in {target.name}: {error}\n{why(target)}") from None
        finally:
            if not done:
                tell(f"removing {target.release}")
                _remove(target, config.root)
    _report(config, around, own)
    given = {"SYSTEM_URL": own.value, **urls.variables(config, around)}
    _write(given, env_file)


def _own_url(target: Target, ingress: Any) -> Given:
    from pipelinegen.containers.sources import Given
    from pipelinegen.deploy import temporary, urls

    if ingress:
        scheme = "https" if ingress.tls_secret else "http"
        return Given(f"{scheme}://{temporary.host(target, ingress)}", "its Ingress")
    found = urls.reached(target.access, target.release, target.access.namespace)
    if found is None:
        raise PipelinegenError(f"{target.release} has no port, so that nothing can be asked of it")
    return found


def _report(config: Any, around: dict[str, Given], own: Given) -> None:
    """Each URL, and where it came from."""
    from pipelinegen.containers.sources import hidden

    tell(f"{config.model.service.name}: {own.value} from {own.source}")
    for name in config.model.dependencies:
        if name in around:
            tell(f"{name}: {hidden(around[name].value)} from {around[name].source}")
        else:
            tell(f"{name}: only the release knows it, from its Secret")


def _write(found: dict[str, str], env_file: Path | None) -> None:
    from pipelinegen.workspace import atomic

    text = "".join(f"{name}={value}\n" for name, value in sorted(found.items()))
    if env_file:
        atomic.make_folder(env_file.parent)
        atomic.write(env_file, text)
    else:
        click.echo(text, nl=False)


@command.command(name="down")
@temp_options
@build_option
def down_command(build: str | None, **said: Any) -> None:
    """Remove it; what its pods have printed is kept in reports/temporary. Twice is as good."""
    from pipelinegen.deploy import temporary
    from pipelinegen.deploy.release import history

    where, stable = _place(said)
    whose = _build(where, build)
    target = temporary.target_of(stable, where.config.model.service.name, whose)
    with stoppable(where.programs):
        if not history(target):
            tell("Nothing was up.")
            return
        folder = _remove(target, where.config.root)
    tell(f"Removed {target.release}; its logs and events are in {folder}.")


def _remove(target: Target, root: Path) -> Path:
    """Keep what its pods have printed, then remove it."""
    from pipelinegen.deploy import temporary
    from pipelinegen.deploy.release import uninstall
    from pipelinegen.workspace import atomic

    folder = root / REPORTS / target.release
    atomic.make_folder(folder)
    for name, text in temporary.archived(target).items():
        atomic.write(folder / name, text)
    uninstall(target)
    return folder


@command.command(name="list")
@temp_options
@format_option
def list_command(form: str, **said: Any) -> None:
    """Show the temporary releases of all services in the namespace."""
    from pipelinegen.deploy import temporary

    where, stable = _place(said)
    with stoppable(where.programs):
        found = temporary.listed(stable.access, None)
    if form == "json":
        click.echo(json.dumps([temporary.data(each) for each in found], indent=2))
        return
    for each in found:
        left = each.expires - time.time()
        when = "expired" if left < 0 else f"{left / 3600:.1f} h left"
        click.echo(f"{each.release}  {each.status}  {each.build}  {each.branch}  {when}")
    if not found:
        tell("There is none.")


@command.command(name="sweep")
@temp_options
def sweep_command(**said: Any) -> None:
    """Remove those whose time is over, of all services in the namespace."""
    from pipelinegen.deploy import temporary
    from pipelinegen.deploy.release import uninstall

    where, stable = _place(said)
    with stoppable(where.programs):
        gone = [each.release for each in temporary.listed(stable.access, None) if each.expired]
        for release in gone:
            uninstall(replace(stable, release=release))
    tell(f"Removed {', '.join(gone)}." if gone else "None is over its time.")


def _place(said: dict[str, Any]) -> tuple[Place, Target]:
    """The cluster, and the deployed service there."""
    where = place(said["account"], {**said, "wave": None, "region": None})
    first = replace(where.waves[0], sites=where.waves[0].sites[:1])
    return where, where.targets([first])[0]


def _build(where: Place, said: str | None) -> str:
    """Whose temporary release: the build's, or that of this working tree."""
    from pipelinegen.run.checkout import checkout

    return said or os.environ.get("PIPELINEGEN_BUILD") or checkout(where.config).build
