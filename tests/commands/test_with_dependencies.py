"""What a person reads who brings dependencies up; with containers: tests/e2e/dependencies."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelinegen.commands.with_dependencies import command


def test_a_command_that_is_not_there_is_told_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    result = CliRunner().invoke(command, ["--", "no-such-command", "-x"])
    assert str(result.exception) == "no-such-command: there is no such command"


def test_a_service_that_is_at_fault_is_told_before_docker_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    result = CliRunner().invoke(command, ["-C", str(tmp_path), "--", "true"])
    assert "there is no such file" in str(result.exception)


def test_a_command_is_needed() -> None:
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 2
    assert "-- COMMAND" in result.output
