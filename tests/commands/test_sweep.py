"""What a person reads who sweeps; with containers: tests/e2e/dependencies."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from pipelinegen.commands.sweep import command
from pipelinegen.errors import OutsideError


def test_without_docker_it_says_what_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    result = CliRunner().invoke(command, ["--dry-run"])
    assert isinstance(result.exception, OutsideError)
    assert "unset DOCKER_HOST" in str(result.exception)
