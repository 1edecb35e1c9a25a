"""Wave after wave, with what may go wrong on the way."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelinegen.errors import NO, OUTSIDE
from tests.deploy.conftest import Run
from tests.deploy.given import A, B, C, Cluster, Clusters

PRODUCTION = ("eu-a", "eu-b", "us-a", "us-b")
WAVES = "deploy: {production: {waves: [[eu-a], [eu-b], [us-a, us-b]]%s}}"
Service = Callable[[str], Path]


def deploy(run: Run, image: str, *more: str, folder: Path | None = None) -> str:
    result = run("deploy", "--account", "production", "--image", image, *more, folder=folder)
    assert result.exit_code == 0, result.output
    return result.output


def failing(run: Run, image: str, *more: str, folder: Path | None = None, code: int = NO) -> str:
    result = run("deploy", "--account", "production", "--image", image, *more, folder=folder)
    assert result.exit_code == code, result.output
    return result.output


def test_all_clusters_get_it_and_none_stays_locked(run: Run, clusters: Clusters) -> None:
    shown = deploy(run, A)
    assert [clusters[name].image() for name in PRODUCTION] == [A] * 4
    assert [clusters[name].releases for name in ("test-eu", "stage-eu")] == [{}, {}]
    assert not any(cluster.held for cluster in clusters.values())
    assert clusters["eu-a"].state()["revision"] == 1
    assert "eu-a, eu-b, us-a, us-b: nothing runs there yet" in shown
    assert "Wave 1: eu-a, eu-b" in shown


def test_each_cluster_gets_the_values_of_its_place(
    run: Run, clusters: Clusters, service: Service
) -> None:
    folder = service(
        "deploy: {replicas: 2, regions: {eu-west-1: {}, us-east-1: {replicas: 3}}, "
        "clusters: {us-b: {replicas: 5}}}"
    )
    deploy(run, A, folder=folder)
    seen = {name: clusters[name].current().values for name in PRODUCTION}
    assert [seen[name]["replicas"] for name in PRODUCTION] == [2, 2, 3, 5]
    assert seen["us-b"]["cluster"] == "us-b"
    assert seen["us-b"]["account"] == "production"


def test_again_it_changes_nothing(run: Run, clusters: Clusters) -> None:
    deploy(run, A)
    before = {name: clusters[name].writes() for name in PRODUCTION}
    shown = deploy(run, A)
    assert {name: clusters[name].writes() for name in PRODUCTION} == before
    assert shown.count("unchanged") >= 4


def test_a_dry_run_shows_the_change_and_writes_nothing(run: Run, clusters: Clusters) -> None:
    deploy(run, A, "--version", "one")
    versions = {name: cluster.version for name, cluster in clusters.items()}
    shown = deploy(run, B, "--version", "two", "--dry-run")
    assert f"spec.image\n    - registry.example.com/shop/orders@{A}" in shown
    assert f"    + registry.example.com/shop/orders@{B}" in shown
    assert "eu-a, eu-b, us-a, us-b: one runs; 1 object changes" in shown
    found = json.loads(deploy(run, B, "--dry-run", "--format", "json"))
    assert [each["cluster"] for each in found] == list(PRODUCTION)
    assert found[0]["digest"] == A
    assert {name: cluster.version for name, cluster in clusters.items()} == versions
    assert clusters["eu-a"].image() == A


def test_the_version_stays_with_the_image(run: Run, clusters: Clusters) -> None:
    deploy(run, A, "--version", "build-7")
    clusters["eu-a"].scaled = 9
    deploy(run, A)
    assert clusters["eu-a"].current().values["image"]["tag"] == "build-7"
    assert clusters["eu-a"].scaled is None, "what somebody did by hand is undone"


@pytest.mark.parametrize("rollback", ["wave", "all"])
def test_a_wave_that_fails_goes_back_and_the_ones_before_as_configured(
    run: Run, clusters: Clusters, service: Service, rollback: str
) -> None:
    folder = service(WAVES % f", rollback: {rollback}")
    deploy(run, A, folder=folder)
    clusters["us-b"].broken.add(B)
    shown = failing(run, B, folder=folder)
    before = [clusters[name].image() for name in ("eu-a", "eu-b")]
    assert before == [{"wave": B, "all": A}[rollback]] * 2
    assert [clusters[name].image() for name in ("us-a", "us-b")] == [A, A]
    assert "us-b: a pod is in CrashLoopBackOff" in shown
    assert "  │ orders-0 says: no database" in shown
    assert clusters["us-a"].state()["image"] == A
    assert not any(cluster.held for cluster in clusters.values())
    deploy(run, C, folder=folder)


def test_a_wave_by_itself_takes_the_waves_before_back_that_this_build_deployed(
    run: Run, clusters: Clusters, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = service(WAVES % ", rollback: all")
    deploy(run, A, folder=folder)
    monkeypatch.setenv("PIPELINEGEN_BUILD", "orders-main-8")
    clusters["eu-b"].broken.add(B)
    deploy(run, B, "--wave", "1", folder=folder)
    assert clusters["eu-a"].image() == B
    failing(run, B, "--wave", "2", folder=folder)
    assert [clusters[name].image() for name in PRODUCTION] == [A] * 4


def test_a_first_release_that_fails_is_removed(run: Run, clusters: Clusters) -> None:
    clusters["eu-a"].broken.add(A)
    shown = failing(run, A)
    assert clusters["eu-a"].releases == clusters["eu-b"].releases == {}
    assert "removed: there was no release before" in shown
    assert "us-a  untouched" in shown


def test_what_helm_refuses_goes_back(run: Run, clusters: Clusters) -> None:
    deploy(run, A)
    clusters["eu-b"].refused.add(B)
    assert "admission webhook says no" in failing(run, B)
    assert [clusters[name].image() for name in PRODUCTION] == [A] * 4
    assert clusters["eu-b"].current().status == "deployed"


def test_a_cluster_that_is_down_keeps_all_from_being_touched(run: Run, clusters: Clusters) -> None:
    clusters["us-a"].down = True
    shown = failing(run, A, code=OUTSIDE)
    assert "us-a: dial tcp 10.0.0.1:6443: connect: connection refused" in shown
    assert "no cluster was touched" in shown
    assert all(not cluster.writes() for cluster in clusters.values())


def test_one_that_goes_down_meanwhile_is_named_and_later_waves_are_not_touched(
    run: Run, clusters: Clusters
) -> None:
    deploy(run, A)

    def cut(cluster: Cluster, command: str) -> None:
        if cluster.name == "eu-b" and command.startswith("helm upgrade"):
            cluster.down = True

    clusters.hooks.append(cut)
    shown = failing(run, B, code=OUTSIDE)
    assert clusters["eu-a"].image() == A
    assert clusters["us-a"].image() == A
    assert "eu-b: it could not go back to revision 1" in shown


def test_a_release_that_was_left_pending_is_recovered(run: Run, clusters: Clusters) -> None:
    deploy(run, A)
    clusters["eu-a"].stuck = True
    failing(run, B)
    clusters["eu-b"].current().status = "pending-upgrade"
    shown = deploy(run, B)
    assert clusters["eu-b"].image() == B
    assert "from one that was left pending-upgrade" in shown


def test_what_was_left_unverified_is_not_what_one_goes_back_to(
    run: Run, clusters: Clusters, service: Service
) -> None:
    folder = service("")
    deploy(run, A, folder=folder)
    # A run that was killed behind helm: deployed, never found good.
    cluster = clusters["eu-a"]
    cluster.helm("upgrade", ["orders", *_values(folder, B), "--description", "pipelinegen: x"])
    cluster.broken |= {B, C}
    failing(run, C, folder=folder)
    assert cluster.image() == A


def test_what_somebody_deployed_by_hand_is_what_one_goes_back_to(
    run: Run, clusters: Clusters, service: Service
) -> None:
    folder = service("")
    deploy(run, A, folder=folder)
    cluster = clusters["eu-a"]
    cluster.helm("upgrade", ["orders", *_values(folder, B), "--description", "Upgrade complete"])
    cluster.broken.add(C)
    failing(run, C, folder=folder)
    assert cluster.image() == B


def _values(folder: Path, digest: str) -> list[str]:
    last = folder / "last.json"
    last.write_text(json.dumps({"image": {"digest": digest}}), "utf-8")
    return ["--values", str(folder / "deploy/values.yaml"), "--values", str(last)]


def test_two_at_once_exclude_each_other(run: Run, clusters: Clusters) -> None:
    deploy(run, A)
    lease = clusters["eu-b"].leases["pipelinegen-orders"]
    lease["spec"]["holderIdentity"] = "ann@laptop (7)"
    ticks = itertools.count()

    def renew(cluster: Cluster, command: str) -> None:
        if cluster.name == "eu-b" and command.startswith("kubectl get") and "lease" in command:
            lease["spec"]["renewTime"] = f"2026-01-01T00:00:00.{next(ticks):06}Z"

    clusters.hooks.append(renew)
    shown = failing(run, B)
    assert "eu-b: ann@laptop (7) is deploying orders there" in shown
    assert clusters["eu-a"].image() == A, "the other cluster of the wave is not touched"
    assert not clusters["eu-a"].held


def test_who_was_killed_is_followed(
    run: Run, clusters: Clusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelinegen.deploy.lease.SECONDS", 0.2)
    deploy(run, A)
    clusters["eu-b"].leases["pipelinegen-orders"]["spec"]["holderIdentity"] = "ann@laptop (7)"
    assert "ann@laptop (7) was deploying" in deploy(run, B)
    assert clusters["eu-b"].image() == B


def test_two_that_begin_at_the_same_moment(run: Run, clusters: Clusters) -> None:
    deploy(run, A)

    def other(cluster: Cluster, command: str) -> None:
        if cluster.name == "eu-b" and command.startswith("kubectl replace"):
            lease = cluster.leases["pipelinegen-orders"]
            lease["metadata"]["resourceVersion"] = "999"

    clusters.hooks.append(other)
    assert "eu-b: another deployment of orders has begun there" in failing(run, B)
    assert clusters["eu-a"].image() == A


def test_json_tells_what_became_of_each(run: Run, clusters: Clusters) -> None:
    clusters["us-a"].broken.add(A)
    result = run(
        "deploy", "--account", "production", "--image", A, "--format", "json", "--version", "v"
    )
    found = {each["cluster"]: each for each in json.loads(result.stdout)}
    assert {name: each["state"] for name, each in found.items()} == {
        "eu-a": "deployed",
        "eu-b": "deployed",
        "us-a": "removed",
        "us-b": "removed",
    }
    assert "CrashLoopBackOff" in found["us-a"]["why"]
    assert found["eu-a"]["revision"] == 1
