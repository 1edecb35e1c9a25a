"""The same digest, and only what was verified."""

from __future__ import annotations

import pytest

from pipelinegen.errors import NO
from tests.deploy.conftest import Run
from tests.deploy.given import A, B, Clusters

PROMOTE = ("promote", "--from", "stage", "--to", "production")


def stage(run: Run, image: str) -> None:
    run("deploy", "--account", "stage", "--image", image, "--version", "build-7")


def test_what_was_verified_goes_on_with_its_version(run: Run, clusters: Clusters) -> None:
    stage(run, A)
    result = run(*PROMOTE, "--wave", "1")
    assert result.exit_code == 0, result.output
    assert f"Verified in stage: {A} (build-7)" in result.output
    assert clusters["eu-a"].current().values["image"]["tag"] == "build-7"
    assert [clusters["eu-b"].image(), clusters["us-a"].releases] == [A, {}]


def test_a_dry_run_changes_nothing(run: Run, clusters: Clusters) -> None:
    stage(run, A)
    assert "new Deployment/orders" in run(*PROMOTE, "--dry-run").output
    assert not clusters["eu-a"].writes()


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("nothing", "stage-eu: nothing is deployed there by its digest"),
        ("unverified", "stage-eu: what runs there was not verified"),
        ("unready", "stage-eu: deployed, 0/2 ready"),
        ("down", "stage-eu: no answer: dial tcp"),
    ],
)
def test_what_was_not_verified_stays(run: Run, clusters: Clusters, broken: str, why: str) -> None:
    cluster = clusters["stage-eu"]
    if broken != "nothing":
        stage(run, A)
    if broken == "unverified":
        stage(run, B)
        cluster.helm("rollback", ["orders", "1"])
    cluster.broken |= {A} if broken == "unready" else set()
    cluster.down = broken == "down"
    result = run(*PROMOTE)
    assert (result.exit_code, why in result.output) == (NO, True), result.output
    assert not clusters["eu-a"].writes()
