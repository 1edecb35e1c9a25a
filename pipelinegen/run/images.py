"""The images of a run's stages: each built once, and what they were before forgotten."""

from __future__ import annotations

import contextlib
import hashlib

from pipelinegen.containers.build import Line, build, declared
from pipelinegen.containers.daemon import Daemon
from pipelinegen.plan.imagebuild import ImageBuild
from pipelinegen.run.checkout import Checkout
from pipelinegen.run.work import Work


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
        command = work.image.command(tag, self._here.build, declared(work.image, self._here.root))
        code = build(self._daemon, command, self._here.root, line)
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
