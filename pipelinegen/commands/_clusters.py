"""What the commands share that reach clusters: options, and the way from them to clusters."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands.run import directory_option
from pipelinegen.errors import PipelinegenError

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config
    from pipelinegen.deploy.access import Programs
    from pipelinegen.deploy.target import Target
    from pipelinegen.plan.waves import Wave

Command = Callable[..., Any]
ACCOUNTS = click.Choice(["test", "stage", "production"])

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
kubeconfig_option = click.option(
    "--kubeconfig",
    "kubeconfigs",
    multiple=True,
    metavar="CLUSTER=FILE",
    help="A cluster's kubeconfig; default: $KUBECONFIG_<CLUSTER>.",
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask; without a terminal nobody is.")


def place_options(command: Command) -> Command:
    """The options that say which clusters, and how they are reached."""
    for option in (
        kubeconfig_option,
        click.option("--cluster", metavar="C", help="Only that cluster."),
        click.option("--region", metavar="R", help="Only clusters of that region."),
        click.option("--wave", type=int, metavar="N", help="Only that wave."),
        directory_option,
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Place:
    """Clusters that were asked for.

    Args:
        config: the service.
        waves: the waves, with only the clusters that were asked for.
        kubeconfigs: those that the command line names, by cluster.
        programs: what runs at the moment.
    """

    config: Config
    waves: list[Wave]
    kubeconfigs: dict[str, Path]
    programs: Programs = field(repr=False)

    def targets(self, waves: list[Wave] | None = None) -> list[Target]:
        """The service in these clusters.

        Raises:
            PipelinegenError: a kubeconfig or a values file is missing.
        """
        from pipelinegen.deploy.target import targets

        sites = tuple(site for wave in waves or self.waves for site in wave.sites)
        return targets(self.config, sites, self.kubeconfigs, self.programs)


def place(account: str, said: dict[str, Any]) -> Place:
    """The clusters of the options above; ``said`` has their values.

    Raises:
        PipelinegenError: there are no such clusters.
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.deploy.access import Programs
    from pipelinegen.deploy.target import chosen

    config = Loader().service(said["directory"])
    waves = chosen(config, account, said["wave"], said["region"], said["cluster"])
    return Place(config, waves, _kubeconfigs(said["kubeconfigs"]), Programs())


def _kubeconfigs(said: tuple[str, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for each in said:
        name, equals, path = each.partition("=")
        if not (name and equals and path):
            raise PipelinegenError(f"--kubeconfig {each}: write CLUSTER=FILE")
        found[name] = Path(path)
    return found


@contextlib.contextmanager
def stoppable(programs: Programs) -> Iterator[None]:
    """Ctrl-C and SIGTERM tell helm to end and wait for that; then it is as if Ctrl-C had come."""

    def stop(number: int, frame: object) -> None:
        if not programs.stopped.is_set():
            click.echo("Stopping: helm is told to end …", err=True)
        # Not here: what is interrupted may hold the lock that this needs.
        threading.Thread(target=programs.stop).start()

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        if programs.stopped.is_set() and sys.exc_info()[0] is None:
            raise KeyboardInterrupt


def who(config: Config) -> str:
    """Who deploys: the build, or a person."""
    import getpass
    import platform

    if build := os.environ.get("PIPELINEGEN_BUILD"):
        return build
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        person = str(os.getuid())
    return f"{person}@{platform.node()} ({os.getpid()})"


def live() -> bool:
    """Whether a table can be drawn again on its own lines."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def confirm(question: str, yes: bool) -> None:
    """Ask a person before the world changes.

    Raises:
        click.Abort: the answer is no.
    """
    if not yes and sys.stdin.isatty():
        click.confirm(question, abort=True, err=True)
