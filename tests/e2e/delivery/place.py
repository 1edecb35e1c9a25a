"""Where the tests of the whole way deploy to, and pipelinegen run there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipelinegen.deploy.access import variable
from tests.lab.helm import helm_binary
from tests.lab.kubernetes import Cluster

ACCOUNTS = {
    "test-eu": "test",
    "stage-eu": "stage",
    **dict.fromkeys(("eu-a", "eu-b", "us-a", "us-b"), "production"),
}
NAMESPACE = "shop"


def pipelinegen(folder: Path, world: dict[str, Cluster], *arguments: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "pipelinegen", *arguments],
        cwd=folder,
        env={
            **os.environ,
            "PATH": f"{helm_binary().parent}{os.pathsep}{os.environ['PATH']}",
            **{variable(name): str(cluster.kubeconfig) for name, cluster in world.items()},
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout
