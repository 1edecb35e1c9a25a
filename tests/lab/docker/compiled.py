"""Programs for stand-ins that take minutes to compile, and so are kept in the lab's cache."""

from __future__ import annotations

import os
from pathlib import Path

from tests.lab.cache import cache_dir
from tests.lab.docker.cli import docker

# name -> version; the folder below images/ of that name tells how it is built.
VERSIONS = {"geckodriver": "0.37.1", "versitygw": "1.8.0"}


def kept(name: str) -> Path:
    """Where the program is, once it was compiled."""
    return cache_dir() / f"{name}-{VERSIONS[name]}" / name


def compile_program(name: str, folder: Path) -> None:
    """Compiles a program in Docker and keeps it.

    Not on the machine: it may have another compiler, and another libc than the images.

    Raises:
        DockerError: it did not compile.
    """
    arguments = ["--quiet", "--force-rm", "--build-arg", f"VERSION={VERSIONS[name]}"]
    image = docker("build", *arguments, str(folder))
    # A container needs some command, though this one is never started.
    container = docker("create", image, "none")
    target = kept(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(".part")
    docker("cp", f"{container}:/{name}", str(scratch))
    docker("rm", container)
    docker("rmi", image)
    scratch.chmod(0o755)
    os.replace(scratch, target)
