"""What a person reads who deploys; how it goes on: tests/deploy."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelinegen.errors import BAD_INPUT
from tests.deploy.conftest import Run
from tests.deploy.given import A, Cluster, Clusters

Service = Callable[[str], Path]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--image", "orders:1.2"], "an image is deployed by its digest"),
        (["--image", f"other.example.com/orders@{A}"], "this service's images are in registry.ex"),
        (["--image", A, "--wave", "3"], "--wave 3: in production there is wave 1, 2"),
        (["--image", A, "--region", "ap"], "--region ap: in production there is region eu-west-1"),
        (["--image", A, "--cluster", "test-eu"], "--cluster test-eu: in production there is clus"),
        (
            ["--image", A, "--wave", "1", "--cluster", "us-a"],
            "no cluster of production is in all that was asked for",
        ),
        (["--image", A, "--kubeconfig", "eu-a"], "--kubeconfig eu-a: write CLUSTER=FILE"),
        (["--image", A, "--kubeconfig", "eu-a=/no/file"], "eu-a: the kubeconfig /no/file is not"),
    ],
)
def test_what_cannot_be_meant_is_told(
    run: Run, clusters: Clusters, options: list[str], why: str
) -> None:
    result = run("deploy", "--account", "production", *options)
    assert (result.exit_code, why in result.output) == (BAD_INPUT, True), result.output
    assert not any(cluster.calls for cluster in clusters.values())


def test_every_kubeconfig_that_is_missing_is_told_at_once(
    run: Run, clusters: Clusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG_EU_B")
    monkeypatch.delenv("KUBECONFIG_US_A")
    monkeypatch.setenv("KUBECONFIG", "/home/ann/.kube/config")
    result = run("deploy", "--account", "production", "--image", A)
    assert result.exit_code == BAD_INPUT
    assert "eu-b: which kubeconfig?" in result.output
    assert "`export KUBECONFIG_US_A=FILE` (in Jenkins the credential `kubeconfig-us-a`)" in (
        result.output
    )


def test_values_that_were_not_generated_are_told(
    run: Run, clusters: Clusters, service: Service
) -> None:
    folder = service("")
    (folder / "deploy/values-us-east-1.yaml").unlink()
    result = run("deploy", "--account", "production", "--image", A, folder=folder)
    assert result.exit_code == BAD_INPUT
    assert result.output.count("values-us-east-1.yaml: not there; `pipelinegen generate`") == 1


def test_only_what_was_asked_for_is_deployed(run: Run, clusters: Clusters) -> None:
    run("deploy", "--account", "production", "--image", A, "--region", "us-east-1")
    assert [name for name, cluster in clusters.items() if cluster.releases] == ["us-a", "us-b"]


def test_ctrl_c_leaves_no_lock_and_again_it_finishes(
    run: Run, clusters: Clusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(cluster: Cluster, command: str) -> None:
        if command.startswith("helm upgrade"):
            clusters.hooks.clear()
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("pipelinegen.deploy.ready.HOPELESS", {})
    clusters["eu-a"].broken.add(A)
    clusters.hooks.append(press)
    result = run("deploy", "--account", "production", "--image", A, "--cluster", "eu-a")
    assert result.exit_code == 1  # what click makes of it outside of our main
    assert "Stopping: helm is told to end" in result.output
    assert not clusters["eu-a"].held
    clusters["eu-a"].broken.clear()
    assert run("deploy", "--account", "production", "--image", A).exit_code == 0
    assert clusters["eu-a"].image() == A
