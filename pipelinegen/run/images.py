"""``docker build``, by the ``docker`` command.

The docker package talks to the classic builder only; the command takes the builder that the machine
has, as Jenkins' does, so that a Dockerfile with ``RUN --mount`` builds in both or in neither.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterator

from pipelinegen.containers.daemon import Daemon
from pipelinegen.errors import OutsideError
from pipelinegen.run.checkout import Checkout
from pipelinegen.run.screen import now
from pipelinegen.run.work import ImageBuild, Work

# A build of which all comes from the cache is not worth its lines.
QUIET_SECONDS = 1.5

Line = Callable[[str], None]


class BuildFailed(Exception):
    """``docker build`` ended with another code than 0; what it said has been printed."""


class Images:
    """Builds the images of a run, each once."""

    def __init__(self, daemon: Daemon, here: Checkout) -> None:
        self._daemon = daemon
        self._here = here
        self._built: dict[ImageBuild, str] = {}
        self._failed: dict[ImageBuild, str] = {}

    def build(self, work: Work, line: Line) -> str:
        """Build the image of a stage.

        Args:
            work: the stage.
            line: gets each line of output.

        Returns:
            The image's name.

        Raises:
            BuildFailed: the Dockerfile is at fault.
            OutsideError: there is no ``docker`` command.
        """
        tag = f"{work.repository}:local" if work.repository else self._tag(work.image)
        if self._built.get(work.image) == tag:
            return tag
        if work.image in self._failed:
            raise BuildFailed(f"its image did not build, see {self._failed[work.image]}")
        before = self._id(tag)
        code = self._run(work.image.command(tag, self._here.build), line)
        if code:
            self._failed[work.image] = work.name
            raise BuildFailed(f"docker build ended with {code}")
        if before and before != self._id(tag):
            self._forget(before)
        self._built[work.image] = tag
        return tag

    def _tag(self, image: ImageBuild) -> str:
        which = f"{image.directory}\0{image.filename}\0{image.target}"
        digest = hashlib.sha256(which.encode()).hexdigest()[:8]
        return f"pipelinegen/{self._here.build}:{digest}"

    def _id(self, tag: str) -> str | None:
        from docker.errors import ImageNotFound

        try:
            return str(self._daemon.client.images.get(tag).id)
        except ImageNotFound:
            return None

    def _forget(self, image: str) -> None:
        """Remove the image that the tag named before, not the layers that the next build takes."""
        from docker.errors import APIError

        with contextlib.suppress(APIError):  # another tag or a container has it
            self._daemon.client.api.remove_image(image, noprune=True)

    def _run(self, command: list[str], line: Line) -> int:
        try:
            process = subprocess.Popen(
                command,
                cwd=self._here.root,
                env={**os.environ, "DOCKER_HOST": self._daemon.address},
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
    until = now() + QUIET_SECONDS

    def speak() -> None:
        with lock:
            while waiting:
                line(waiting.pop(0))

    def hear(text: str) -> None:
        with lock:
            waiting.append(text)
        if now() >= until:
            speak()

    timer = threading.Timer(QUIET_SECONDS, speak)
    timer.daemon = True
    timer.start()
    try:
        yield hear, speak
    finally:
        timer.cancel()
