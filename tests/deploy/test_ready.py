"""Which pods a rollout looks at: its own, and none of what was there under the same name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipelinegen.deploy.ready import Pods, look
from tests.deploy.given import pod

REVISION = {"deployment.kubernetes.io/revision": "1"}
HASH = {"pod-template-hash": "1"}


def owned(item: Any, owner: str) -> Any:
    item["metadata"]["ownerReferences"] = [{"uid": owner}]
    return item


def seen(*pods: Any) -> tuple[Pods, dict[str, float]]:
    """What is seen of a release with these pods, whose Deployment is `d` and ReplicaSet `r`."""
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "orders", "uid": "d", "generation": 1, "annotations": REVISION},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": 1},
    }
    group = {
        "kind": "ReplicaSet",
        "metadata": {"name": "orders-1", "uid": "r", "labels": HASH, "annotations": REVISION},
    }
    items = [deployment, owned(group, "d"), *pods]
    access = SimpleNamespace(get=lambda *arguments: {"items": items})
    target: Any = SimpleNamespace(access=access, release="orders")
    return look(target)


def test_a_new_pod_that_crashes_is_told() -> None:
    pods, troubles = seen(owned(pod("new", HASH, ready=False), "r"))
    assert pods == Pods(0, 1)
    assert set(troubles) == {"a pod is in CrashLoopBackOff", "a pod restarts again and again"}


@pytest.mark.parametrize("going", [True, False])
def test_a_crashed_pod_of_a_release_that_was_removed_does_not_fail_the_next(going: bool) -> None:
    left = owned(pod("left", HASH, ready=False), "of-another")
    if going:
        left["metadata"]["deletionTimestamp"] = "2026-11-23T16:28:44Z"
    pods, troubles = seen(left, owned(pod("new", HASH, ready=True), "r"))
    assert troubles == {}
    # One that nobody has told to go yet is waited for.
    assert pods == Pods(1, 1, 0 if going else 1)


def test_a_pod_of_ours_that_is_going_is_no_trouble() -> None:
    going = owned(pod("going", HASH, ready=False), "r")
    going["metadata"]["deletionTimestamp"] = "2026-11-23T16:28:44Z"
    assert seen(going, owned(pod("new", HASH, ready=True), "r")) == (Pods(1, 1), {})
