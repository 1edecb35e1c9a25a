"""What runs where, as people and machines read it."""

from __future__ import annotations

import json

import pytest

from pipelinegen.errors import BAD_INPUT, OUTSIDE
from tests.deploy.conftest import Run
from tests.deploy.given import A, Clusters


@pytest.fixture
def deployed(run: Run, clusters: Clusters) -> None:
    run("deploy", "--account", "production", "--image", A, "--version", "build-7")


@pytest.mark.usefixtures("deployed")
def test_each_cluster_is_a_line(run: Run, clusters: Clusters) -> None:
    clusters["eu-b"].scaled = 9
    result = run("status")
    lines = [line.split() for line in result.output.splitlines()]
    assert lines[0] == ["CLUSTER", "ACCOUNT", "VERSION", "DIGEST", "READY", "AGE", "STATE"]
    rows = {line[0]: line[1:] for line in lines[1:]}
    assert rows["test-eu"] == ["test", "nothing"]
    eu_a = rows["eu-a"]
    assert eu_a[:4] == ["production", "build-7", "a" * 12, "2/2"]
    assert eu_a[4].endswith("d")
    assert eu_a[5] == "deployed"
    drift = [line for line in result.output.splitlines() if "drift" in line]
    assert drift == ["  drift: changed Deployment/orders"]
    assert result.exit_code == 0


@pytest.mark.usefixtures("deployed")
def test_for_a_machine(run: Run, clusters: Clusters) -> None:
    found = json.loads(run("status", "--account", "production", "--format", "json").stdout)
    assert [each["cluster"] for each in found] == ["eu-a", "eu-b", "us-a", "us-b"]
    assert found[0]["digest"] == A
    assert found[0]["verified"] is True


@pytest.mark.usefixtures("deployed")
def test_what_somebody_deployed_besides_was_not_verified(run: Run, clusters: Clusters) -> None:
    current = clusters["us-a"].current()
    clusters["us-a"].releases["orders"].append(current)
    assert "deployed, not verified" in run("status", "--cluster", "us-a").output


@pytest.mark.usefixtures("deployed")
def test_one_that_does_not_answer_is_told_among_the_others(run: Run, clusters: Clusters) -> None:
    clusters["us-b"].down = True
    result = run("status", "--account", "production")
    assert result.exit_code == OUTSIDE
    assert "no answer\n  dial tcp 10.0.0.1:6443: connect: connection refused" in result.output
    assert "eu-a     production  build-7" in result.output


def test_a_cluster_that_is_not_there(run: Run) -> None:
    result = run("status", "--cluster", "eu-x")
    assert result.exit_code == BAD_INPUT
    assert "there is no such cluster here (clusters: test-eu, stage-eu, eu-a" in result.output
