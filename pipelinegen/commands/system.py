"""``pipelinegen system``: the service and its dependencies as containers, for tests of any kind."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._dependencies import Duration, dependency_options, tell, up
from pipelinegen.commands.run import directory_option

if TYPE_CHECKING:
    from pipelinegen.containers.group import Containers

name_option = click.option(
    "--name",
    metavar="N",
    help="A name of your own, so that several are up at once; default: that of the working tree.",
)
inside_option = click.option(
    "--inside",
    is_flag=True,
    help="The tests run in a container on the network `pipelinegen-N`: URLs with its names.",
)
FOUR_HOURS = 4 * 3600.0


@click.group(name="system")
def command() -> None:
    """Bring up the service and all it depends on, as containers on one network.

    The service is built from this working tree. Each finds the URLs of the others in the
    environment variables that `dependencies` declares; what the tests need is printed, or written
    to a file, as NAME=value lines, with the service itself as SYSTEM_URL.

    \b
    Examples:
      pipelinegen system up
      eval "$(pipelinegen system env --format shell)"; go test ./system/...
      pipelinegen system down
    """


@command.command(name="up")
@directory_option
@name_option
@click.option(
    "--env-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the variables there; default: they are printed.",
)
@click.option(
    "--ttl",
    type=Duration(),
    default=FOUR_HOURS,
    show_default="4h",
    metavar="TIME",
    help="`pipelinegen sweep` removes it after that time (90m, 2h, 1d).",
)
@inside_option
@dependency_options
def up_command(
    directory: Path, name: str | None, env_file: Path | None, ttl: float, inside: bool, **said: Any
) -> None:
    """Bring everything up. What is up and has not changed is left as it is.

    \b
    Examples:
      pipelinegen system up
      pipelinegen system up --dependency-url catalog=https://catalog.test.example.com
      pipelinegen system up --env-file system.env --ttl 2h
      pipelinegen system up --gelf localhost:12201
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.containers.group import Containers
    from pipelinegen.workspace import atomic

    config = Loader().service(directory)
    # Told to end we take with us what is half up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gelf = said["gelf"]
    containers = Containers(_name(directory, name), owner=None, seconds=ttl, tell=tell, gelf=gelf)
    done = False
    try:
        given = up(config, containers, said)
        text = _lines(containers, given, inside)
        if env_file:
            atomic.make_folder(env_file.parent)
            atomic.write(env_file, text)
        else:
            click.echo(text, nl=False)
        done = True
    finally:
        containers.close(keep=done or containers.existed)


@command.command(name="env")
@directory_option
@name_option
@inside_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["env", "shell", "json"]),
    default="env",
    show_default=True,
    help="NAME=value lines, `export` lines for a shell, or JSON.",
)
def env_command(directory: Path, name: str | None, inside: bool, form: str) -> None:
    """Print the variables of what is up. Exit code 1 when nothing is."""
    from pipelinegen.containers.group import Containers
    from pipelinegen.containers.variables import variables
    from pipelinegen.errors import Refused
    from pipelinegen.render.quoting import shell

    containers = Containers(_name(directory, name), owner=None)
    up = containers.existed
    try:
        found = variables(containers, inside=inside)
        if form == "json":
            click.echo(json.dumps(found, indent=2))
        for key, value in found.items() if form != "json" else ():
            click.echo(f"export {key}={shell(value)}" if form == "shell" else f"{key}={value}")
        if not found:
            raise Refused("Nothing is up: `pipelinegen system up` brings it up.")
    finally:
        containers.close(keep=up)


@command.command(name="down")
@directory_option
@name_option
def down_command(directory: Path, name: str | None) -> None:
    """Remove all of it. Nothing being up is as good."""
    from pipelinegen.containers.daemon import connect, told
    from pipelinegen.containers.sweep import remove_run

    run = _name(directory, name)
    with connect() as daemon, told():
        gone = remove_run(daemon.client, run)
    tell(f"Removed {', '.join(gone)}." if gone else "Nothing was up.")


def _name(directory: Path, name: str | None) -> str:
    """The run's name."""
    from pipelinegen.config.load import Loader
    from pipelinegen.errors import PipelinegenError
    from pipelinegen.run.checkout import checkout

    if name is None:
        return checkout(Loader().service(directory)).build
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or not name.isascii():
        raise PipelinegenError(f"--name {name}: it takes letters, digits, `-`, `_` and `.`")
    return name


def _lines(containers: Containers, given: dict[str, str], inside: bool) -> str:
    from pipelinegen.containers.variables import variables

    found = {**given, **variables(containers, inside=inside)}
    return "".join(f"{name}={value}\n" for name, value in sorted(found.items()))
