"""``docker build``, by the ``docker`` command.

The docker package talks to the classic builder only; the command takes the builder that the machine
has, as Jenkins' does, so that a Dockerfile with ``RUN --mount`` builds in both or in neither.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelinegen.containers.daemon import Daemon, errors
from pipelinegen.errors import OutsideError
from pipelinegen.plan.imagebuild import ImageBuild

# A build of which all comes from the cache is not worth its lines.
QUIET_SECONDS = 1.5

Line = Callable[[str], None]


def build_image(
    daemon: Daemon, image: ImageBuild, tag: str, label: str, root: Path, line: Line
) -> int:
    """Build an image, and forget what its tag named before.

    Args:
        daemon: which Docker.
        image: what is built.
        tag: its name.
        label: who it is built for.
        root: the repository's top.
        line: gets each line of output of a build that takes long, or that fails.

    Returns:
        The exit code of ``docker build``.

    Raises:
        OutsideError: there is no ``docker`` command.
    """
    before = _id(daemon, tag)
    code = build(daemon, image.command(tag, label, declared(image, root)), root, line)
    if not code and before and before != _id(daemon, tag):
        # Not the layers, which the next build takes; nor what another tag or a container has.
        with contextlib.suppress(*errors()):
            daemon.client.api.remove_image(before, noprune=True)
    return code


def _id(daemon: Daemon, tag: str) -> str | None:
    from docker.errors import ImageNotFound

    try:
        return str(daemon.client.images.get(tag).id)
    except ImageNotFound:
        return None


def declared(image: ImageBuild, root: Path) -> str:
    """What the image's declaration says, as a shell's ``$(cat …)`` has it; empty: there is none."""
    if not image.declaration:
        return ""
    try:
        return (root / image.declaration).read_text("utf-8").rstrip("\n")
    except OSError:
        return ""  # it was never generated


def build(daemon: Daemon, command: list[str], folder: Path, line: Line) -> int:
    """Run a ``docker build``.

    Args:
        daemon: which Docker.
        command: the command line.
        folder: where it runs.
        line: gets each line of output of a build that takes long, or that fails.

    Returns:
        Its exit code.

    Raises:
        OutsideError: there is no ``docker`` command.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "DOCKER_HOST": daemon.address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us, who then end it.
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        raise OutsideError(
            "there is no `docker` command: install Docker's command line "
            "(https://docs.docker.com/engine/install/)"
        ) from None
    with process:
        try:
            with _held(line) as (hear, speak):
                assert process.stdout is not None
                for text in process.stdout:
                    hear(text.rstrip("\n"))
                if process.wait():
                    speak()
        finally:
            if process.poll() is None:
                process.terminate()
    return process.returncode


@contextlib.contextmanager
def _held(line: Line) -> Iterator[tuple[Line, Callable[[], None]]]:
    """Lines that are held back until it takes long, or until they are asked for."""
    waiting: list[str] = []
    lock = threading.Lock()
    until = time.monotonic() + QUIET_SECONDS

    def speak() -> None:
        with lock:
            while waiting:
                line(waiting.pop(0))

    def hear(text: str) -> None:
        with lock:
            waiting.append(text)
        if time.monotonic() >= until:
            speak()

    timer = threading.Timer(QUIET_SECONDS, speak)
    timer.daemon = True
    timer.start()
    try:
        yield hear, speak
    finally:
        timer.cancel()
