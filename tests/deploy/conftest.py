from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelinegen.cli import cli
from pipelinegen.deploy import lease, ready, verify
from pipelinegen.deploy.access import Programs, Stopped, variable
from pipelinegen.errors import PipelinegenError
from tests.configs import load
from tests.deploy.given import Answer, Cluster, Clusters, write_values

NAMES = ("test-eu", "stage-eu", "eu-a", "eu-b", "us-a", "us-b")


@dataclass(frozen=True)
class Said:
    """What a command has said.

    Args:
        exit_code: its exit code.
        output: everything, as a terminal shows it.
        stdout: the result alone.
    """

    exit_code: int
    output: str
    stdout: str


Run = Callable[..., Said]


@pytest.fixture
def clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clusters:
    """The platform's clusters, and a kubeconfig for each."""
    found = Clusters()

    def run(
        self: Programs,
        command: list[str],
        environment: Mapping[str, str],
        stdin: str | None,
        seconds: float,
        *,
        to_the_end: bool,
    ) -> Answer:
        if self.stopped.is_set() and not to_the_end:
            raise Stopped
        answer = found.run(command, environment, stdin)
        if self.stopped.is_set() and not to_the_end and answer[0]:
            raise Stopped
        return answer

    monkeypatch.setattr(Programs, "run", run)
    monkeypatch.delenv("PIPELINEGEN_BUILD", raising=False)
    for name in NAMES:
        found[name] = Cluster(name)
        path = tmp_path / "kubeconfigs" / f"{name}.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_text("", "utf-8")
        monkeypatch.setenv(variable(name), str(path))
    # Nothing is waited for that does not take time here.
    monkeypatch.setattr(ready, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(ready, "HOPELESS", dict.fromkeys(ready.HOPELESS, 0.0))
    monkeypatch.setattr(verify, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(lease, "POLL_SECONDS", 0.01)
    return found


@pytest.fixture
def service(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a service of the body of a pipeline.yaml."""

    def make(body: str = "") -> Path:
        folder = tmp_path / "a service"
        write_values(load(folder, body))
        return folder

    return make


@pytest.fixture
def run(clusters: Clusters, service: Callable[[str], Path]) -> Run:
    """Runs a command of pipelinegen on a service that says nothing else, or the folder given."""
    made: list[Path] = []

    def command(*arguments: str, folder: Path | None = None) -> Said:
        if folder is None:
            made.extend([] if made else [service("")])
            folder = made[0]
        position = 2 if arguments[0] == "temp" else 1
        place = ["-C", str(folder)]
        every = [*arguments[:position], *place, *arguments[position:]]
        result = CliRunner().invoke(cli, every)
        error = result.exception
        if isinstance(error, PipelinegenError):
            return Said(error.exit_code, f"{result.output}{error}", result.stdout)
        assert error is None or isinstance(error, SystemExit), result.output
        return Said(result.exit_code, result.output, result.stdout)

    return command
