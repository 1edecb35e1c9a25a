"""``pipelinegen run`` and ``shell`` with a real Docker: what a person at a laptop gets."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.run.echo import DOCKERFILE, configure, containers, here, one, pipelinegen

REPORT = (
    'mkdir -p reports && echo \'<testsuite><testcase classname="a" name="ok"/>'
    '<testcase classname="a" name="no"><failure message="assert 1 == 2"/></testcase></testsuite>\''
    " > reports/unit.xml"
)


def test_a_stage_runs_as_the_user_in_the_working_tree(service: Path) -> None:
    configure(service, 'pwd; id -u; id -g; echo "$FROM_IMAGE $CI $STAGE_NAME"; touch made')
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 0, done.stderr
    lines = [line.partition(" │ ")[2] for line in done.stderr.splitlines()]
    assert str(service) in lines
    assert "yes true Unit tests" in lines
    assert lines[lines.index("+ id -u") + 1] == str(os.getuid())
    assert lines[lines.index("+ id -g") + 1] == str(os.getgid())
    assert (service / "made").stat().st_uid == os.getuid()
    assert re.match(r"stage  state +time", done.stdout)
    assert containers(service) == []


def test_all_stages_run_and_the_image_is_the_deployed_one(service: Path) -> None:
    done = pipelinegen(service, "run")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^(\w+) +passed", done.stdout, re.M) == ["unit", "image"]
    found = subprocess.run(["docker", "image", "inspect", "echo:local"], capture_output=True)
    assert found.returncode == 0


def test_a_failed_test_is_shown_and_the_rest_is_skipped(service: Path, tmp_path: Path) -> None:
    configure(service, f"{REPORT}; exit 3")
    report = tmp_path / "report.html"
    done = pipelinegen(service, "run", "--report", str(report))
    assert done.returncode == 1
    unit, image = done.stdout.splitlines()[1:3]
    assert re.fullmatch(r"unit +failed .* 2 +1 +0  the command ended with 3", unit)
    assert re.fullmatch(r"image +skipped +unit failed", image)
    assert "unit: a: no\n    assert 1 == 2" in done.stdout
    assert "assert 1 == 2" in report.read_text("utf-8")


def test_failed_tests_count_even_when_the_command_says_it_went_well(service: Path) -> None:
    configure(service, REPORT)
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 1
    assert "the reports tell of failed tests" in done.stdout


def test_an_image_that_does_not_build_says_why(service: Path) -> None:
    (service / "Dockerfile").write_text(f"{DOCKERFILE}RUN echo the reason >&2; exit 7\n")
    done = pipelinegen(service, "run", "image")
    assert done.returncode == 1
    assert "the reason" in done.stderr
    assert "docker build ended with" in done.stdout


def test_an_image_that_stages_share_is_tried_once(service: Path) -> None:
    (service / "Dockerfile").write_text(
        "FROM python:3.11-slim AS test\nRUN exit 7\nFROM test AS runtime\n"
    )
    configure(service, "true", more="lint: {run: 'true'}\n")
    done = pipelinegen(service, "run", "lint", "unit")
    assert re.search(r"^lint +failed .*docker build ended with", done.stdout, re.M)
    assert re.search(r"^unit +failed .*its image did not build, see lint$", done.stdout, re.M)


def test_an_entrypoint_that_ignores_its_command_is_explained(service: Path) -> None:
    (service / "Dockerfile").write_text('FROM python:3.11-slim AS test\nENTRYPOINT ["true"]\n'
                                        "FROM test AS runtime\n")  # fmt: skip
    done = pipelinegen(service, "run", "unit")
    assert done.returncode == 1
    assert "ENTRYPOINT must run the command that it is given" in done.stderr
    assert containers(service) == []


def test_a_shell_has_the_stages_variables(service: Path) -> None:
    done = pipelinegen(service, "shell", "unit", told='pwd; echo "$FROM_IMAGE $HOME"\n')
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(service), f"yes {here(service).beside}"]
    assert containers(service) == []


def test_a_shell_that_ends_badly_is_told_by_the_code(service: Path) -> None:
    assert pipelinegen(service, "shell", "unit", told="exit 9\n").returncode == 1


def test_a_report_that_cannot_be_written_is_told_before_anything_runs(service: Path) -> None:
    (service / "file").touch()
    done = pipelinegen(service, "run", "unit", "--report", "file/report.html")
    assert done.returncode == 3
    assert "report.html" in done.stderr or "file" in done.stderr
    assert "hello" not in done.stderr


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("uid", [1000, 12345])
def test_any_user_will_do(service: Path, monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    configure(service, 'id -u; touch made "$HOME/made"; ! whoami')
    monkeypatch.setattr("pipelinegen.containers.daemon.os.getuid", lambda: uid)
    monkeypatch.setattr("pipelinegen.containers.daemon.os.getgid", lambda: uid)
    os.chown(service, uid, uid)
    os.chown(here(service).beside, uid, uid)
    result = one(service)
    assert result.state == "passed", list(result.lines)
    assert str(uid) in result.lines
    assert (service / "made").stat().st_uid == uid


def test_a_command_of_several_lines_and_odd_characters_arrives_whole(service: Path) -> None:
    configure(service, "true")
    script = "printf '%s\\n' \"a  'b'\" '$HOME' \\\n  '☃ \\'\necho done"
    result = one(service, script=script)
    assert list(result.lines)[-1] == "done"
    assert {"a  'b'", "$HOME", "☃ \\"} <= set(result.lines)


def test_a_script_may_name_its_own_interpreter(service: Path) -> None:
    result = one(service, script="#!/usr/bin/env python3\nprint(6 * 7)\n")
    assert list(result.lines) == ["42"]
