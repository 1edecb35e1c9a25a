"""Containers for tests: brought up once, a part for each scope, and their logs where a test fails.

The containers only seem to be there; with real ones: tests/e2e/dependencies.
"""

from __future__ import annotations

import re

import pytest

from pipelinegen.containers.started import Started
from pipelinegen.errors import OutsideError
from pipelinegen.plan.recipes import RECIPES
from pipelinegen.testing.plugin import SCOPES
from tests.testing.given import Fakes, Project

# Six tests: in three modules, and in two classes or in none.
TREE = {
    "a/test_one.py": """
        class TestX:
            def test_1(self, seen): seen()
            def test_2(self, seen): seen()
        class TestY:
            def test_3(self, seen): seen()
        """,
    "a/test_two.py": "def test_4(seen): seen()\n",
    "b/test_three.py": "def test_5(seen): seen()\ndef test_6(seen): seen()\n",
    "conftest.py": """
        import pytest
        @pytest.fixture
        def seen(postgres, dependency):
            assert dependency("db") is postgres
            return lambda: print("SEEN", postgres.database)
        """,
}
PARTS = {"session": 1, "module": 3, "class": 5, "function": 6}


def parts(project: Project, *options: str) -> list[str]:
    """The database of each of the tests."""
    project.write(TREE)
    result = project.pytester.runpytest_inprocess("-s", "-p", "no:cacheprovider", *options)
    result.assert_outcomes(passed=6)
    return re.findall(r"SEEN (\w+)", result.stdout.str())


@pytest.mark.parametrize(("scope", "number"), PARTS.items())
def test_a_database_is_made_for_each_of_its_scope_and_removed_again(
    project: Project, fakes: Fakes, scope: str, number: int
) -> None:
    found = parts(project, "--dependency-scope", scope)
    assert len(set(found)) == number
    recipe = RECIPES["postgres"]
    made = [env["PART"] for script, env in fakes.box.ran if script == recipe.make]
    dropped = [env["PART"] for script, env in fakes.box.ran if script == recipe.drop]
    assert made == dropped == list(dict.fromkeys(found))
    assert fakes.batches == [["db"]], "one container for all of them"


def test_by_default_a_session_has_one(project: Project, fakes: Fakes) -> None:
    assert len(set(parts(project))) == 1


@pytest.mark.parametrize(
    ("options", "number"), [([], 3), (["--dependency-scope=class"], 5)], ids=str
)
def test_the_ini_file_says_another_scope_and_the_option_wins(
    project: Project, fakes: Fakes, options: list[str], number: int
) -> None:
    project.write({"pytest.ini": "[pytest]\ndependency_scope = module\n"})
    assert len(set(parts(project, *options))) == number


