"""``pipelinegen with-dependencies``: a command with all it needs around it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path
from typing import Any

import click

from pipelinegen.commands._dependencies import dependency_options, tell, up
from pipelinegen.commands.run import directory_option
from pipelinegen.errors import PipelinegenError


@click.command(name="with-dependencies")
@click.argument("words", metavar="-- COMMAND [ARGUMENT]...", nargs=-1, required=True)
@directory_option
@dependency_options
def command(words: tuple[str, ...], directory: Path, **said: Any) -> None:
    """Run a COMMAND while the service and all it depends on are up; then remove them.

    The command finds the service in SYSTEM_URL and the dependencies in the environment variables
    that they declare. The exit code is the command's.

    \b
    Examples:
      pipelinegen with-dependencies -- mvn verify -Psystem
      pipelinegen with-dependencies --without-service -- go test -tags integration ./...
      pipelinegen with-dependencies --dependency-url catalog=http://localhost:9000 -- npm test
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.containers.group import Containers
    from pipelinegen.containers.variables import variables

    if shutil.which(words[0]) is None:
        raise PipelinegenError(f"{words[0]}: there is no such command")
    config = Loader().service(directory)
    # Told to end we take the containers with us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = f"with-{uuid.uuid4().hex[:8]}"
    with Containers(run, owner=os.getpid(), tell=tell, gelf=said["gelf"]) as containers:
        given = up(config, containers, said)
        found = {**given, **variables(containers, inside=False)}
        code = _run(words, {**os.environ, **found})
    click.get_current_context().exit(code)


def _run(words: tuple[str, ...], environment: dict[str, str]) -> int:
    process = subprocess.Popen(words, env=environment)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # A terminal's Ctrl-C has reached it as well; another signal has not.
        process.terminate()
        process.wait()
        raise
    return code if code >= 0 else 128 - code
