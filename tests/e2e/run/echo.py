"""A service that runs one command, for the tests of ``pipelinegen run``."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import docker

from pipelinegen.config.load import Loader
from pipelinegen.containers.daemon import connect
from pipelinegen.plan.model import BUILD_LABEL as LABEL
from pipelinegen.run.checkout import Checkout, checkout
from pipelinegen.run.local import local
from pipelinegen.run.runner import Result, Run, Runner
from pipelinegen.run.work import Work

DEADLINE = 120
PIPELINEGEN = [sys.executable, "-m", "pipelinegen"]
HEAD = "apiVersion: pipelinegen/v1\nservice: {name: echo, team: shop}\n"
DOCKERFILE = "FROM python:3.11-slim AS test\nENV FROM_IMAGE=yes\nFROM test AS runtime\n"


def configure(folder: Path, command: str, more: str = "") -> None:
    quoted = "'" + command.replace("'", "''") + "'"
    body = f"{HEAD}build: {{agent: {{target: test}}, image: {{target: runtime}}}}\n{more}"
    (folder / "pipeline.yaml").write_text(f"{body}tests:\n  unit:\n    run: {quoted}\n")


def here(folder: Path) -> Checkout:
    return checkout(Loader().service(folder))


def pipelinegen(
    folder: Path, *arguments: str, told: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PIPELINEGEN, *arguments],
        cwd=folder,
        input=told,
        stdin=subprocess.DEVNULL if told is None else None,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )


def containers(folder: Path) -> list[str]:
    client = docker.from_env()
    try:
        label = f"{LABEL}={here(folder).build}"
        return [str(each.id) for each in client.containers.list(all=True, filters={"label": label})]
    finally:
        client.close()


def running(service: Path, *arguments: str) -> subprocess.Popen[str]:
    """A run whose command waits to be stopped."""
    configure(service, "echo it runs; sleep 600")
    process = subprocess.Popen(
        [*PIPELINEGEN, "run", *arguments],
        cwd=service,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.rstrip().endswith("│ it runs"):
            return process
    raise AssertionError("it did not start")


def one(service: Path, **changes: object) -> Result:
    """One stage, run in this process."""
    found = local(service, "main")
    unit = found.groups[0][0]
    assert isinstance(unit, Work)
    with connect() as daemon:
        changed = replace(unit, **changes)  # type: ignore[arg-type]
        runner = Runner(Run(found.config, daemon, found.here, "main", [(changed,)]))
        (result,) = runner.go()
    return result
