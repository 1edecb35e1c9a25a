"""The images of a run's stages: each built once, and what they were before forgotten."""

from __future__ import annotations

import hashlib

from pipelinegen.containers.build import Line, build_image
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
        here = self._here
        code = build_image(self._daemon, work.image, tag, here.build, here.root, line)
        if code:
            self._failed[work.image] = work.name
            raise BuildFailed(f"docker build ended with {code}")
        self._built[work.image] = tag
        return tag

    def _tag(self, image: ImageBuild) -> str:
        which = f"{image.directory}\0{image.filename}\0{image.target}"
        digest = hashlib.sha256(which.encode()).hexdigest()[:8]
        return f"pipelinegen/{self._here.build}:{digest}"
