"""The working tree that the stages run in, and the folder beside it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pipelinegen.config.loaded import Config
from pipelinegen.errors import OutsideError
from pipelinegen.git import git, text_of


@dataclass(frozen=True)
class Checkout:
    """Where the stages run.

    Args:
        root: the repository's top, absolute; the containers see it at the same path.
        beside: a folder of ours for HOME and caches, as Jenkins has one beside each workspace.
        build: a name for what belongs to this working tree: images, containers.
    """

    root: Path
    beside: Path
    build: str

    @property
    def cache(self) -> Path:
        """Where downloads are kept between runs."""
        return self.beside / "cache"


def checkout(config: Config) -> Checkout:
    """The working tree of a service; the folder beside it is made when it is not there.

    Raises:
        OutsideError: the folder beside it cannot be made.
    """
    root = config.top
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:8]
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    beside = Path(home).absolute() / "pipelinegen" / f"{root.name}-{digest}".replace(":", "-")
    try:
        beside.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"cannot make the folder {beside}: {error.strerror}") from None
    return Checkout(root, beside, f"local-{config.model.service.name}-{digest}")


def current_branch(root: Path, default: str) -> str:
    """The branch that is checked out; ``default`` where there is none."""
    try:
        done = git(root, "symbolic-ref", "--short", "--quiet", "HEAD")
    except OutsideError:  # without git
        return default
    return text_of(done.stdout).strip() or default
