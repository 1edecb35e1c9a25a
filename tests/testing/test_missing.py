"""What cannot be reached or is not understood is told once, before the first test."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.containers.server import Server
from tests.testing.given import PIPELINE, Project

TWO = """
def test_one(dependency): dependency("catalog")
def test_two(dependency): dependency("catalog")
"""


@pytest.fixture
def closed() -> Iterator[Server]:
    """A server that does not listen; nobody else gets its port."""
    server = Server()
    yield server
    server.close()


def test_who_does_not_answer_is_told_once_before_the_first_test(
    project: Project, closed: Server
) -> None:
    url = f"http://me:geheim@127.0.0.1:{closed.port}/api"
    told = project.refused(TWO, f"--dependency-url=catalog={url}")
    assert told.splitlines() == [
        f"catalog does not answer at http://me:***@127.0.0.1:{closed.port}/api "
        "(from --dependency-url): Connection refused",
        "      = start it, or name another URL",
    ]


def test_a_host_that_nobody_knows_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(host: str, *_: object, **__: object) -> None:
        assert host == "catalog.invalid"
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("CATALOG_URL", "http://catalog.invalid:80")
    told = project.refused(TWO).splitlines()[0]
    assert told == (
        "catalog does not answer at http://catalog.invalid:80 (from CATALOG_URL in the "
        "environment): its host is not known (Name or service not known)"
    )


@pytest.mark.parametrize("host", ["a..b", "a" * 64])
def test_a_host_that_is_no_name_is_told(project: Project, host: str) -> None:
    told = project.refused(TWO, f"--dependency-url=catalog=http://{host}/")
    assert told.startswith(f"catalog does not answer at http://{host}/ (from --dependency-url): ")


def test_one_that_no_test_asks_for_is_looked_at_too(project: Project, closed: Server) -> None:
    url = f"postgresql://app@127.0.0.1:{closed.port}/app"
    told = project.refused(TWO, f"--dependency-url=db={url}")
    assert told.startswith("db does not answer at")


def test_a_run_that_asks_for_none_is_not_disturbed(project: Project, closed: Server) -> None:
    project.passes("def test_it(): pass", f"--dependency-url=catalog={closed.url}")


def test_collecting_alone_asks_nobody(project: Project, closed: Server) -> None:
    project.passes(TWO, "--collect-only", f"--dependency-url=catalog={closed.url}")


def test_what_is_no_url_is_told_without_its_password(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "app:geheim@db/app")
    assert project.refused(TWO).splitlines() == [
        "db: `app:***@db/app` is not a URL (from DATABASE_URL in the environment)",
        "      = a URL is `scheme://host[:port][/path]`",
    ]


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--dependency-url=catalog", "--dependency-url takes `NAME=value`, not `catalog`"),
        ("--dependency-image=db", "--dependency-image takes `NAME=value`, not `db`"),
        ("--dependency-file=no.env", "no.env: cannot be read: No such file or directory"),
    ],
)
def test_an_option_that_is_not_understood_is_told(project: Project, option: str, told: str) -> None:
    assert project.refused(TWO, option) == told


def test_a_variable_that_two_have_is_told_at_its_place(project: Project) -> None:
    project.write({"pipeline.yaml": f"{PIPELINE}  other: {{type: redis, env: CACHE_URL}}\n"})
    first, *rest = project.refused(TWO).splitlines()
    file = project.path / "pipeline.yaml"
    assert first == f"{file}:7:29: `CACHE_URL` is already the URL of `cache`"
    assert rest[-1] == "      = give each dependency a variable of its own"


def test_a_dependency_that_nobody_knows_fails_the_run_once(project: Project) -> None:
    result = project.run(
        """
        def test_one(dependency): dependency("cataloog")
        def test_two(dependency): dependency("cataloog")
        """
    )
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    file = project.path / "pipeline.yaml"
    result.stdout.fnmatch_lines(
        [
            f"there is no dependency `cataloog`: {file} declares catalog, db, cache",
            "      = did you mean `catalog`?",
            "*!! a dependency is missing !!*",
        ]
    )
    result.stdout.no_fnmatch_line("*session.py*")


def test_without_pipeline_yaml_the_types_are_told_that_can_be_had(project: Project) -> None:
    (project.path / "pipeline.yaml").unlink()
    result = project.run('def test_it(dependency): dependency("http")\n')
    result.stdout.fnmatch_lines(
        [
            "there is no dependency `http`: there is no pipeline.yaml; types are postgres, mysql, "
            "mariadb, redis, rabbitmq, kafka, mongodb, s3, aws"
        ]
    )


def test_two_of_a_type_have_to_be_named(project: Project) -> None:
    project.write({"pipeline.yaml": f"{PIPELINE}  other: {{type: redis}}\n"})
    assert project.refused("def test_it(redis): pass").splitlines() == [
        f"{project.path / 'pipeline.yaml'}: there are 2 of type redis: cache, other",
        '      = take one by its name: `dependency("cache")`',
    ]


def test_an_http_dependency_without_an_image_is_told_with_the_ways_out(project: Project) -> None:
    result = project.run(TWO)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "dependencies.catalog: there is no image to start it from",
            "      = write `image:` for it in pipeline.yaml, or say where it runs: *",
        ]
    )


def test_without_docker_it_is_said_once_what_to_start(project: Project) -> None:
    told = project.refused("def test_one(redis): pass\ndef test_two(postgres): pass\n")
    assert told.startswith("Docker does not answer at unix:///nowhere (No such file or directory).")
    assert "start the one that DOCKER_HOST names, or unset DOCKER_HOST" in told
    assert told.count("Docker does not answer") == 1


def test_workers_tell_it_at_most_once_each(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "nonsense")
    tests = """
    import pytest
    @pytest.mark.parametrize("n", range(8))
    def test_it(dependency, n): pass
    """
    # Without hypothesis, whose start would be most of what this takes.
    result = project.run(tests, "-n", "2", "-p", "no:hypothesispytest", alone=True)
    outcomes = result.parseoutcomes()
    assert set(outcomes) <= {"error", "errors"}
    assert 1 <= sum(outcomes.values()) <= 2
    lines = [line for line in result.outlines if line.startswith("db: `nonsense` is not a URL")]
    assert 1 <= len(lines) <= 2
    result.stdout.no_fnmatch_line("*Traceback*")
