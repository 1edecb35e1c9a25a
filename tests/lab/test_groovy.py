from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.groovy import (
    JENKINS_FITS,
    JENKINS_REFUSES,
    Groovy,
    GroovyError,
    Node,
    groovy_jar,
    java_path,
)
from tests.strategies import texts

RAN = Path(__file__).with_name("jenkins") / "ran"


def deploy_stages(count: int) -> str:
    """The stages whose number was tried on a Jenkins."""
    stages = "".join(
        f"""        stage('Wave {number}: eu-a') {{
            when {{ branch 'main' }}
            agent {{ dockerfile {{ dir 'ci'; filename 'tools.Dockerfile' }} }}
            environment {{ KUBECONFIG = credentials('kubeconfig-eu-a') }}
            steps {{ deployWave(account: 'production', wave: {number}) }}
            post {{ failure {{ rollbackWave(account: 'production', wave: {number}) }} }}
        }}
"""
        for number in range(count)
    )
    return f"pipeline {{\n    agent none\n    stages {{\n{stages}    }}\n}}\n"


def one_line_stages(count: int) -> str:
    stages = "".join(f"    stage('s{n}') {{ steps {{ sh 'echo {n}' }} }}\n" for n in range(count))
    return f"pipeline {{\n  agent none\n  stages {{\n{stages}  }}\n}}\n"


def as_groovy(text: str) -> str:
    """Every character by its number: right without doubt, unlike anything under test."""
    units = text.encode("utf-16-be")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return f"new String([{', '.join(map(str, codes))}] as char[])"


def test_it_is_the_groovy_of_jenkins(groovy: Groovy) -> None:
    assert groovy.evaluate("GroovySystem.version") == "2.4.21"


def test_a_syntax_error_has_its_line(groovy: Groovy) -> None:
    (error,) = groovy.compile("def x = 1\ndef y = {\n    foo((\n}\n")
    assert (error.line, error.message) == (4, "unexpected token: }")


@pytest.mark.parametrize("name", ["executed.Jenkinsfile", "validated.Jenkinsfile"])
def test_what_a_jenkins_took_compiles(groovy: Groovy, name: str) -> None:
    source = (RAN / name).read_text()
    assert groovy.compile(source, name) == []
    assert max(groovy.method_sizes(source).values()) < 1000
    assert groovy.jenkins_size(source) < JENKINS_FITS


def test_a_library_step_compiles(groovy: Groovy) -> None:
    step = "@NonCPS\ndef names(Map m) { m.keySet().toList() }\ndef call(Map m) { echo names(m)[0] }"
    assert groovy.compile(step, "runTests.groovy") == []


@pytest.mark.parametrize(
    "source",
    [
        "x = (a) -> a",
        "x = String::valueOf",
        "x = 1 !in [2]",
        "x = y?[1]",
        "do { x() } while (true)",
        "try (r = open()) { }",
    ],
)
def test_what_came_after_2_4_is_refused(groovy: Groovy, source: str) -> None:
    assert groovy.compile(source)


def test_a_method_over_64_kb_is_refused(groovy: Groovy) -> None:
    (error,) = groovy.compile("\n".join(f"echo('{n}', x{n}, [a: {n}])" for n in range(2000)))
    assert "Method too large" in error.message
    sizes = groovy.method_sizes("\n".join(f"echo('{n}', x{n}, [a: {n}])" for n in range(500)))
    assert 16_000 < max(sizes.values()) < 65_536


def test_what_jenkins_found_too_large_is_estimated_so(groovy: Groovy) -> None:
    assert groovy.jenkins_size(deploy_stages(40)) <= JENKINS_FITS
    assert groovy.jenkins_size(one_line_stages(110)) <= JENKINS_FITS
    assert groovy.jenkins_size(deploy_stages(80)) >= JENKINS_REFUSES
    assert groovy.jenkins_size(one_line_stages(200)) >= JENKINS_REFUSES


@given(st.lists(texts(max_size=60), max_size=5))
def test_text_comes_and_goes_unchanged(groovy: Groovy, values: list[str]) -> None:
    assert groovy.evaluate_many(as_groovy(value) for value in values) == values


@pytest.mark.parametrize("expression", ["1", "null", "['a']", "throw new Error('no')", "'a", "a"])
def test_what_gives_no_text_is_an_error(groovy: Groovy, expression: str) -> None:
    with pytest.raises(GroovyError):
        groovy.evaluate(expression)


