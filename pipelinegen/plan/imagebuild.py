"""One ``docker build``, as Jenkins and a laptop run it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from pipelinegen.plan.model import BUILD_LABEL, Value

# On the deployed image: what others need to know to start it beside their tests, as JSON.
# The classic builder makes a layer for each label, in the order of their names: so only the last,
# which is the build's own, has to be swept.
SERVICE_LABEL = "pipelinegen.about"


@dataclass(frozen=True)
class ImageBuild:
    """One ``docker build``; two stages with the same one share their image.

    Args:
        directory: the build context, from the repository's top.
        filename: the Dockerfile, from the repository's top.
        target: the Dockerfile's stage; None is the last one.
        declaration: the file whose content is the image's `SERVICE_LABEL`, from the repository's
            top; empty: it has none.
    """

    directory: str
    filename: str
    target: str | None
    declaration: str = ""

    def command(self, tag: str, build: str, declared: str = "") -> list[str]:
        """The command line, to be run at the repository's top.

        Args:
            tag: the image's name.
            build: who it is built for; the value of its label.
            declared: what the file `declaration` holds.
        """
        target = ["--target", self.target] if self.target else []
        label = ["--label", f"{BUILD_LABEL}={build}"]
        if declared:
            label += ["--label", f"{SERVICE_LABEL}={declared}"]
        return [
            "docker", "build", "-t", tag, *target, *label, "-f", self.filename, self.directory,
        ]  # fmt: skip


def deployed(arguments: Mapping[str, Value]) -> ImageBuild:
    """The build of the deployed image, from the arguments of the step ``buildImage``."""
    directory, target = str(arguments.get("dir", ".")), arguments.get("target")
    filename = posixpath.normpath(posixpath.join(directory, str(arguments["dockerfile"])))
    declaration = posixpath.normpath(posixpath.join(directory, str(arguments["declaration"])))
    return ImageBuild(directory, filename, str(target) if target else None, declaration)
