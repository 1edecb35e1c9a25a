"""``pipelinegen validate`` names every fault once, for people, programs and pull requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelinegen.commands.validate import command
from tests.config.given import FILES, HEADER, PLATFORM
from tests.helpers import write_tree


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validate(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def made(root: Path, **services: str) -> None:
    """Services side by side that share the platform above them."""
    header = HEADER.replace("platform.yaml", "../platform.yaml")
    for name, text in services.items():
        files = {"Dockerfile": FILES["Dockerfile"], "pipeline.yaml": header + text}
        write_tree(root / name, files)
    write_tree(root, {"platform.yaml": PLATFORM})


FAULT = """\
a/pipeline.yaml:4:1: unknown key `prot`
    4 | prot: 1
      | ^
      = did you mean `port`?
"""


def test_a_right_service_is_said_to_be_so_and_ends_with_0(here: Path) -> None:
    made(here, a="")
    result = validate("a")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "1 file: all right\n")


def test_faults_are_told_to_people_on_stderr_and_end_with_2(here: Path) -> None:
    made(here, a="prot: 1\n")
    result = validate("a")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == FAULT + "\n1 problem in 1 file\n"


def test_without_a_path_it_is_this_folder(here: Path) -> None:
    write_tree(here, {**FILES, "pipeline.yaml": HEADER + "prot: 1\n"})
    assert "pipeline.yaml:4:1: unknown key `prot`" in validate().stderr


def test_every_service_of_every_path_is_checked(here: Path) -> None:
    made(here, a="prot: 1\n", b="", c="port: 0\n")
    result = validate("a", "b/pipeline.yaml", "c")
    assert result.exit_code == 2
    assert result.stderr.startswith(FAULT)
    assert "c/pipeline.yaml:4:7: `port` must be at least 1" in result.stderr
    assert result.stderr.endswith("\n2 problems in 3 files\n")
    assert validate(".").stderr.endswith("\n2 problems in 4 files\n")


def test_a_fault_of_a_platform_that_services_share_is_told_once(here: Path) -> None:
    made(here, a="", b="")
    write_tree(here, {"platform.yaml": "regoins: {}\n"})
    result = validate(".")
    assert result.stderr.count("platform.yaml:1:1: unknown key `regoins`") == 1
    assert result.stderr.endswith("\n1 problem in 3 files\n")


def test_a_platform_is_checked_by_itself(here: Path) -> None:
    write_tree(here, {"org/platform.yaml": "regoins: {}\n"})
    for path in ("org", "org/platform.yaml"):
        result = validate(path)
        assert result.exit_code == 2
        assert result.stderr.startswith("org/platform.yaml:1:1: unknown key `regoins`\n")


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_folder_without_a_service_is_told_so(here: Path, form: str) -> None:
    (here / "empty").mkdir()
    result = validate("empty", "--format", form)
    assert result.exit_code == 2
    assert "there is no pipeline.yaml here or below" in result.output
    assert "1 problem\n" in result.stderr


def test_a_path_that_is_not_there_does_not_hide_the_others(here: Path) -> None:
    made(here, a="prot: 1\n")
    result = validate("nowhere", "a")
    assert "nowhere: there is no such file" in result.stderr
    assert FAULT in result.stderr


def test_programs_get_json_on_stdout(here: Path) -> None:
    made(here, a="prot: 1\n")
    result = validate("a", "--format", "json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == [
        {
            "path": "a/pipeline.yaml",
            "line": 4,
            "column": 1,
            "message": "unknown key `prot`",
            "hint": "did you mean `port`?",
            "source": "prot: 1",
        }
    ]
    assert json.loads(CliRunner().invoke(command, ["a", "--format", "json"]).stdout)


def test_no_fault_is_an_empty_list_for_programs(here: Path) -> None:
    made(here, a="")
    result = validate("a", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_pull_requests_get_annotations(here: Path) -> None:
    made(here, a="prot: 1\n")
    result = validate("a", "--format", "github")
    assert result.exit_code == 2
    told = "::error file=a/pipeline.yaml,line=4,col=1::unknown key `prot`. did you mean `port`?\n"
    assert result.stdout == told


def test_an_annotation_cannot_be_broken_out_of(here: Path) -> None:
    folder = here / "a,b:c%d\nx"
    write_tree(folder, {"pipeline.yaml": 'service: {name: "1%\\n::warning::", team: x}\n'})
    result = validate(str(folder.relative_to(here)), "--format", "github")
    first, *rest = result.stdout.splitlines()
    assert first.startswith("::error file=a%2Cb%3Ac%25d%0Ax/pipeline.yaml,line=1,col=1::")
    assert all(line.startswith("::error file=a%2Cb%3Ac%25d%0Ax/") for line in rest)
    assert any("`1%25�::warning::` is not allowed" in line for line in rest)


def test_a_file_as_a_whole_is_annotated_without_a_line(here: Path) -> None:
    write_tree(here, {"pipeline.yaml": ""})
    result = validate("--format", "github")
    assert result.stdout.startswith("::error file=pipeline.yaml::the file is empty. begin with")
