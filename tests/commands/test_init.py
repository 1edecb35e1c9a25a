"""``pipelinegen init`` writes what is missing, overwrites nothing, and asks only what it must."""

from __future__ import annotations

import errno
import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipelinegen.commands import generate, init, validate
from pipelinegen.config.load import Loader
from pipelinegen.errors import OutsideError, PipelinegenError
from tests.detect.starters import EXPRESS_TS, FASTAPI, GIN
from tests.helpers import read_tree, write_tree

WRITTEN = {"pipeline.yaml", "Dockerfile", ".dockerignore"}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository whose team and port no file shows."""
    folder = tmp_path / "shop"
    (folder / ".git").mkdir(parents=True)
    return write_tree(folder, {"package.json": '{"dependencies": {"express": "4"}}'})


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(init.command, [str(argument) for argument in arguments])


def new(folder: Path, before: dict[str, str]) -> set[str]:
    return set(read_tree(folder)) - set(before)


def test_what_is_written_is_told_with_its_reason_and_the_next_command(tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "items", {**FASTAPI, ".git/config": ""})
    result = run(folder)
    assert result.exit_code == 0
    assert new(folder, dict(FASTAPI)) == WRITTEN
    lines = [line.split() for line in result.stderr.splitlines()]
    assert ["liveness", "/health", "app/main.py:11"] in lines
    assert ["team", "not", "seen", "CHANGE", "IT", "in", "pipeline.yaml"] in lines
    assert [["wrote", str(folder / name)] in lines for name in WRITTEN] == [True] * 3
    assert lines[-1][-3:] == ["`pipelinegen", "generate", f"{folder}`"]


def test_what_init_writes_is_valid_and_generate_takes_it(repo: Path) -> None:
    run(repo)
    assert CliRunner().invoke(validate.command, [str(repo)]).exit_code == 0
    assert CliRunner().invoke(generate.command, [str(repo)]).exit_code == 0
    assert (repo / "Jenkinsfile").exists()


@pytest.mark.parametrize("own", [".devcontainer/devcontainer.json", ".devcontainer.json"])
def test_a_dev_container_of_ones_own_stays_the_one(repo: Path, own: str) -> None:
    write_tree(repo, {own: "{}"})
    run(repo)
    assert CliRunner().invoke(generate.command, [str(repo)]).exit_code == 0
    assert (repo / own).read_text() == "{}"
    assert "ide: []" in (repo / "pipeline.yaml").read_text()


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_file_that_is_there_stays_as_it_is(repo: Path, name: str) -> None:
    mine = "# mine\nFROM node:22 AS test\n" if name == "Dockerfile" else "# mine\n"
    (repo / name).write_text(mine)
    result = run(repo)
    assert result.exit_code == 0
    assert (repo / name).read_text() == mine


def test_run_twice_it_changes_nothing(repo: Path) -> None:
    run(repo)
    before = {path: path.stat().st_mtime_ns for path in repo.iterdir()}
    result = run(repo)
    assert {path: path.stat().st_mtime_ns for path in repo.iterdir()} == before
    assert result.exit_code == 0
    assert result.stderr == f"{repo / 'pipeline.yaml'} is there already, and stays as it is\n"


def test_a_service_with_a_pipeline_file_gets_the_dockerfile_that_it_lacks(repo: Path) -> None:
    run(repo)
    (repo / "Dockerfile").unlink()
    run(repo)
    assert (repo / "Dockerfile").exists()


def test_a_service_whose_dockerfile_has_another_name_gets_none(repo: Path) -> None:
    (repo / "pipeline.yaml").write_text("build: {dockerfile: images/Dockerfile}\n")
    run(repo)
    assert not (repo / "Dockerfile").exists()


def test_a_dry_run_shows_everything_and_writes_nothing(repo: Path) -> None:
    before = read_tree(repo)
    result = run(repo, "--dry-run")
    assert read_tree(repo) == before
    assert [f"# {repo / name}\n" in result.stdout for name in WRITTEN] == [True] * 3
    assert "apiVersion: pipelinegen/v1" in result.stdout
    assert "CMD " in result.stdout
    assert result.stderr.endswith("Nothing was written: --dry-run only shows it\n")


def test_a_dry_run_shows_just_what_would_be_written(repo: Path) -> None:
    shown = run(repo, "--dry-run").stdout
    run(repo)
    for name in WRITTEN:
        assert (repo / name).read_text() in shown


def test_several_services_get_a_file_each_and_one_summary(tmp_path: Path) -> None:
    trees = {"cart": EXPRESS_TS, "items": FASTAPI, "rates": GIN}
    for name, files in trees.items():
        write_tree(tmp_path / "services" / name, files)
    (tmp_path / ".git").mkdir()
    result = run(tmp_path, "--yes")
    for name in trees:
        config = Loader().service(tmp_path / "services" / name)
        assert config.model.service.path == f"services/{name}"
    assert "3 services, 3 of them new" in result.stderr.splitlines()
    assert result.stderr.count("Next: ") == 1
    assert f"`pipelinegen generate --root {tmp_path}`" in result.stderr


def test_a_folder_without_a_service_is_told_what_one_is(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert isinstance(result.exception, PipelinegenError)
    assert result.exception.exit_code == 2
    assert str(result.exception).startswith(f"{tmp_path}: no service was recognised here\n")
    assert "write a Dockerfile first" in str(result.exception)


def test_a_folder_whose_name_a_shell_would_read_is_told_to_be_renamed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write_tree(tmp_path / "a$(id)", FASTAPI)
    result = run(tmp_path / "a$(id)")
    assert isinstance(result.exception, PipelinegenError)
    assert "= rename it" in str(result.exception)
    assert new(tmp_path / "a$(id)", dict(FASTAPI)) == set()


def test_a_disk_that_refuses_is_a_failure_outside(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("pipelinegen.workspace.atomic.os.open", refuse)
    result = run(repo)
    assert isinstance(result.exception, OutsideError)
    assert result.exception.exit_code == 3
    assert (
        str(result.exception) == f"{repo / 'pipeline.yaml'}: cannot be written: Permission denied"
    )


class Terminal:
    """pipelinegen on a terminal, as a person has it."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        here: Any = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        command = [sys.executable, "-m", "pipelinegen", *arguments]
        self._process = subprocess.Popen(command, start_new_session=True, **here)
        os.close(theirs)
        self.shown = ""
        self._seen = 0

    def until(self, text: str) -> Terminal:
        """Read until it shows this, behind what was waited for before."""
        while text not in self.shown[self._seen :]:
            more = self._read()
            assert more, f"`{text}` was not shown, but:\n{self.shown}"
            self.shown += more
        self._seen = self.shown.index(text, self._seen) + len(text)
        return self

    def type(self, text: str) -> Terminal:
        os.write(self._ours, text.encode())
        return self

    def end(self) -> int:
        """Everything that is shown until it ends, and its exit code."""
        while more := self._read():
            self.shown += more
        os.close(self._ours)
        return self._process.wait()

    def interrupt(self) -> Terminal:
        """Ctrl-C, once more while nothing happens: between Python's look for signals and its read
        of the terminal one has no effect until the next key, for any program."""
        for _ in range(10):
            self._process.send_signal(2)
            if select.select([self._ours], [], [], 2)[0]:
                break
        return self

    def _read(self) -> str:
        assert select.select([self._ours], [], [], 20)[0], f"it waits:\n{self.shown}"
        try:
            return os.read(self._ours, 4096).decode()
        except OSError:  # the other side has gone
            return ""


