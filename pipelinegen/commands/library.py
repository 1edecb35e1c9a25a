"""``pipelinegen library``: the Jenkins shared library as a repository of one's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelinegen import __version__
from pipelinegen.errors import NO, InputError, Problem

if TYPE_CHECKING:
    from pipelinegen.config.loaded import PlatformFile


@click.group(name="library")
def command() -> None:
    """The Jenkins shared library, whose steps the generated Jenkinsfiles call.

    Jenkins reads it from a git repository: from pipelinegen's, or from one of your own, with your
    platform's defaults written in and your own steps beside.

    \b
    Example:
      pipelinegen library export ../jenkins-library
    """


@command.command(name="export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--platform",
    "source",
    metavar="FILE",
    help="platform.yaml, a path or a URL; default: the one in this folder.",
)
@click.option("--push", metavar="REMOTE", help="Push the branch and the tag to this git remote.")
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
def export(folder: Path, source: str | None, push: str | None, dry_run: bool) -> None:
    """Write the library into DIR, a git repository of its own, commit and tag it.

    DIR gets the steps with their help, the platform's defaults, a README and the entry that
    registers the library with Jenkins (jenkins.yaml). It is made if it is not there. The tag is
    pipelinegen's version, which is what generated Jenkinsfiles ask for.

    Run it again after an upgrade or a change of platform.yaml. A file that was edited by hand is
    merged three-way; a conflict leaves markers in it, nothing is committed, and the exit code is 1.
    Only what pipelinegen writes is committed. A tag that is published never moves: when it would
    have to, the exit code is 1, and you are told how you move it.

    \b
    Examples:
      pipelinegen library export ../jenkins-library
      pipelinegen library export ../jenkins-library --dry-run
      pipelinegen library export ../jenkins-library --platform platform.yaml --push origin
    """
    from pipelinegen.commands.generate import report, show
    from pipelinegen.render.library import COMMAND, TAG, files
    from pipelinegen.workspace import apply, lock, plan_changes, release, remote, repository
    from pipelinegen.workspace.apply import BASES
    from pipelinegen.workspace.atomic import make_folder

    _check_no_service(folder)
    repository.check(folder)
    made = files(_platform(source, folder), _address(folder, push))
    branch = repository.branch(folder)
    if dry_run:
        show(folder, plan_changes(folder, made, COMMAND), 0)
        _say(
            f"Nothing was written: without --dry-run it is committed on {branch}, and tagged {TAG}"
            " unless that is published already"
        )
        return
    there = remote.ask(folder, push) if push is not None else None
    release.check(folder, there)
    make_folder(folder)
    changes = apply(folder, made, COMMAND)
    report(str(folder), changes, COMMAND)
    if any(change.outcome.blocks for change in changes):
        sys.exit(NO)
    paths = dict.fromkeys([*(change.path for change in changes), lock.FILE, BASES])
    message = f"Jenkins library of pipelinegen {__version__}\n\nMade by `pipelinegen {COMMAND}`."
    release.release(folder, list(paths), TAG, message, there, _say)


def _check_no_service(folder: Path) -> None:
    """A service has a lock of its own: to it, all of the service's files would be gone."""
    from pipelinegen.config import FILE
    from pipelinegen.render.library import DEFAULTS
    from pipelinegen.workspace import lock

    known = lock.read(folder).files
    if (folder / FILE).exists() or (known and DEFAULTS not in known):
        hint = "name a folder of its own, for example ../jenkins-library"
        raise InputError([Problem(str(folder), 0, 0, "holds a service, not the library", hint)])


def _platform(source: str | None, folder: Path) -> PlatformFile:
    """The platform, and a word about which one it is."""
    from pipelinegen.config.load import Loader
    from pipelinegen.config.loaded import PlatformFile
    from pipelinegen.config.platform import Platform
    from pipelinegen.render.library import PLATFORM
    from pipelinegen.workspace import lock

    if source is None and Path("platform.yaml").is_file():
        source = "platform.yaml"
        _say("with the platform.yaml of this folder")
    if source is not None:
        return Loader().platform(source, Path())
    if PLATFORM in lock.read(folder).files:
        message = "was exported with a platform.yaml, and there is none in this folder"
        raise InputError([Problem(str(folder), 0, 0, message, "name it with --platform")])
    _say("without a platform.yaml, since there is none in this folder: --platform names one")
    return PlatformFile(Platform())


def _address(folder: Path, push: str | None) -> str | None:
    """Where Jenkins finds the library. Said once it stays, however others reach the same place."""
    from pipelinegen.render.library import CONFIGURATION, registered, without_secrets
    from pipelinegen.workspace import remote

    try:
        said = registered((folder / CONFIGURATION).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        said = None
    address = remote.url(folder, push) if push is not None else None
    return said or (address and without_secrets(address))


def _say(text: str) -> None:
    click.echo(text, err=True)