def test_a_script_that_prints_does_not_disturb(groovy: Groovy) -> None:
    assert groovy.evaluate("println 'x'; System.out.println('y'); \"${1 + 1}\"") == "2"


def test_an_endless_script_is_ended_and_the_next_is_answered() -> None:
    with Groovy(timeout=15) as groovy:
        assert groovy.evaluate("'up'") == "up"
        groovy.timeout = 0.5
        began = time.monotonic()
        with pytest.raises(GroovyError, match=r"no answer in 0\.5 s"):
            groovy.evaluate("while (true) { }")
        assert time.monotonic() - began < 5
        groovy.timeout = 15
        with pytest.raises(GroovyError, match="Groovy ended"):
            groovy.evaluate("System.exit(3)")
        assert groovy.evaluate("'up again'") == "up again"


def test_a_killed_run_leaves_no_java(groovy: Groovy) -> None:
    asker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from tests.lab.groovy import Groovy; g = Groovy(); g.evaluate('1 as String');"
            "print(g.jvm.pid, flush=True); g.evaluate('while (true) { }')",
        ],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    with asker:
        assert asker.stdout is not None
        java = Path("/proc", asker.stdout.readline().strip(), "cmdline")
        assert b"groovy" in java.read_bytes()
        asker.kill()
    until = time.monotonic() + 15
    with contextlib.suppress(OSError):
        # What nobody waited for may stay as a zombie, which has no command line.
        while java.read_bytes():
            assert time.monotonic() < until
            time.sleep(0.05)


def test_declarative_shows_what_a_jenkinsfile_says(groovy: Groovy) -> None:
    pipeline = groovy.declarative((RAN / "validated.Jenkinsfile").read_text()).one("pipeline")
    assert pipeline.one("agent").arg == "none"
    assert [stage.arg for stage in pipeline.stages()] == [
        "Test",
        "Lint",
        "Unit",
        "System, containers",
        "Up",
        "Run",
        "Production",
        "Wave 1: eu-a",
    ]
    options = pipeline.one("options")
    assert options.one("timeout").arg == {"time": 90, "unit": "MINUTES"}
    assert options.one("buildDiscarder").arg.arg == {"numToKeepStr": "30"}
    assert not options.has("logRotator")
    assert pipeline.one("environment").body == (
        Node("SERVICE", ("orders",), assigned=True, text="SERVICE('orders')"),
    )
    system = pipeline.stage("System, containers")
    assert system.one("when").one("not").one("branch").arg == "main"
    docker = system.stage("Run").one("agent").one("dockerfile")
    assert docker.one("args").arg == "--network pg-${BUILD_TAG}"
    assert docker.one("reuseNode").arg is True
    wave = pipeline.stage("Wave 1: eu-a")
    credentials = wave.one("environment").one("KUBECONFIG").arg
    assert (credentials.name, credentials.arg) == ("credentials", "kubeconfig-eu-a")
    assert wave.one("steps").one("deployWave").arg == {"account": "production", "wave": 1}


def test_declarative_runs_nothing(groovy: Groovy, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    source = f"""
    pipeline {{
        stages {{
            stage('A') {{
                when {{
                    expression {{ new File('{mark}').createNewFile() }}
                    equals expected: 1, actual: 2
                }}
                steps {{
                    sleep 60000
                    sh(script: "echo ${{readFile('x').trim()}} ${{env.HOME}}", returnStdout: true)
                    withEnv(readFile('env').split('\\n').toList()) {{ sh 'b' }}
                    parallel(left: {{ sh 'c' }}, right: {{ sh 'd' }})
                    script {{
                        new File('{mark}').createNewFile()
                    }}
                }}
            }}
        }}
    }}
    """
    began = time.monotonic()
    stage = groovy.declarative(source).one("pipeline").stage("A")
    assert time.monotonic() - began < 20
    assert not mark.exists()
    assert stage.one("when").one("equals").arg == {"expected": 1, "actual": 2}
    steps = stage.one("steps")
    assert [step.name for step in steps.body] == ["sleep", "sh", "withEnv", "parallel", "script"]
    assert steps.one("sh").arg["script"] == "echo readFile('x').trim() ${HOME}"
    assert steps.one("withEnv").one("sh").arg == "b"
    assert [step.arg for step in steps.one("parallel").arg["right"]] == ["d"]
    assert steps.one("script").arg == f"new File('{mark}').createNewFile()"


def test_the_parts_are_files() -> None:
    assert java_path().is_file()
    assert groovy_jar().is_file()
