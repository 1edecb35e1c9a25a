"""What the steps do on the stand-in for Jenkins; what needs containers is in tests/e2e."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.jenkins import Build, Jenkins

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def jenkins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jenkins]:
    with Jenkins(tmp_path_factory.mktemp("jenkins"), libraries={"tools": {"v1": TOP}}) as running:
        yield running


def run(jenkins: Jenkins, source: str, **how: Any) -> Build:
    build = jenkins.run_text(f"@Library('tools@v1') _\n{source}", **how)
    assert build.faults == ()
    return build


def test_a_command_that_fails_is_told_with_its_code_and_how_to_run_it(jenkins: Jenkins) -> None:
    build = run(
        jenkins, "node { runTests(name: 'unit', command: 'echo works; exit 3', dir: 'a b') }"
    )
    assert build.result == "FAILURE"
    assert build.console.splitlines()[-3:] == [
        "ERROR: unit: echo works; exit 3 ended with 3",
        "To run it on your machine: pipelinegen run unit -C 'a b'",
        "Finished: FAILURE",
    ]


def test_each_branch_that_fails_tells_it(jenkins: Jenkins) -> None:
    one, two = (f"{{ node {{ runTests(name: '{n}', command: 'exit 1') }} }}" for n in ("a", "b"))
    build = run(jenkins, f"parallel(a: {one}, b: {two})")
    for name in ("a", "b"):
        assert f"To run it on your machine: pipelinegen run {name}" in build.console


def test_a_command_gets_its_variables_and_a_home(jenkins: Jenkins) -> None:
    command = 'echo "[$A] [$C] [$D]"; test "$HOME" = "$WORKSPACE_TMP"'
    source = (
        "node { writeFile(file: 'e.env', text: 'A=1 \\'x\\' $HOME\\nB=\\n')\n"
        f"runTests(name: 'unit', command: '{command}', envFile: 'e.env',"
        " env: [C: '\"c\"'], caches: [D: '{cache}/d']) }"
    )
    build = run(jenkins, source)
    assert build.result == "SUCCESS", build.console
    home = next(c.environment["WORKSPACE_TMP"] for c in build.commands if c.kind == "sh")
    assert f"[1 'x' $HOME] [\"c\"] [{home}/cache/d]" in build.console.splitlines()


def test_an_argument_that_no_step_knows_is_refused_with_those_that_it_does(
    jenkins: Jenkins,
) -> None:
    build = run(jenkins, "node { runTests(name: 'unit', comand: 'true') }")
    assert build.result == "FAILURE"
    assert (
        "ERROR: runTests: unknown argument comand; known: name, command, env, envFile, "
        "credentials, junit, coverage, caches, dir" in build.console
    )


@pytest.mark.parametrize(("branch", "told"), [("main", ["slackSend", "mail"]), ("fix", [])])
def test_the_team_hears_of_its_main_branch_only(
    jenkins: Jenkins, branch: str, told: list[str]
) -> None:
    source = "notifyTeam(result: 'failure', branch: 'main', slack: '#ci', email: 'a@example.com')"
    assert [name for name, _ in run(jenkins, source, branch=branch).steps] == told


def test_a_node_that_has_gone_does_not_fail_the_build(jenkins: Jenkins) -> None:
    source = "env.PIPELINEGEN_NODES = 'gone'\nenv.PIPELINEGEN_BUILD = 'b'\nsweep()\necho 'the end'"
    build = run(jenkins, source)
    assert build.result == "SUCCESS"
    assert "gone is not swept: " in build.console
    assert "the end" in build.console


def test_what_a_build_leaves_is_known_by_the_nodes_where_it_ran_commands(jenkins: Jenkins) -> None:
    nodes = {"one": ["docker"], "two": ["docker"]}
    command = "runCommand(label: 'x', script: 'true')"
    source = f"node('one') {{ {command}; {command} }}\nnode('two') {{ {command} }}\n"
    build = run(jenkins, source + "echo env.PIPELINEGEN_NODES", nodes=nodes)
    assert "one/two" in build.console.splitlines()


@pytest.mark.parametrize(
    "branch", ["main", "feature/Ünï code", "renovate/" + "very-long-name/" * 20]
)
def test_a_build_is_named_so_that_docker_takes_it(jenkins: Jenkins, branch: str) -> None:
    jenkinsfile = (TOP / "sample-service" / "Jenkinsfile").read_text("utf-8")
    ahead = jenkinsfile.partition("pipeline {")[0].partition("_\n")[2]
    build = run(jenkins, f"{ahead}\necho BUILD", branch=branch, number=1234)
    name = build.console.splitlines()[-3]
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", name)
    assert name.endswith("-1234")


@pytest.mark.parametrize(
    "call",
    [
        "deployWave(account: 'test', wave: 1, kubeconfigs: [:])",
        "temporaryUp(account: 'test', kubeconfigs: [:], envFile: 'e.env')",
    ],
)
def test_a_build_that_knows_no_image_deploys_none(jenkins: Jenkins, call: str) -> None:
    build = run(jenkins, f"node {{ {call} }}")
    assert build.result == "FAILURE"
    assert "ERROR: This build has pushed no image." in build.console


def test_tests_get_secret_urls_that_the_console_hides(jenkins: Jenkins) -> None:
    credentials = {"db-url": {"text": "postgresql://u:hidden-word@db"}}
    source = (
        "node { runTests(name: 'system', command: 'test \"$DB\" = postgresql://u:hidden-word@db && "
        "echo \"it is $DB\"', credentials: [DB: 'db-url']) }"
    )
    build = run(jenkins, source, credentials=credentials)
    assert build.result == "SUCCESS", build.console
    assert "it is ****" in build.console
    assert "hidden-word" not in build.console.replace(source, "")
