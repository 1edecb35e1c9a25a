"""The server's linter, and the stage and key that a line of a Jenkinsfile comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.jenkins.answers import ServerError
from pipelinegen.jenkins.lint import Finding, findings, key_of, part_of
from pipelinegen.plan.build import build_plan
from pipelinegen.render.jenkinsfile import jenkinsfile
from tests.jenkins.given import PLUGINS, connections, jenkins_server
from tests.lab.jenkins_server import JenkinsServer

SAMPLE = Path(__file__).parents[2] / "sample-service"


def test_what_the_linter_says(server: JenkinsServer) -> None:
    wrong = [(2, 11, 'Unknown stage section "sh".'), (3, 1, "Expected a step")]
    found: list[tuple[int, int, str]] = []

    def lint(jenkinsfile: str) -> list[tuple[int, int, str]]:
        return found

    server.app.lint = lint
    for number in range(3):
        found = wrong[:number]
        with connections(server) as connected:
            told = findings(connected.server, "pipeline {}")
        assert told == [Finding(*one) for one in found]


def test_what_is_said_without_a_place(server: JenkinsServer) -> None:
    with connections(server) as connected:
        (one,) = findings(connected.server, "echo 1")
    assert one.line == 0 and "did not contain the 'pipeline' step" in one.message


def test_a_server_without_a_linter() -> None:
    few = {k: v for k, v in PLUGINS.items() if k != "pipeline-model-definition"}
    with jenkins_server(plugins=few) as server, connections(server) as connected:
        with pytest.raises(ServerError) as caught:
            findings(connected.server, "pipeline {}")
        assert "install the plugin pipeline-model-definition" in str(caught.value)


def expected() -> list[tuple[str, tuple[str, ...], tuple[str, ...] | None]]:
    """A piece of a line of the sample's Jenkinsfile, the stages around it, and its key."""
    containers = "System tests with containers"
    beside = "System tests beside what is deployed"
    return [
        ("@Library", (), None),
        ("def BUILD", (), None),
        ("timestamps()", (), ("pipeline",)),
        ("PIPELINEGEN_BUILD", (), None),
        ("name: 'lint'", ("Checks", "Lint"), ("lint",)),
        ("stage('Unit tests')", ("Checks", "Unit tests"), ("tests", "unit")),
        ("command: 'pytest tests/unit',", ("Checks", "Unit tests"), ("tests", "unit")),
        ("buildImage(", ("Image",), ("build",)),
        ("name: 'integration'", ("Tests", "Integration tests"), ("tests", "integration")),
        ("name: 'contract'", ("Contract",), ("stages", "contract")),
        ("stage('Dependencies up')", (containers, "Dependencies up"), ("dependencies",)),
        ("stage('Temporary release')", (beside, "Temporary release"), ("deploy",)),
        ("stage('Deploy to stage')", ("Deploy to stage",), ("deploy",)),
        ("stage('Approve production')", ("Approve production",), ("deploy", "production")),
        ("stage('Wave 2: eu-b')", ("Production", "Wave 2: eu-b"), ("deploy",)),
        ("cleanup {", (), ("notify",)),
    ]


@pytest.mark.parametrize(("piece", "titles", "key"), expected())
def test_where_a_line_comes_from(
    piece: str, titles: tuple[str, ...], key: tuple[str, ...] | None
) -> None:
    plan = build_plan(Loader().service(SAMPLE))
    text = jenkinsfile(plan)
    lines = text.splitlines()
    number = next(n for n, line in enumerate(lines, 1) if piece in line)
    part = part_of(text, number)
    assert part.titles == tuple(f"'{title}'" for title in titles)
    assert key_of(plan, part) == key


def test_every_stage_of_a_plan_has_a_key() -> None:
    plan = build_plan(Loader().service(SAMPLE))
    text = jenkinsfile(plan)
    for number, line in enumerate(text.splitlines(), 1):
        if "stage('" in line and "parallel" not in text.splitlines()[number]:
            assert key_of(plan, part_of(text, number)) is not None, line


def test_a_line_beyond_the_end() -> None:
    assert part_of("pipeline {\n}\n", 99).words == "the file outside of its blocks"


def test_a_stage_in_words() -> None:
    assert part_of("stage('a') {\n    stage('b') {\n        x\n", 3).words == (
        "the stage 'a', in it 'b'"
    )
