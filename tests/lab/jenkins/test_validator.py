"""The validator takes what Jenkins takes, and refuses the rest in Jenkins' words."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from tests.lab.groovy import Groovy

ROOT = Path(__file__).parents[3]
TAKEN = [
    *ROOT.glob("tests/lab/jenkins*/**/*.Jenkinsfile"),
    *ROOT.glob("tests/golden/**/Jenkinsfile"),
    ROOT / "sample-service/Jenkinsfile",
]
STEP = "steps { echo 'a' }"


def pipeline(*sections: str) -> str:
    """A pipeline with an agent, a stage and these sections, the first at its line 4."""
    stages = "    stages { stage('a') { steps { echo 'a' } } }"
    return "\n".join(["pipeline {", "    agent any", stages, *sections, "}"])


def stage(*sections: str) -> str:
    """A pipeline with one stage of these sections, the first at its line 5."""
    start = ["pipeline {", "    agent any", "    stages {", "        stage('a') {"]
    return "\n".join([*start, *sections, "        }", "    }", "}"])


def steps(*lines: str) -> str:
    """A pipeline with one stage of these steps, the first at its line 6."""
    return stage("steps {", *lines, "}")


def _file(*lines: str) -> str:
    return "\n".join(lines)


AROUND = {"file": _file, "pipeline": pipeline, "stage": stage, "steps": steps}


def refused() -> list[tuple[str, list[str]]]:
    """The sources of refused.txt, each with what is said of it."""
    text = Path(__file__).with_name("refused.txt").read_text("utf-8")
    cases = []
    for block in re.split(r"\n{2,}", text):
        if found := re.fullmatch(r"in (?:a )?(\w+):\n(.*?)\n((?:> .*\n?)+)", block, re.DOTALL):
            where, lines, errors = found.groups()
            source = AROUND[where](*dedent(lines).splitlines())
            cases.append((source, [line[2:] for line in errors.splitlines()]))
        else:
            assert all(line.startswith("#") for line in block.splitlines()), block
    return cases


def said(groovy: Groovy, source: str) -> list[str]:
    return [f"{error.line}: {error.message}" for error in groovy.validate(source)]


def test_there_is_something_to_take() -> None:
    assert {"validated.Jenkinsfile", "executed.Jenkinsfile"} < {path.name for path in TAKEN}


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_jenkins_took_and_what_is_generated_passes(groovy: Groovy, path: Path) -> None:
    assert groovy.validate(path.read_text("utf-8")) == []


@pytest.mark.parametrize(("source", "errors"), refused())
def test_what_jenkins_refuses(groovy: Groovy, source: str, errors: list[str]) -> None:
    assert said(groovy, source) == errors


@pytest.mark.parametrize(
    "line",
    [
        "unknownStep(what: 'ever')",
        "script { def x = 1; if (x) { echo 'x' } }",
        'sh "echo ${env.X}"',
        "sh script: 'x', returnStatus: true",
        "withEnv(['A=' + env.B]) { sh 'x' }",
        "withCredentials([string(credentialsId: 'x', variable: 'X')]) { sh 'x' }",
        "retry(3) { sh 'x' }",
        "timeout(5) { sh 'x' }",
        "node('x') { sh 'x' }",
        "junit 'r.xml'",
        "checkout scm",
    ],
)
def test_steps_that_pass(groovy: Groovy, line: str) -> None:
    assert said(groovy, steps(line)) == []


@pytest.mark.parametrize(
    "section",
    [
        "agent none",
        "agent { label 'x' }",
        "agent { node { label 'x'; customWorkspace 'y' } }",
        "agent { dockerfile true }",
        "agent { dockerfile { dir 'x'; filename 'y'; args \"-e ${z}\"; reuseNode true } }",
        "agent { docker 'x' }",
        "input { message 'x'; submitter 'y' }",
        "options { timeout(time: 5, unit: 'MINUTES'); lock(resource: 'x'); retry(2) }",
        "environment { A = 'x' + \"${env.B}\"; C = credentials('c') }",
        "when { beforeAgent true; anyOf { branch 'x'; not { changeRequest() } } }",
        "when { expression { env.X == 'y' } }",
    ],
)
def test_sections_of_a_stage_that_pass(groovy: Groovy, section: str) -> None:
    assert said(groovy, stage(section, STEP)) == []


def test_options_of_a_pipeline_that_pass(groovy: Groovy) -> None:
    options = "buildDiscarder(logRotator(numToKeepStr: '30')); skipStagesAfterUnstable()"
    assert said(groovy, pipeline(f"options {{ {options} }}")) == []


def test_stages_of_different_levels_may_share_a_name(groovy: Groovy) -> None:
    assert said(groovy, stage("stages { stage('a') { steps { echo 'a' } } }")) == []


def test_an_error_has_the_place_where_jenkins_shows_it(groovy: Groovy) -> None:
    (error,) = groovy.validate(pipeline("    nodes { }"))
    assert (error.line, error.column) == (4, 5)


def test_a_syntax_error_is_the_only_one_that_is_told(groovy: Groovy) -> None:
    (error,) = groovy.validate("pipeline {\n    nodes { }\n    agent {(\n}\n")
    assert (error.line, error.message) == (4, "unexpected token: }")


def test_a_script_without_a_pipeline_is_none_of_its_business(groovy: Groovy) -> None:
    assert said(groovy, "node { echo 'x' }") == []
