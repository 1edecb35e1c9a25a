"""Four clusters in two regions, wave after wave, with all that goes wrong on the way."""

from __future__ import annotations

import signal
import subprocess

import pytest

from pipelinegen.errors import NO, OUTSIDE
from tests.e2e.deploy.service import (
    DEPLOY,
    NAMESPACE,
    PRODUCTION,
    Make,
    Said,
    Service,
    ask,
    image,
)
from tests.lab.helm import helm_binary
from tests.lab.kubernetes import Cluster, wait_until

REGIONS = """
  regions:
    eu-west-1: {}
    us-east-1: {replicas: 2, env: {LOG_LEVEL: debug, CURRENCY: USD}}
"""
WAVES = "  production: {waves: [[eu-a], [eu-b], [us-a, us-b]], rollback: %s}\n"


def test_each_cluster_runs_what_its_region_says(make: Make) -> None:
    service = make("regions", DEPLOY + REGIONS)
    said = service.deployed("good")
    assert [line.split()[:2] for line in said.out.splitlines()] == [
        [name, "deployed"] for name in PRODUCTION
    ]
    for name in PRODUCTION:
        american = name.startswith("us")
        seen = service.seen(name)
        assert len(seen) == (2 if american else 1)
        assert {(each["CLUSTER"], each["ACCOUNT"]) for each in seen} == {(name, "production")}
        assert {each["LOG_LEVEL"] for each in seen} == {"debug" if american else "info"}
        assert {each["CURRENCY"] for each in seen} == {"USD" if american else None}
        for pod in service.pods(name):
            (container,) = pod["spec"]["containers"]
            assert container["image"] == f"localhost:5000/lab/tap@{image('good')}"
    rows = service.run("status", "--account", "production").out.splitlines()
    assert [row.split()[4] for row in rows[1:]] == ["1/1", "1/1", "2/2", "2/2"]
    assert all(row.endswith("deployed") for row in rows[1:])


def test_a_dry_run_changes_nothing(make: Make) -> None:
    service = make("dry")
    first = service.deploy("good", "--dry-run", "--cluster", "eu-a")
    assert (first.code, "new Deployment/dry" in first.err) == (0, True), first.err
    service.deployed("good", "--region", "eu-west-1")
    before = service.versions()
    said = service.deployed("slow", "--dry-run", "--region", "eu-west-1")
    assert f"- localhost:5000/lab/tap@{image('good')}" in said.err
    assert f"+ localhost:5000/lab/tap@{image('slow')}" in said.err
    assert "eu-a, eu-b: good runs; 1 object changes" in said.err
    assert service.versions() == before
    again = service.deployed("good", "--region", "eu-west-1")
    assert again.out.count("unchanged") == 2
    after = {key: text for key, text in service.versions().items() if "/Lease/" not in key}
    assert after == {key: text for key, text in before.items() if "/Lease/" not in key}


def test_what_somebody_changed_by_hand_is_drift_and_is_undone(make: Make) -> None:
    service = make("drift")
    service.deployed("good", "--cluster", "eu-a")
    cluster = service.clusters["eu-a"]
    cluster.kubectl("scale", "deployment/drift", "--replicas=2", "-n", NAMESPACE)
    status = service.run("status", "--cluster", "eu-a")
    assert "drift: changed Deployment/drift" in status.out
    said = service.deployed("good", "--cluster", "eu-a")
    assert "spec.replicas\n    - 2\n    + 1" in said.err
    wait_until(lambda: len(service.pods("eu-a")) == 1)


@pytest.mark.parametrize("rollback", ["wave", "all"])
def test_wave_2_fails_and_goes_back_and_wave_1_as_configured(make: Make, rollback: str) -> None:
    service = make(f"back-{rollback}", DEPLOY + WAVES % rollback)
    service.deployed("good")
    # Only in wave 2: a Secret that is not there keeps its pods from starting.
    said = _broken_in(service, "eu-b")
    assert said.code == NO, said.err
    first = {"wave": "slow", "all": "good"}[rollback]
    assert service.modes() == {"eu-a": {first}, **{name: {"good"} for name in PRODUCTION[1:]}}
    assert "a pod is in CreateContainerConfigError" in said.err
    assert 'secret "there-is-none" not found' in said.err
    states = {line.split()[0]: line.partition("  ")[2].strip() for line in said.out.splitlines()}
    assert states["eu-b"].startswith("rolled back")
    assert states["us-a"].startswith("untouched")


def _broken_in(service: Service, cluster: str) -> Said:
    values = service.folder / "deploy" / f"values-{cluster}.yaml"
    pipeline = service.folder / "pipeline.yaml"
    secret = "{SECRET: {name: there-is-none, key: url}}"
    text = pipeline.read_text() + f"  clusters: {{{cluster}: {{secrets: {secret}}}}}\n"
    pipeline.write_text(text)
    assert service.run("generate").code == 0
    assert values.exists()
    return service.deploy("slow")