def test_on_a_terminal_it_asks_for_the_team_and_the_port_that_no_file_shows(repo: Path) -> None:
    terminal = Terminal("init", str(repo))
    terminal.until("Which team owns shop?: ").type("Shop!\n")
    terminal.until("lower-case letters").until("Which team owns shop?: ").type("checkout\n")
    terminal.until("On which port does shop listen? [8080]: ").type("70000\n")
    terminal.until("[8080]: ").type("3001\n")
    assert terminal.end() == 0
    config = Loader().service(repo)
    assert (config.model.service.team, config.model.port) == ("checkout", 3001)
    assert "EXPOSE 3001" in (repo / "Dockerfile").read_text()


def test_it_does_not_ask_for_what_the_files_show(repo: Path) -> None:
    write_tree(repo, {"CODEOWNERS": "* @acme/checkout\n", "server.js": "app.listen(3002);\n"})
    assert Terminal("init", str(repo)).end() == 0
    config = Loader().service(repo)
    assert (config.model.service.team, config.model.port) == ("checkout", 3002)


@pytest.mark.parametrize("flag", ["--yes", "--dry-run"])
def test_who_wants_no_questions_gets_none_on_a_terminal(repo: Path, flag: str) -> None:
    terminal = Terminal("init", str(repo), flag)
    assert terminal.end() == 0
    assert "?" not in terminal.shown


def test_who_leaves_at_a_question_finds_nothing_half_done(repo: Path) -> None:
    (repo / "package.json").unlink()
    for name in ("cart", "items"):
        write_tree(repo / name, {"package.json": '{"dependencies": {"express": "4"}}'})
    before = read_tree(repo)
    terminal = Terminal("init", str(repo)).until("owns cart?: ").type("shop\n\n")
    assert terminal.until("owns items?: ").type("\x04").end() == 130  # Ctrl-D
    assert read_tree(repo) == before


def test_ctrl_c_at_a_question_leaves_nothing(repo: Path) -> None:
    before = read_tree(repo)
    terminal = Terminal("init", str(repo)).until("owns shop?: ").interrupt()
    assert terminal.end() == 130
    assert "Traceback" not in terminal.shown
    assert read_tree(repo) == before
