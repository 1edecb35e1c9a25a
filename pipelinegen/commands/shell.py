"""``pipelinegen shell``: a shell in a stage's container."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from pipelinegen.commands.run import directory_option
from pipelinegen.errors import NO, Refused

_SHELL = "if command -v bash >/dev/null; then exec bash; else exec sh; fi"


@click.command(name="shell")
@click.argument("stage")
@directory_option
def command(stage: str, directory: Path) -> None:
    """Open a shell in the container of a STAGE: its image, user, variables and folders.

    Commands are read from standard input where that is no terminal. The container is removed when
    the shell ends. Exit code 1 when the shell ends with another than 0.

    \b
    Examples:
      pipelinegen shell unit
      echo 'pip list' | pipelinegen shell unit
    """
    from pipelinegen.containers.daemon import connect, told
    from pipelinegen.run import container
    from pipelinegen.run.choose import choose, first_line
    from pipelinegen.run.images import BuildFailed, Images
    from pipelinegen.run.local import local

    found = local(directory)
    here = found.here
    ((chosen,),) = choose(found.groups, [stage])
    if chosen.script is None:
        raise Refused(f"`{stage}` builds an image and has no container of its own.")
    with connect() as daemon, told():
        container.sweep(daemon, here)
        try:
            image = Images(daemon, here).build(chosen, lambda line: click.echo(line, err=True))
        except BuildFailed as error:
            raise Refused(f"{stage}: {error}") from None
        terminal = sys.stdin.isatty()
        if terminal:
            click.echo(f"In the container of `{stage}`, whose command is: {first_line(chosen)}")
        with container.started(daemon, here, chosen, image, found.branch) as box:
            added = container.step_environment(here, chosen)
            done = subprocess.run(
                [
                    *("docker", "exec", "--interactive", *(["--tty"] if terminal else [])),
                    *("--workdir", os.path.normpath(here.root / chosen.directory)),
                    *(part for pair in added.items() for part in ("--env", "=".join(pair))),
                    *(str(box.id), "sh", "-c", _SHELL),
                ],
                env={**os.environ, "DOCKER_HOST": daemon.address},
            )
    if done.returncode:
        click.get_current_context().exit(NO)
