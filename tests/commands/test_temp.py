"""A temporary release beside the deployed one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelinegen.deploy.temporary import label, release_name
from pipelinegen.errors import BAD_INPUT, NO
from tests.deploy.conftest import Run
from tests.deploy.given import A, B, Clusters

NEEDS = """
dependencies:
  catalog: {type: service, env: CATALOG_URL}
  db: {type: postgres, env: DATABASE_URL}
"""
Service = Callable[[str], Path]


@pytest.fixture
def folder(service: Service, clusters: Clusters, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service with dependencies, one of which is deployed in the test account."""
    monkeypatch.setattr("pipelinegen.deploy.urls.answers", lambda url, wait: None)
    clusters["test-eu"].services["catalog"] = "10.0.0.7"
    clusters["test-eu"].namespace = True
    return service(NEEDS)


def test_it_stands_beside_the_deployed_one(run: Run, clusters: Clusters, folder: Path) -> None:
    run("deploy", "--account", "test", "--image", A, folder=folder)
    result = run("temp", "up", "--image", B, "--build", "b-7", folder=folder)
    assert result.exit_code == 0, result.output
    assert result.stdout == "CATALOG_URL=http://10.0.0.7\nSYSTEM_URL=http://10.0.0.9\n"
    assert "catalog: http://10.0.0.7 from the Service catalog in test-eu" in result.output
    assert "db: only the release knows it, from its Secret" in result.output
    name = release_name("orders", "b-7")
    cluster = clusters["test-eu"]
    assert (cluster.image(), cluster.image(name)) == (A, B)
    values = cluster.current(name).values
    assert (values["replicas"], values["disruptionBudget"], values["ingress"]) == (1, None, None)
    # Rules and dashboards are of the service: only the deployed one brings them.
    assert (values["prometheusRule"], values["dashboards"]) == (None, None)
    assert values["labels"]["pipelinegen/build"] == "b-7"
    assert values["labels"]["pipelinegen/temporary"] == "true"


def test_a_url_by_hand_is_the_release_s_as_well(run: Run, clusters: Clusters, folder: Path) -> None:
    file = folder / "out" / "system.env"
    url = "https://catalog.example.com"
    options = ["--dependency-url", f"catalog={url}", "--env-file", str(file), "--build", "b"]
    assert run("temp", "up", "--image", B, *options, folder=folder).exit_code == 0
    assert f"CATALOG_URL={url}\n" in file.read_text("utf-8")
    assert clusters["test-eu"].current(release_name("orders", "b")).values["env"] == {
        "CATALOG_URL": url
    }


def test_two_at_once_do_not_meet(run: Run, clusters: Clusters, folder: Path) -> None:
    for build in ("b-1", "b-2"):
        run("temp", "up", "--image", B, "--build", build, "--branch", "f/x", folder=folder)
    found = json.loads(run("temp", "list", "--format", "json", folder=folder).stdout)
    assert [(each["build"], each["branch"]) for each in found] == [("b-1", "f-x"), ("b-2", "f-x")]
    assert not any(each["expired"] for each in found)
    run("temp", "down", "--build", "b-1", folder=folder)
    assert [*clusters["test-eu"].releases] == [release_name("orders", "b-2")]


def test_what_its_pods_printed_is_kept(run: Run, clusters: Clusters, folder: Path) -> None:
    run("temp", "up", "--image", B, "--build", "b", folder=folder)
    result = run("temp", "down", "--build", "b", folder=folder)
    name = release_name("orders", "b")
    kept = folder / "reports" / "temporary" / name
    assert (kept / f"{name}-0.log").read_text("utf-8") == f"{name}-0 says: no database\n"
    assert f"Removed {name}" in result.output
    again = run("temp", "down", "--build", "b", folder=folder)
    assert (again.exit_code, "Nothing was up." in again.output) == (0, True)


def test_what_does_not_become_ready_is_removed_with_its_log_kept(
    run: Run, clusters: Clusters, folder: Path
) -> None:
    clusters["test-eu"].broken.add(B)
    result = run("temp", "up", "--image", B, "--build", "b", folder=folder)
    assert result.exit_code == NO
    assert "a pod is in CrashLoopBackOff" in result.output
    assert "says: no database" in result.output
    assert clusters["test-eu"].releases == {}
    assert [*(folder / "reports" / "temporary").rglob("*.log")]


def test_what_is_over_its_time_is_swept(run: Run, clusters: Clusters, folder: Path) -> None:
    run("temp", "up", "--image", B, "--build", "old", "--ttl", "1h", folder=folder)
    run("temp", "up", "--image", B, "--build", "new", folder=folder)
    name = release_name("orders", "old")
    clusters["test-eu"].current(name).labels["pipelinegen/expires"] = "1"
    assert f"Removed {name}." in run("temp", "sweep", folder=folder).output
    assert [*clusters["test-eu"].releases] == [release_name("orders", "new")]
    assert "None is over its time." in run("temp", "sweep", folder=folder).output


def test_a_dependency_that_is_not_deployed_is_told_before_anything_is_made(
    run: Run, clusters: Clusters, folder: Path
) -> None:
    clusters["test-eu"].services.clear()
    result = run("temp", "up", "--image", B, "--build", "b", folder=folder)
    assert result.exit_code == NO
    assert "catalog: it is not deployed in test-eu (namespace shop)" in result.output
    assert clusters["test-eu"].releases == {}


def test_an_account_that_the_service_is_not_in(run: Run, clusters: Clusters) -> None:
    result = run("temp", "up", "--image", B, "--cluster", "eu-a")
    assert result.exit_code == BAD_INPUT
    assert "--cluster eu-a: in test there is cluster test-eu" in result.output


@pytest.mark.parametrize(
    ("text", "value"), [("main", "main"), ("feature/ü x", "feature---x"), ("-_x_-", "x"), ("", "")]
)
def test_any_text_as_a_label(text: str, value: str) -> None:
    assert label(text) == value