def test_what_fails_its_smoke_test_goes_back(make: Make) -> None:
    verify = "  verify: {smoke: [/smoke], run: '%s'}\n"
    run = (
        """python3 -c "import os, urllib.request as u; u.urlopen(os.environ[\\"SYSTEM_URL\\"])" """
    )
    service = make("smoke", DEPLOY + verify % run.strip())
    service.deployed("good", "--cluster", "eu-a")
    said = service.deploy("bad", "--cluster", "eu-a")
    assert said.code == NO
    assert "refuses /smoke" in said.err
    assert service.seen("eu-a")[0]["mode"] == "good"
    assert service.run("rollback", "--account", "production", "--cluster", "eu-a").code != 0


def test_what_crashes_is_told_with_its_last_words(make: Make) -> None:
    service = make("crash")
    said = service.deploy("crash", "--cluster", "eu-a")
    assert said.code == NO
    assert "  │ the tap has no water" in said.err
    assert "removed: there was no release before" in said.err
    assert service.pods("eu-a") == []


def test_a_run_that_is_killed_is_repeated_to_success(make: Make) -> None:
    service = make("killed")
    service.deployed("good", "--cluster", "eu-a")
    process = service.begin(
        "deploy", "--account", "production", "--cluster", "eu-a", "--image", image("slow")
    )
    wait_until(lambda: len(service.pods("eu-a")) == 2, told="the new pod")
    process.kill()
    process.communicate()
    said = service.deployed("slow", "--cluster", "eu-a")
    assert "was deploying; looking whether it still is" in said.err
    assert [each["mode"] for each in service.seen("eu-a")] == ["slow"]


def test_helm_that_was_killed_is_recovered(make: Make) -> None:
    service = make("stuck")
    service.deployed("good", "--cluster", "eu-a")
    cluster = service.clusters["eu-a"]
    _kill_helm_in_an_upgrade(service, cluster)
    assert "pending-upgrade" in service.run("status", "--cluster", "eu-a").out
    said = service.deployed("slow", "--cluster", "eu-a")
    assert "left pending-upgrade" in said.err
    assert [each["mode"] for each in service.seen("eu-a")] == ["slow"]


def _kill_helm_in_an_upgrade(service: Service, cluster: Cluster) -> None:
    folder = service.run("chart").out.strip()
    values = ["-f", "deploy/values.yaml", "-f", "deploy/values-eu-west-1.yaml"]
    given = ["--set-string", f"image.digest={image('unready')}", "-n", NAMESPACE, "--wait"]
    where = ["--kubeconfig", str(cluster.kubeconfig), "--kube-context", cluster.context]
    helm = subprocess.Popen(
        [str(helm_binary()), "upgrade", service.name, folder, *values, *given, *where],
        cwd=service.folder,
    )
    wait_until(lambda: len(service.pods("eu-a")) == 2, told="the new pod")
    helm.kill()
    helm.wait()


def test_ctrl_c_leaves_it_so_that_it_can_be_run_again(make: Make) -> None:
    service = make("stopped")
    process = service.begin(
        "deploy", "--account", "production", "--cluster", "eu-a", "--image", image("unready")
    )
    wait_until(lambda: service.pods("eu-a"), told="a pod")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted; run the same command again to finish." in told
    lease = service.clusters["eu-a"].get("lease", "pipelinegen-stopped", "-n", NAMESPACE)
    assert "holderIdentity" not in lease["spec"]
    service.deployed("good", "--cluster", "eu-a")
    assert [each["mode"] for each in service.seen("eu-a")] == ["good"]


def test_two_at_once_exclude_each_other(make: Make) -> None:
    service = make("twice")
    where = ["--account", "production", "--cluster", "eu-a"]
    first = service.begin("deploy", *where, "--image", image("unready"))
    wait_until(lambda: service.pods("eu-a"), told="a pod")
    second = service.run("deploy", *where, "--image", image("good"))
    assert second.code == NO, second.err
    assert "is deploying twice there" in second.err
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert {each["mode"] for each in service.seen("eu-a")} == {"unready"}


def test_a_cluster_that_is_down_is_named_and_nothing_is_touched(
    make: Make, world: dict[str, Cluster]
) -> None:
    service = make("away")
    service.deployed("good")
    before = service.versions()
    world["us-a"].stop_api()
    try:
        said = service.deploy("slow")
        status = service.run("status", "--account", "production")
    finally:
        world["us-a"].start_api()
    assert said.code == OUTSIDE
    assert "us-a: " in said.err
    assert "no cluster was touched" in said.err
    assert service.versions() == before
    assert status.code == OUTSIDE
    assert "no answer" in status.out
    assert service.modes() == {name: {"good"} for name in PRODUCTION}


def test_promote_takes_what_was_verified(make: Make) -> None:
    service = make("promoted")
    refused = service.run("promote", "--from", "stage", "--to", "production", "--wave", "1")
    assert (refused.code, "nothing is deployed there" in refused.err) == (NO, True)
    stage = service.run(
        "deploy", "--account", "stage", "--image", image("good"), "--version", "build-7"
    )
    assert stage.code == 0, stage.err
    said = service.run("promote", "--from", "stage", "--to", "production", "--wave", "1")
    assert said.code == 0, said.err
    assert {each["version"] for each in service.run("status", "--format", "json").json} == {
        "",
        "build-7",
    }
    assert ask(service.pods("eu-a")[0]["status"]["podIP"])["mode"] == "good"
