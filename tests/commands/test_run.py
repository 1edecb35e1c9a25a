"""``pipelinegen run``: which stages, and what it says where there is nothing to run them with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelinegen.cli import cli
from pipelinegen.errors import OutsideError, PipelinegenError, Refused
from tests.configs import load

BODY = """
    lint: {run: ruff check .}
    tests:
      unit: {run: "pytest tests/unit\\necho done"}
      system: {run: pytest tests/system, modes: {branch: containers, main: containers}}
    stages: {contract: {after: unit, run: make contract, when: {branch: main}}}
"""


@pytest.fixture(autouse=True)
def no_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    folder = tmp_path / "my service"
    folder.mkdir()
    load(folder, BODY)
    return folder


def run(service: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        cli, ["run", "-C", str(service), *arguments], catch_exceptions=False, standalone_mode=False
    )


def test_the_list_tells_each_stage_and_why_some_are_not_for_here(service: Path) -> None:
    assert run(service, "--list", "--branch", "main").stdout.splitlines() == [
        "lint                 $ ruff check .",
        "unit                 $ pytest tests/unit; echo done",
        "contract             $ make contract",
        "image                docker build of registry.example.com/shop/orders",
        "system-up            (in Jenkins only: `system` itself brings its containers up here)",
        "system               $ pytest tests/system",
        "deploy-test          (in Jenkins only: it deploys)",
        "deploy-stage         (in Jenkins only: it deploys)",
        "approve              (in Jenkins only: a person approves)",
        "deploy-production-1  (in Jenkins only: it deploys)",
        "deploy-production-2  (in Jenkins only: it deploys)",
    ]


def test_the_list_is_that_of_the_branch_that_is_checked_out(service: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "fix/it", service], check=True)
    assert "contract             (only on main; this is fix/it)" in run(service, "--list").stdout
    told = run(service, "--list", "--branch", "main").stdout
    assert "contract             $ make contract" in told


def test_without_git_it_is_the_main_branch(service: Path) -> None:
    assert "contract             $ make contract" in run(service, "--list").stdout


def test_a_wrong_name_is_told_with_the_right_ones(service: Path) -> None:
    with pytest.raises(PipelinegenError) as caught:
        run(service, "unti")
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(
        "There is no stage `unti`. Did you mean `unit`? The stages are: lint, unit, "
    )


def test_a_stage_of_jenkins_only_is_refused_with_the_reason(service: Path) -> None:
    with pytest.raises(Refused, match="`approve` runs in Jenkins only: a person approves"):
        run(service, "approve")


def test_without_a_daemon_it_says_what_to_start(service: Path, tmp_path: Path) -> None:
    with pytest.raises(OutsideError) as caught:
        run(service, "unit")
    told = str(caught.value)
    assert f"unix://{tmp_path}/none.sock (No such file or directory)" in told
    assert "start" in told


def test_a_broken_address_is_told_too(service: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "nonsense://")
    with pytest.raises(OutsideError, match="Docker does not answer at nonsense://"):
        run(service, "unit")


def test_a_daemon_on_another_machine_is_refused(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@elsewhere")
    with pytest.raises(OutsideError, match="cannot see this working tree"):
        run(service, "unit")


def test_a_context_that_is_not_there_is_named(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONTEXT", "nowhere")
    with pytest.raises(OutsideError, match="DOCKER_CONTEXT names `nowhere`"):
        run(service, "unit")
