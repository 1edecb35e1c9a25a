"""A dependency that runs somewhere already: who says where, and what a test gets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers.server import Server
from tests.testing.given import Project

# Prints what a test has of the catalog.
SEEN = """
def test_it(dependency):
    found = dependency("catalog")
    print("SEEN", type(found).__name__, found.url, "from", found.source)
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def seen(project: Project, *options: str) -> str:
    result = project.passes(SEEN, "-s", *options)
    (line,) = [each for each in result.outlines if "SEEN " in each]
    return line.partition("SEEN ")[2].rstrip(" .")


def test_a_dependency_runs_where_the_option_says(project: Project, server: Server) -> None:
    found = seen(project, f"--dependency-url=catalog={server.url}/a")
    assert found == f"Web {server.url}/a from --dependency-url"


def test_a_dependency_runs_where_the_environment_says(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_URL", f"{server.url}/b")
    assert seen(project) == f"Web {server.url}/b from CATALOG_URL in the environment"


def test_a_url_in_a_file_wins_over_the_environment_and_an_option_over_both(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATALOG_URL", f"{server.url}/environment")
    project.write({"test.env": f"# a comment\nCATALOG_URL={server.url}/file\n"})
    file = "--dependency-file=test.env"
    assert seen(project, file) == f"Web {server.url}/file from CATALOG_URL in test.env"
    option = f"--dependency-url=catalog={server.url}/option"
    assert seen(project, file, option) == f"Web {server.url}/option from --dependency-url"


def test_a_url_in_the_test_itself_wins_over_all(project: Project, server: Server) -> None:
    tests = f"""
    def test_it(dependency):
        assert dependency("catalog").url == "{server.url}/option"
        found = dependency("catalog", url="{server.url}/hand")
        assert found.url == "{server.url}/hand"
        assert found.source == "the test's argument"
        assert dependency("catalog") is found
    """
    project.passes(tests, f"--dependency-url=catalog={server.url}/option")


def test_an_http_service_is_a_client(project: Project, server: Server) -> None:
    tests = """
    def test_it(dependency):
        catalog = dependency("catalog")
        assert catalog.get("/products").text == "GET /api/products"
        assert catalog.post("products", json={"a": 1}).status_code == 200
    """
    project.passes(tests, f"--dependency-url=catalog={server.url}/api/")
    assert server.asked == ["GET /api/products", "POST /api/products"]


def test_without_pipeline_yaml_a_url_is_enough(project: Project, server: Server) -> None:
    (project.path / "pipeline.yaml").unlink()
    tests = """
    def test_it(dependency, postgres):
        assert dependency("other").get("/x").text == "GET /x"
        assert dependency("postgres") is postgres
        assert (postgres.user, postgres.password, postgres.database) == ("me", "a/b", "app")
        assert postgres.image is None
    """
    db = f"postgresql://me:a%2Fb@127.0.0.1:{server.port}/app"
    project.passes(tests, f"--dependency-url=other={server.url}", f"--dependency-url=postgres={db}")


def test_the_fixture_of_a_type_is_the_dependency_of_that_type(
    project: Project, server: Server
) -> None:
    tests = """
    def test_it(dependency, redis):
        assert redis is dependency("cache")
        assert redis.name == "cache"
        assert redis.database == 3
    """
    url = f"redis://127.0.0.1:{server.port}/3"
    project.passes(tests, f"--dependency-url=cache={url}")


def test_pipeline_yaml_is_found_from_the_folder_of_the_tests(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({"tests/pytest.ini": "[pytest]\n", "tests/test_it.py": SEEN})
    monkeypatch.setenv("CATALOG_URL", server.url)
    monkeypatch.chdir(project.path / "tests")
    result = project.pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_the_report_tells_where_each_runs_without_passwords(
    project: Project, server: Server
) -> None:
    tests = """
    def test_it(dependency, postgres): dependency("catalog")
    def test_more(dependency): dependency("catalog")
    """
    result = project.passes(
        tests,
        "--dependency-report",
        f"--dependency-url=catalog={server.url}",
        f"--dependency-url=db=postgresql://me:geheim@127.0.0.1:{server.port}/app",
    )
    lines = [line for line in result.outlines if line]
    start = next(i for i, line in enumerate(lines) if "= dependencies =" in line)
    assert lines[start + 1 : start + 3] == [
        f"catalog: {server.url} from --dependency-url",
        f"db: postgresql://me:***@127.0.0.1:{server.port}/app from --dependency-url",
    ]
    assert "geheim" not in result.stdout.str()


def test_the_report_of_a_run_without_dependencies_says_so(project: Project) -> None:
    result = project.passes("def test_it(): pass", "--dependency-report")
    result.stdout.fnmatch_lines(["*= dependencies =*", "no test asked for one"])


def test_without_the_option_nothing_is_reported(project: Project, server: Server) -> None:
    result = project.passes(SEEN, f"--dependency-url=catalog={server.url}")
    result.stdout.no_fnmatch_line("*= dependencies =*")


def test_a_failing_test_does_not_show_the_password(project: Project, server: Server) -> None:
    tests = "def test_it(postgres):\n    assert postgres == 1\n"
    url = f"postgresql://me:geheim@127.0.0.1:{server.port}/app"
    result = project.run(tests, f"--dependency-url=db={url}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*Database(db: postgresql://me:***@127.0.0.1:{server.port}/app*"])
    assert "geheim" not in result.stdout.str()
