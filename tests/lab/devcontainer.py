"""The reference implementation of dev containers, and Docker Compose, which it drives.

https://github.com/devcontainers/cli
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.lab import Missing
from tests.lab.cache import cache_dir

PACKAGE = "@devcontainers/cli"
VERSION = "0.89.0"


@dataclass(frozen=True)
class Up:
    """A dev container that runs.

    Args:
        container: its id.
        user: who works in it.
        folder: the workspace in it.
        project: the compose project; empty when there is none.
    """

    container: str
    user: str
    folder: str
    project: str


class DevContainers:
    """The command line, for one workspace after the other."""

    def __init__(self) -> None:
        self._cli = _cli()
        self._compose = compose()

    def up(self, workspace: Path) -> Up:
        """Build and start what devcontainer.json says, as an editor does."""
        done = self._run("up", workspace)
        last = done.stdout.strip().splitlines()[-1:] or ["{}"]
        said = json.loads(last[0])
        assert said.get("outcome") == "success", f"{done.stdout}\n{done.stderr}"
        project = said.get("composeProjectName", "")
        return Up(said["containerId"], said["remoteUser"], said["remoteWorkspaceFolder"], project)

    def run(self, workspace: Path, command: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command as a terminal of the editor does."""
        return self._run("exec", workspace, "sh", "-c", command)

    def down(self, workspace: Path, up: Up) -> None:
        """Remove the container, what was started beside it, and their images."""
        image = _docker("inspect", "--format", "{{.Image}}", up.container)
        if up.project:
            file = workspace / ".devcontainer" / "compose.yaml"
            command = [*self._compose, "-p", up.project, "-f", str(file), "down", "--volumes"]
            subprocess.run(command, check=True, capture_output=True)
        else:
            _docker("rm", "--force", "--volumes", up.container)
        _docker("rmi", "--force", "--no-prune", image)

    def _run(self, verb: str, workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        # As for a developer who has set nothing.
        unset = ("UID", "DOCKER_GROUP")
        return subprocess.run(
            [*self._cli, verb, "--workspace-folder", str(workspace), *arguments],
            env={key: text for key, text in os.environ.items() if key not in unset},
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
        )


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _cli() -> list[str]:
    """The command, installed once.

    Raises:
        Missing: there is no npm, or it did not get the package.
    """
    kept = cache_dir() / f"devcontainers-cli-{VERSION}"
    script = kept / "node_modules" / PACKAGE / "devcontainer.js"
    if not script.exists():
        mend = "install Node.js with npm"
        npm = shutil.which("npm")
        if npm is None:
            raise Missing(PACKAGE, "there is no npm", mend)
        with tempfile.TemporaryDirectory(dir=cache_dir(), prefix=".devcontainers-") as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            command = [npm, "install", "--prefix", str(made), "--no-audit", "--no-fund"]
            done = subprocess.run(
                [*command, f"{PACKAGE}@{VERSION}"], check=False, capture_output=True, text=True
            )
            if done.returncode:
                last = done.stderr.strip().splitlines()[-1:] or ["npm failed"]
                raise Missing(PACKAGE, last[0], mend)
            try:
                made.rename(kept)
            except OSError:
                # Another test process was faster; its copy is as good as this one.
                if not script.exists():
                    raise
    return ["node", str(script)]


def compose() -> list[str]:
    """Docker Compose's command; installed from Debian where there is none and we are root.

    Raises:
        Missing: there is none.
    """
    for command in (["docker", "compose"], ["docker-compose"]):
        if _works(command):
            return command
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600"]
        for rest in (
            ["update", "-q"],
            ["install", "-yq", "--no-install-recommends", "docker-compose"],
        ):
            subprocess.run([*apt, *rest], check=False, capture_output=True)
        if _works(["docker-compose"]):
            return ["docker-compose"]
    mend = "see https://docs.docker.com/compose/install/"
    raise Missing("Docker Compose", "there is none", mend)


def _works(command: list[str]) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "version"], check=False, capture_output=True).returncode == 0
