"""Back to what was there before."""

from __future__ import annotations

from pipelinegen.errors import BAD_INPUT, NO
from tests.deploy.conftest import Run
from tests.deploy.given import A, B, C, Clusters

HERE = ("--account", "stage")


def test_it_goes_back_to_the_one_that_was_verified_before(run: Run, clusters: Clusters) -> None:
    cluster = clusters["stage-eu"]
    run("deploy", *HERE, "--image", A)
    cluster.broken.add(B)
    run("deploy", *HERE, "--image", B)
    run("deploy", *HERE, "--image", C)
    result = run("rollback", *HERE)
    assert result.exit_code == 0, result.output
    assert cluster.image() == A
    assert cluster.state()["image"] == A
    assert "stage-eu: from revision 4 to 3" in result.output
    assert "stage-eu  rolled back  revision 5" in result.stdout
    assert not cluster.held


def test_or_to_the_one_that_is_named(run: Run, clusters: Clusters) -> None:
    for image in (A, B, C):
        run("deploy", *HERE, "--image", image)
    assert run("rollback", *HERE, "--to", "1").exit_code == 0
    assert clusters["stage-eu"].image() == A
    result = run("rollback", *HERE)
    assert result.exit_code == BAD_INPUT
    assert "no verified revision before the one that runs is known" in result.output
    assert "name one with `--to` (there: 1, 2, 3, 4)" in result.output


def test_one_that_is_not_there(run: Run, clusters: Clusters) -> None:
    run("deploy", *HERE, "--image", A)
    result = run("rollback", *HERE, "--to", "9")
    assert result.exit_code == BAD_INPUT
    assert "stage-eu: there is no revision 9 (there: 1)" in result.output


def test_one_that_does_not_become_ready_is_told(run: Run, clusters: Clusters) -> None:
    run("deploy", *HERE, "--image", A)
    run("deploy", *HERE, "--image", B)
    clusters["stage-eu"].broken.add(A)
    result = run("rollback", *HERE)
    assert result.exit_code == NO
    assert "a pod is in CrashLoopBackOff" in result.output
