"""What git says of a repository: its main branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.detect.owner import main_branch
from pipelinegen.detect.services import find
from tests.configs import PLATFORM
from tests.detect.given import Files, Look, loaded
from tests.helpers import write_tree
from tests.workspace.repository import ENVIRONMENT, commit, git

APP: Files = {"package.json": '{"private": true}', "server.js": "x.listen(3000)"}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def repository(folder: Path, branch: str) -> Path:
    write_tree(folder, APP)
    git(folder, "init", "--quiet", f"--initial-branch={branch}", "--template=")
    return folder


@pytest.mark.parametrize(
    ("branch", "said"), [("main", None), ("master", "master"), ("trunk", "trunk"), ("fix-1", None)]
)
def test_a_main_branch_of_another_name_is_written(
    tmp_path: Path, branch: str, said: str | None
) -> None:
    folder = repository(tmp_path / "a", branch)
    for _ in range(2):  # before the first commit, and after it
        found = main_branch(folder)
        assert (found.value if found else None) == said
        commit(folder)
    config = loaded(find(folder)[0])
    assert config.model.pipeline.main_branch == (said or "main")


def test_on_a_feature_branch_the_main_branch_is_still_seen(tmp_path: Path) -> None:
    folder = repository(tmp_path / "a", "master")
    commit(folder)
    git(folder, "checkout", "--quiet", "-b", "feature")
    found = main_branch(folder)
    assert found is not None
    assert found.value == "master"


def test_what_the_remote_says_comes_first(tmp_path: Path) -> None:
    folder = repository(tmp_path / "a", "develop")
    commit(folder)
    git(tmp_path, "clone", "--quiet", str(folder), "clone")
    found = main_branch(tmp_path / "clone")
    assert found is not None
    assert (found.value, found.because) == ("develop", "origin's HEAD")


def test_a_jenkinsfile_that_is_there_is_told(look: Look) -> None:
    found = look({**APP, "Jenkinsfile": "node { sh 'make' }"})
    assert any("Jenkinsfile is there already" in note for note in found.notes)


def test_a_platform_outside_of_the_repository_is_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {"platform.yaml": PLATFORM, "orders/.git/HEAD": ""})
    write_tree(tmp_path / "orders", APP)
    (found,) = find(tmp_path / "orders")
    assert found.platform == "../platform.yaml"
    assert any("outside of this git repository" in note for note in found.notes)
