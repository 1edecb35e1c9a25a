"""A service's folder, what is run in it, and the containers that come of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent

from pipelinegen.plan.model import BUILD_LABEL
from tests.e2e.conftest import leftovers
from tests.helpers import write_tree
from tests.lab.docker.cli import DockerError, docker, inspect, listed

# Seconds.
DEADLINE = 120.0
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
PIPELINEGEN = [sys.executable, "-m", "pipelinegen"]
HEAD = "apiVersion: pipelinegen/v1\nservice: {name: orders, team: shop}\n"
# A dependency that comes up soon, where it does not matter which it is.
CACHE = f"{HEAD}dependencies:\n  cache: {{type: redis, env: CACHE_URL}}\n"

Done = subprocess.CompletedProcess[str]


def until(found: Callable[[], object], seconds: float = DEADLINE) -> None:
    """Wait for something, and fail when it does not come."""
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


class Project:
    """A service's folder.

    Args:
        folder: where it is.
        mark: the label of the containers and networks that are made in it.
        environment: that of what is run in it.
    """

    def __init__(self, folder: Path, mark: str, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.mark = mark
        self.label = f"{BUILD_LABEL}={mark}"
        self.environment = {**environment, "PIPELINEGEN_BUILD": mark}
        # Images that are this test's own.
        self.tags: list[str] = []
        # Nothing is looked for above it.
        (folder / ".git").mkdir(parents=True)

    def write(self, files: Mapping[str, str]) -> None:
        """Write files of it."""
        write_tree(self.folder, {name: dedent(text) for name, text in files.items()})

    def image(self, dockerfile: str, name: str = "mine") -> str:
        """An image that is this test's own; it is removed after it."""
        tag = f"{self.mark}/{name}:1"
        self.tags.append(tag)
        command = ["docker", "build", "--quiet", "--tag", tag, "-"]
        subprocess.run(command, input=dockerfile, text=True, check=True, capture_output=True)
        return tag

    def run(self, *command: str, **more: str) -> Done:
        """Run a command to its end.

        Args:
            command: the command.
            more: variables of its environment.
        """
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )

    def pipelinegen(self, *arguments: str) -> Done:
        """Run one of pipelinegen's commands."""
        return self.run(*PIPELINEGEN, *arguments)

    def pytest(self, *options: str, **more: str) -> str:
        """Run the tests, which pass.

        Returns:
            What is printed.
        """
        done = self.run(*PYTEST, *options, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *options: str) -> str:
        """What is told, once, before the first of the tests, which are not run."""
        done = self.run(*PYTEST, *options)
        assert done.returncode == 4, done.stdout + done.stderr
        told = done.stderr.strip()
        assert told.startswith("ERROR: ")
        assert told not in done.stdout
        assert "Traceback" not in told + done.stdout
        return told.removeprefix("ERROR: ")

    @contextlib.contextmanager
    def running(self, *command: str, **more: str) -> Iterator[subprocess.Popen[str]]:
        """A command that is still running, as in a terminal; in the end all of it is killed.

        Args:
            command: the command.
            more: variables of its environment.
        """
        with (self.folder / "output.txt").open("w") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment | more,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(DEADLINE)

    @property
    def output(self) -> str:
        """What the last of those has printed by now."""
        return (self.folder / "output.txt").read_text()

    def left(self) -> dict[str, list[str]]:
        """The containers and networks that are there."""
        return {kind: ids for kind, ids in leftovers(self.label).items() if kind != "image"}

    def containers(self, dependency: str = "") -> list[str]:
        """The ids of the containers that are there, or of those of one dependency."""
        more = [f"label=pipelinegen.dependency={dependency}"] if dependency else []
        return list(listed("container", f"label={self.label}", *more))

    def volumes(self) -> list[str]:
        """The volumes of the containers that are there."""
        found = [inspect("container", each) or {"Mounts": []} for each in self.containers()]
        mounts = [mount for each in found for mount in each["Mounts"]]
        return [mount["Name"] for mount in mounts if mount["Type"] == "volume"]

    def clear(self) -> None:
        """Remove what a test that failed has left, and the images."""
        left = self.left()
        commands = [["rm", "--force", "--volumes", each] for each in left.get("container", ())]
        commands += [["network", "rm", each] for each in left.get("network", ())]
        commands += [["rmi", "--force", each] for each in self._images()]
        for command in commands:
            with contextlib.suppress(DockerError):
                docker(*command)

    def _images(self) -> set[str]:
        labels = {self.label}
        for tag in self.tags:
            said = ((inspect("image", tag) or {}).get("Config") or {}).get("Labels") or {}
            if BUILD_LABEL in said:
                labels.add(f"{BUILD_LABEL}={said[BUILD_LABEL]}")
        listing = ["image", "ls", "--quiet", "--filter"]
        found = [docker(*listing, f"label={each}").split() for each in sorted(labels)]
        return {*self.tags, *(image for images in found for image in images)}
