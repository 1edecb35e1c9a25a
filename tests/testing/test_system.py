"""The service under test: where somebody says that it runs, or brought up with all around it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.configs import DOCKERFILE
from tests.containers.server import Server
from tests.testing.given import PIPELINE, Fakes, Project

ASKS = """
def test_it(system):
    print("SEEN", system.source)
    assert system.get("/api").text == "GET /api"
    assert system.dependency("catalog").get("/y").text == "GET /y"
    assert system.dependency("catalog") is system.dependency("catalog")
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def test_the_service_runs_where_the_environment_says_and_its_dependency_too(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEM_URL", server.url)
    monkeypatch.setenv("CATALOG_URL", server.url)
    result = project.passes(ASKS, "-s")
    result.stdout.fnmatch_lines(["*SEEN SYSTEM_URL in the environment*"])
    assert server.asked == ["GET /api", "GET /y"]


def test_the_option_wins_over_the_environment(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYSTEM_URL", "http://127.0.0.1:1")
    options = (f"--system-url={server.url}", f"--dependency-url=catalog={server.url}")
    result = project.passes(ASKS, "-s", "--dependency-report", *options)
    result.stdout.fnmatch_lines(
        [
            "*SEEN --system-url*",
            f"catalog: {server.url} from --dependency-url",
            f"system: {server.url} from --system-url",
        ]
    )


def test_a_file_with_urls_may_name_the_service_too(project: Project, server: Server) -> None:
    project.write({"it.env": f"SYSTEM_URL={server.url}\nCATALOG_URL={server.url}\n"})
    result = project.passes(ASKS, "-s", "--dependency-file=it.env")
    result.stdout.fnmatch_lines(["*SEEN SYSTEM_URL in it.env*"])


def test_a_service_that_does_not_answer_is_told_before_the_first_test(project: Project) -> None:
    closed = Server()
    told = project.refused(ASKS, f"--system-url=http://me:geheim@127.0.0.1:{closed.port}")
    closed.close()
    assert told.startswith(
        f"system does not answer at http://me:***@127.0.0.1:{closed.port} (from --system-url): "
    )


def test_a_service_whose_url_is_none_is_told(project: Project) -> None:
    told = project.refused(ASKS, "--system-url=orders")
    assert told.startswith("system: `orders` is not a URL (from --system-url)")


def test_who_names_the_service_has_to_name_what_the_tests_ask_for_besides(
    project: Project, server: Server
) -> None:
    url = server.url.replace("//", "//me:geheim@")
    result = project.run(
        'def test_it(system): system.dependency("catalog")\n', f"--system-url={url}"
    )
    result.assert_outcomes(failed=1)
    shown = url.replace("geheim", "***")
    result.stdout.fnmatch_lines(
        [
            f"catalog: the service under test runs at {shown}, and nobody says where its catalog "
            "is",
            "      = name it with `--dependency-url catalog=URL`",
        ]
    )
    result.stdout.no_fnmatch_line("*geheim*")
    result.stdout.no_fnmatch_line("*pipelinegen/testing*")


def test_a_test_that_asks_for_no_dependency_needs_none(project: Project, server: Server) -> None:
    project.passes('def test_it(system): system.get("/")\n', f"--system-url={server.url}")


def test_without_pipeline_yaml_the_service_has_to_be_named(project: Project) -> None:
    (project.path / "pipeline.yaml").unlink()
    assert project.refused(ASKS).splitlines() == [
        "the service under test cannot be brought up: there is no pipeline.yaml here",
        "      = say where it runs: `--system-url URL`",
    ]


@pytest.fixture
def built(project: Project, fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Containers for a service whose image seems to be built."""
    project.write({"Dockerfile": DOCKERFILE, "pipeline.yaml": f"{PIPELINE}port: 8000\n"})
    monkeypatch.setattr("pipelinegen.testing.system.build_service", lambda *_: "orders:local")
    return fakes


IMAGE = "--dependency-image=catalog=shop/catalog:1"


def test_nobody_names_the_service_and_it_is_brought_up_with_all_it_needs(
    project: Project, built: Fakes, server: Server
) -> None:
    built.ports = {"orders": server.port, "catalog": server.port}
    result = project.passes(
        ASKS + '    assert system.dependency("db").database == "app"\n',
        *("-s", "--dependency-report", IMAGE),
    )
    result.stdout.fnmatch_lines(
        [
            "*SEEN this working tree*",
            "cache: redis://127.0.0.1:1/0 from a container of redis:7 (the default)",
            f"catalog: {server.url} from a container of shop/catalog:1 (--dependency-image)",
            "db: postgresql://app:[*][*][*]@127.0.0.1:1/app from a container of postgres:17 *",
            f"system: {server.url} from this working tree",
        ]
    )
    assert [sorted(batch) for batch in built.batches] == [["cache", "catalog", "db", "orders"]]
    assert dict(built.needs["orders"].env) == {
        "CATALOG_URL": "http://catalog:8080",
        "DATABASE_URL": "postgresql://app:app@db:5432/app",
        "CACHE_URL": "redis://cache:6379/0",
    }
    assert built.kept is False


def test_a_dependency_that_runs_elsewhere_is_that_of_the_service_too(
    project: Project, built: Fakes, server: Server
) -> None:
    built.ports = {"orders": server.port}
    project.passes(ASKS, f"--dependency-url=catalog={server.url}")
    assert "catalog" not in built.needs
    url = f"http://host.docker.internal:{server.port}"
    assert built.needs["orders"].env["CATALOG_URL"] == url


def test_what_the_dependencies_need_comes_up_and_is_not_the_tests(
    project: Project, built: Fakes, server: Server
) -> None:
    built.ports = {"orders": server.port}
    label = {"dependencies": {"files": {"type": "s3", "env": "FILES"}}}
    built.labels = {"catalog": json.dumps(label)}
    pipeline = PIPELINE.replace("type: http", "type: service") + "port: 8000\n"
    project.write({"pipeline.yaml": pipeline})
    tests = """
    def test_it(system):
        system.get("/x")
        system.dependency("files")
    """
    result = project.run(tests, IMAGE, "--dependency-report")
    result.assert_outcomes(failed=1)
    file = project.path / "pipeline.yaml"
    result.stdout.fnmatch_lines([f"there is no dependency `files`: {file} has catalog, db, cache"])
    assert len(built.needs) == 5
    result.stdout.no_fnmatch_line("files*:*")


def test_the_service_itself_is_looked_at_before_anything_is_built(
    project: Project, built: Fakes
) -> None:
    project.write({"pipeline.yaml": f"{PIPELINE}port: nonsense\n"})
    assert "`port` must be a whole number" in project.refused(ASKS)
    assert built.batches == []
