"""What is loaded into a dependency before the first test."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipelinegen.containers.started import LAST_LINES, DependencyError, Started

if TYPE_CHECKING:
    from pipelinegen.containers.group import Containers

_FOLDER = "/tmp"


def prepare(started: Started, containers: Containers) -> None:
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
        (_migrate_in if started.need.tools else _migrate_here)(started, containers)
    if started.need.recipe.seal:
        started.run(started.need.recipe.seal)


def _migrate_here(started: Started, _: Containers) -> None:
    """As a process of this machine, in the service's folder."""
    command, variable = str(started.need.migrate), started.need.variable
    url = {variable: started.need.value(started.host, started.port)} if variable else {}
    done = subprocess.run(
        command,
        shell=True,  # it is a shell command of the service's own, as in a stage
        cwd=started.need.folder,
        env={**os.environ, **url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    _check(started, done.returncode, done.stdout)


def _migrate_in(started: Started, containers: Containers) -> None:
    """In the image of the service whose dependency it is, on the run's network."""
    command, variable = str(started.need.migrate), started.need.variable
    box = containers.client.containers.create(
        str(started.need.tools),
        ["-c", command],
        entrypoint="sh",
        environment={variable: started.need.inside} if variable else {},
        network=containers.network.name,
        labels=containers.marks,
    )
    try:
        box.start()
        code = box.wait()["StatusCode"]
        log = box.logs(tail=LAST_LINES).decode(errors="replace")
    finally:
        box.remove(force=True, v=True)
    _check(started, code, log)


def _check(started: Started, code: int, log: str) -> None:
    if code:
        need = started.need
        where = f" in {need.tools}" if need.tools else ""
        raise DependencyError(
            f"{need.name}: the migration `{need.migrate}`{where} ended with {code}\n{log.strip()}"
        )


def _copy(started: Started, name: str, content: bytes) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o644
        archive.addfile(entry, io.BytesIO(content))
    started.container.put_archive(_FOLDER, packed.getvalue())
