"""Who has the package installed and uses none of it is left alone; who looks for help finds it."""

from __future__ import annotations

import re

import pytest

from pipelinegen.testing.plugin import KINDS
from tests.containers.server import Server
from tests.testing.given import Fakes, Project

HEAVY = {
    "testcontainers",
    "docker",
    "pydantic",
    "selenium",
    "requests",
    "urllib3",
    "yaml",
    "pipelinegen.testing.session",
    "pipelinegen.testing.make",
}
# Prints what is imported when all is over.
PRINTS = {
    "conftest.py": "import sys\ndef pytest_unconfigure(): print('\\nIMPORTED', *sys.modules)\n"
}
FIXTURES = [*KINDS, "dependency", "system", "browser", "reachable_url"]


def imported(project: Project, tests: str, *options: str) -> set[str]:
    project.write(PRINTS)
    result = project.run(tests, "-s", "-p", "no:hypothesispytest", *options, alone=True)
    assert result.ret == pytest.ExitCode.OK
    (line,) = [line for line in result.outlines if line.startswith("IMPORTED ")]
    return set(line.split())


def test_a_run_that_uses_none_of_it_imports_none_of_it(project: Project) -> None:
    found = imported(project, "def test_it(): pass", "--dependency-report")
    assert "pipelinegen.testing.plugin" in found
    assert not found & HEAVY


def test_a_run_that_knows_where_all_is_needs_no_containers(project: Project) -> None:
    with Server() as server:
        found = imported(
            project,
            'def test_it(dependency): dependency("catalog").get("/")\n',
            f"--dependency-url=catalog={server.url}",
        )
    assert {"pipelinegen.testing.session", "pydantic", "requests"} <= found
    assert not found & {"docker", "testcontainers", "selenium"}


def test_the_fixtures_say_what_they_are(project: Project) -> None:
    result = project.run("", "--fixtures", "-v")
    text = result.stdout.str()
    for name in FIXTURES:
        found = re.search(rf"^{name}\b.* -- .*\n    (.+)", text, re.MULTILINE)
        assert found, name
        assert "no docstring" not in found[1]
    assert '    A dependency of pipeline.yaml by its name: ``dependency("catalog").url``.' in text
    assert "psycopg.connect(postgres.url)" in text


def test_the_options_say_what_they_are(project: Project) -> None:
    text = project.run("", "--help").stdout.str()
    _, _, ours = text.partition("dependencies of the service under test:")
    for option in (
        *("--dependency-url=NAME=URL", "--system-url=URL", "--dependency-file=FILE"),
        *("--dependency-image=NAME=IMAGE", "--dependency-scope=SCOPE", "--browsers=LIST"),
        *("--dependency-report", "--keep-containers"),
    ):
        assert option in ours
    assert "browsers (string):" in text
    assert "dependency_scope (string):" in text


def test_a_projects_own_fixture_of_the_same_name_wins(project: Project) -> None:
    tests = """
    import pytest
    @pytest.fixture
    def redis(): return "mine"
    def test_it(redis): assert redis == "mine"
    """
    project.passes(tests)


def test_who_builds_upon_a_fixture_still_has_it_ahead_of_the_tests(
    project: Project, fakes: Fakes
) -> None:
    tests = """
    import pytest
    @pytest.fixture
    def redis(redis): return redis.name
    def test_it(redis): assert redis == "cache"
    def test_other(postgres): pass
    """
    project.passes(tests)
    assert fakes.batches == [["db", "cache"]]


def test_a_doctest_is_no_hindrance(project: Project, fakes: Fakes) -> None:
    project.write({"docs.txt": ">>> 1 + 1\n2\n"})
    tests = "def test_it(redis): pass\n"
    result = project.run(tests, "--doctest-glob=*.txt")
    result.assert_outcomes(passed=2)