def test_a_scope_that_there_is_not_is_told(project: Project) -> None:
    result = project.run("def test_it(): pass", "--dependency-scope=test")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "invalid choice: 'test'" in result.stderr.str()
    project.write({"pytest.ini": "[pytest]\ndependency_scope = sesion\n"})
    result = project.run("def test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = f"ERROR: dependency_scope is one of {', '.join(SCOPES)}, not `sesion`"
    assert result.stderr.str().strip() == told


SCHEMA = """
import pytest
@pytest.fixture(scope="session")
def schema(postgres): return postgres.database
def test_it(schema, postgres): assert schema == postgres.database
"""


def test_a_fixture_of_the_session_may_use_a_database(project: Project, fakes: Fakes) -> None:
    project.passes(SCHEMA)


def test_a_fixture_of_the_session_may_not_use_a_database_of_one_test(
    project: Project, fakes: Fakes
) -> None:
    result = project.run(SCHEMA, "--dependency-scope=function")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ScopeMismatch*"])


def test_all_that_the_tests_use_comes_up_side_by_side_and_goes_in_the_end(
    project: Project, fakes: Fakes
) -> None:
    tests = """
    def test_one(postgres): pass
    def test_two(redis): pass
    def test_three(kafka): assert kafka.name == "kafka"
    """
    project.passes(tests)
    assert [sorted(batch) for batch in fakes.batches] == [["cache", "db", "kafka"]]
    assert (fakes.owned, fakes.kept) == (True, False)


def test_what_no_test_uses_is_not_started(project: Project, fakes: Fakes) -> None:
    tests = "def test_one(postgres): pass\ndef test_two(redis): pass\n"
    project.passes(tests, "-k", "two")
    assert fakes.batches == [["cache"]]


def test_what_is_named_in_a_test_comes_up_when_it_is_asked_for(
    project: Project, fakes: Fakes
) -> None:
    tests = """
    def test_it(dependency, redis):
        assert dependency("rabbitmq").vhost.startswith("test_")
        assert dependency("rabbitmq") is dependency("rabbitmq")
    """
    project.passes(tests)
    assert fakes.batches == [["cache"], ["rabbitmq"]]


def test_containers_are_kept_for_the_next_run(project: Project, fakes: Fakes) -> None:
    project.passes("def test_one(redis): pass", "--keep-containers")
    assert (fakes.owned, fakes.kept) == (False, True)


def test_a_container_has_the_image_that_the_option_names(project: Project, fakes: Fakes) -> None:
    tests = """
    def test_it(redis, postgres):
        assert redis.image == "mirror/redis:1"
        assert redis.source == "a container of mirror/redis:1 (--dependency-image)"
        assert postgres.image == "postgres:17"
    """
    project.passes(tests, "--dependency-image=redis=mirror/redis:1")


def test_the_report_tells_of_containers(project: Project, fakes: Fakes) -> None:
    fakes.ports = {"cache": 7}
    result = project.passes("def test_it(redis): pass", "--dependency-report")
    result.stdout.re_match_lines(
        [r"cache: redis://127\.0\.0\.1:7/test_\w+ from a container of redis:7 \(the default\)"]
    )


def test_a_test_that_fails_shows_the_log_and_one_that_passes_does_not(
    project: Project, fakes: Fakes
) -> None:
    fakes.box.log = "\n".join(f"line {number}" for number in range(1, 61))
    tests = "def test_good(redis): pass\ndef test_bad(redis): assert False\n"
    result = project.run(tests)
    result.assert_outcomes(passed=1, failed=1)
    lines = result.outlines
    (start,) = [i for i, line in enumerate(lines) if "Log of cache (redis:7)" in line]
    assert lines[start + 1 : start + 51] == [f"line {number}" for number in range(11, 61)]
    assert not (project.path / "containers").exists()


def test_the_whole_log_is_kept_beside_the_junit_file(project: Project, fakes: Fakes) -> None:
    fakes.box.log = "\n".join(f"line {number}" for number in range(1, 61))
    tests = """
    import pytest
    @pytest.mark.parametrize("x", ["a/b"])
    def test_bad(redis, x): assert False
    def test_good(redis): pass
    """
    project.run(tests, "--junitxml=reports/unit.xml").assert_outcomes(passed=1, failed=1)
    (file,) = (project.path / "reports" / "containers").iterdir()
    assert file.name == "test_it.py_test_bad_a_b_.cache.log"
    assert file.read_text() == fakes.box.log


def test_a_test_that_fails_without_containers_is_reported_as_ever(project: Project) -> None:
    result = project.run("def test_bad(): assert False", "--junitxml=reports/unit.xml")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*Log of*")
    assert [file.name for file in (project.path / "reports").iterdir()] == ["unit.xml"]


def test_what_the_tests_do_not_use_need_not_answer(project: Project, fakes: Fakes) -> None:
    closed = "--dependency-url=catalog=http://127.0.0.1:1"
    project.passes("def test_it(redis): pass", closed)


def test_a_daemon_that_goes_away_is_told_and_the_tests_have_passed(
    project: Project, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*, keep: bool) -> None:
        raise OutsideError("Docker failed: it is gone")

    monkeypatch.setattr(fakes, "close", refuse)
    result = project.passes("def test_it(redis): pass")
    result.stdout.fnmatch_lines(["the containers could not be removed: Docker failed: it is gone"])


def test_what_is_printed_for_a_tests_fixtures_is_in_its_report(
    project: Project, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def logs(self: Started, since: float | None = None, lines: int | None = None) -> str:
        asked.append(since or 0)
        return "a line"

    monkeypatch.setattr(Started, "logs", logs)
    tests = """
    import pytest, pathlib, time
    @pytest.fixture
    def used(redis):
        pathlib.Path("at").write_text(repr(time.time()))
    def test_bad(used):
        assert False
    """
    project.run(tests).assert_outcomes(failed=1)
    assert 0 < asked[0] < float((project.path / "at").read_text())


def test_any_http_service_is_a_dependency_by_its_image(project: Project, fakes: Fakes) -> None:
    test = """
        def test_it(dependency):
            found = dependency("mock", image="wiremock/wiremock:3.9.1", port=8443, health="/ready")
            assert found is dependency("mock")
            assert found.get
            print("SEEN", found.source)
        """
    (project.path / "pipeline.yaml").unlink()
    project.write({"test_it.py": test})
    result = project.pytester.runpytest_inprocess("-s")
    result.assert_outcomes(passed=1)
    assert "SEEN a container of wiremock/wiremock:3.9.1 (the test)" in result.stdout.str()
    assert fakes.batches == [["mock"]]
    need = fakes.needs["mock"]
    assert (need.port, need.health, need.type) == (8443, "/ready", "http")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ('"Mock", image="a:1"', 'dependency("Mock", image=…): name: '),
        ('"mock", image="a b"', 'dependency("mock", image=…): image: '),
        ('"mock", image="a:1", port=0', 'dependency("mock", image=…): port: '),
        ('"mock", port=80', 'dependency("mock"): `port` and `health` are for one by `image`'),
        ('"catalog", image="a:1"', "declares it; another image is chosen with `--dependency-image"),
        ('"redis", image="a:1"', "that is a type; another image is chosen with"),
    ],
)
def test_a_test_that_declares_it_wrongly_is_told(
    project: Project, fakes: Fakes, asked: str, why: str
) -> None:
    project.write({"test_it.py": f"def test_it(dependency): dependency({asked})"})
    result = project.pytester.runpytest_inprocess()
    assert why in result.stdout.str()
    assert fakes.batches == []
