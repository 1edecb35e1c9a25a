"""``pipelinegen shell``: what it refuses; that it opens one is in tests/e2e."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelinegen.cli import cli
from pipelinegen.errors import OutsideError, PipelinegenError, Refused
from tests.configs import load

BODY = "tests: {unit: {run: pytest}}\n"


def shell(service: Path, stage: str) -> None:
    CliRunner().invoke(
        cli, ["shell", "-C", str(service), stage], catch_exceptions=False, standalone_mode=False
    )


@pytest.mark.parametrize(
    ("stage", "error", "told"),
    [
        ("image", Refused, "`image` builds an image and has no container of its own"),
        ("approve", Refused, "in Jenkins only: a person approves"),
        ("nuit", PipelinegenError, "Did you mean `unit`"),
        ("unit", OutsideError, "Docker does not answer"),
    ],
)
def test_it_says_why_there_is_no_shell(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    error: type[PipelinegenError],
    told: str,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    load(tmp_path, BODY)
    with pytest.raises(error, match=told):
        shell(tmp_path, stage)
