"""What is loaded into a dependency before the first test."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipelinegen.containers.started import LAST_LINES, DependencyError, Started

if TYPE_CHECKING:
    from pipelinegen.containers.group import Containers

# Runs a shell command that brings the dependency's schema up to date.
Migrate = Callable[[Started, str], None]
_FOLDER = "/tmp"


def prepare(started: Started, migrate: Migrate) -> None:
    """Load the init files, run the migrations, and keep what came of it for each test.

    Raises:
        DependencyError: one of them fails.
    """
    load = started.need.recipe.load
    for file in started.need.init:
        command = load.get(file.suffix)
        if command is None:
            known = " or ".join(load) or "nothing"
            raise DependencyError(
                f"{started.need.name}: {file} cannot be loaded: {started.need.type} takes {known}"
            )
        name = f"pipelinegen-init{file.suffix}"
        _copy(started, name, file.read_bytes())
        try:
            started.run(f"{command} < {PurePosixPath(_FOLDER, name)}")
        except DependencyError as error:
            raise DependencyError(f"{file}: cannot be loaded\n{error}") from None
    if started.need.migrate:
        migrate(started, started.need.migrate)
    if started.need.recipe.seal:
        started.run(started.need.recipe.seal)


def migrate_here(started: Started, command: str) -> None:
    """Run the migrations as a process of this machine, with the URL in the variable.

    Raises:
        DependencyError: its exit code is not 0.
    """
    variable = started.need.variable
    url = {variable: started.url()} if variable else {}
    done = subprocess.run(
        command,
        shell=True,  # it is a shell command of the service's own, as in a stage
        env={**os.environ, **url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise DependencyError(
            f"{started.need.name}: the migration `{command}` ended with {done.returncode}\n"
            f"{done.stdout.strip()}"
        )


def migrate_in(image: str, containers: Containers) -> Migrate:
    """Migrations that run in a service's image, on the run's network: it has their tools.

    Args:
        image: the image.
        containers: the run.
    """

    def migrate(started: Started, command: str) -> None:
        variable = started.need.variable
        box = containers.client.containers.create(
            image,
            ["-c", command],
            entrypoint="sh",
            environment={variable: started.need.url} if variable else {},
            network=containers.network.name,
            labels=containers.marks,
        )
        try:
            box.start()
            code = box.wait()["StatusCode"]
            log = box.logs(tail=LAST_LINES).decode(errors="replace").strip()
        finally:
            box.remove(force=True, v=True)
        if code:
            raise DependencyError(
                f"{started.need.name}: the migration `{command}` ended with {code}\n{log}"
            )

    return migrate


def _copy(started: Started, name: str, content: bytes) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o644
        archive.addfile(entry, io.BytesIO(content))
    started.container.put_archive(_FOLDER, packed.getvalue())
