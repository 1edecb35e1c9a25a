"""Waiting until a release is ready, and seeing early that it never will be.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelinegen.deploy.access import ClusterError
from pipelinegen.deploy.target import Target

POLL_SECONDS = 1.0
# A container that waits for one of these reasons for so long will not get over it by itself.
HOPELESS = {
    "CrashLoopBackOff": 60.0,
    "ImagePullBackOff": 15.0,
    "ErrImagePull": 30.0,
    "InvalidImageName": 0.0,
    "ErrImageNeverPull": 0.0,
    # A store of External Secrets writes its Secret a moment after the pods are made.
    "CreateContainerConfigError": 45.0,
    "CreateContainerError": 20.0,
    "RunContainerError": 20.0,
}
# A new container may fail once, as long as what it needs is not there yet.
RESTARTS = 3
# Pods that the cluster refuses to make: a quota, an admission rule.
REFUSED_SECONDS = 10.0
# An API server may be away for a moment.
AWAY_SECONDS = 60.0


class NotReady(Exception):
    """The release does not become ready; the text says why."""


@dataclass(frozen=True)
class Pods:
    """How far a release is.

    Args:
        ready: new pods that take traffic.
        wanted: pods that there should be.
        old: pods of what was there before.
    """

    ready: int
    wanted: int
    old: int = 0

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.ready}/{self.wanted} ready"


def wait_ready(target: Target, minutes: float, tell: Callable[[Pods], None]) -> Pods:
    """Wait until all pods are new, and ready.

    Args:
        target: the release.
        minutes: how long that may take.
        tell: is told how far it is.

    Raises:
        NotReady: it does not become so.
        ClusterError: the cluster does not answer any more.
    """
    until = time.monotonic() + minutes * 60
    hopeless: dict[str, float] = {}
    away: float | None = None
    while True:
        try:
            pods, troubles = look(target)
            away = None
        except ClusterError as error:
            away = away or time.monotonic()
            if not error.gone or time.monotonic() - away > AWAY_SECONDS:
                raise
        else:
            tell(pods)
            if pods.ready == pods.wanted and not pods.old and not troubles:
                return pods
            _give_up(hopeless, troubles)
            if time.monotonic() > until:
                more = f" ({', '.join(troubles)})" if troubles else ""
                raise NotReady(f"{pods.text} after {minutes:g} min{more}")
        target.access.programs.wait(POLL_SECONDS)


def _give_up(since: dict[str, float], troubles: dict[str, float]) -> None:
    """What has gone on for too long is the end."""
    moment = time.monotonic()
    for trouble in [trouble for trouble in since if trouble not in troubles]:
        del since[trouble]
    for trouble, patience in troubles.items():
        if moment - since.setdefault(trouble, moment) >= patience:
            raise NotReady(trouble)


def look(target: Target) -> tuple[Pods, dict[str, float]]:
    """How far a release is, and what is wrong, each with the seconds that one waits for it.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    listed = target.access.get(
        "deployments,replicasets,pods", "-l", f"app.kubernetes.io/instance={target.release}"
    )
    items = listed["items"] if listed else []
    kinds = {kind: [item for item in items if item["kind"] == kind] for kind in _KINDS}
    deployment = next((d for d in kinds["Deployment"]), None)
    if deployment is None:
        return Pods(0, 1), {}
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return Pods(0, wanted), {}
    template = _new_template(deployment, kinds["ReplicaSet"])
    # Those of a release that was just removed may still be there, with the same template.
    sets = [each for each in kinds["ReplicaSet"] if _is_of(each, [deployment])]
    new = [pod for pod in kinds["Pod"] if _template(pod) == template and _is_of(pod, sets)]
    ready = sum(1 for pod in new if is_ready(pod))
    old = sum(1 for pod in kinds["Pod"] if pod not in new and not gone(pod))
    if wanted == 0:
        old += len([pod for pod in new if not gone(pod)])
        ready = 0
    return Pods(ready, wanted, old), _troubles(deployment, [pod for pod in new if not gone(pod)])


_KINDS = ("Deployment", "ReplicaSet", "Pod")


def _new_template(deployment: Any, sets: list[Any]) -> str:
    """The hash of the pods that are to be: the set of the highest revision has it."""

    def revision(item: Any) -> int:
        found = item["metadata"].get("annotations", {})
        return int(found.get("deployment.kubernetes.io/revision", 0))

    want = revision(deployment)
    return next((_template(item) for item in sets if revision(item) == want), "")


def _template(item: Any) -> str:
    return str(item["metadata"].get("labels", {}).get("pod-template-hash", ""))


def _is_of(item: Any, owners: list[Any]) -> bool:
    """Whether one of them has made it; what nobody has made is taken for theirs."""
    made_by = {owner["uid"] for owner in item["metadata"].get("ownerReferences", [])}
    return not made_by or bool(made_by & {owner["metadata"].get("uid") for owner in owners})


def is_ready(pod: Any) -> bool:
    """Whether a pod takes traffic."""
    found = {c["type"]: c["status"] for c in pod.get("status", {}).get("conditions", [])}
    return found.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def gone(pod: Any) -> bool:
    """Whether a pod has ended, or is about to."""
    ended = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return ended or "deletionTimestamp" in pod["metadata"]


def _troubles(deployment: Any, pods: list[Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for condition in deployment.get("status", {}).get("conditions", []):
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            found[f"no pod is made: {condition.get('message', '')}"] = REFUSED_SECONDS
        if condition.get("reason") == "ProgressDeadlineExceeded":
            found["the deployment does not progress any more"] = 0.0
    for pod in pods:
        for state in pod.get("status", {}).get("containerStatuses", []):
            reason = state.get("state", {}).get("waiting", {}).get("reason", "")
            if reason in HOPELESS:
                # Without its counters and hashes, so that it stays the same from look to look.
                found[f"a pod is in {reason}"] = HOPELESS[reason]
            if state.get("restartCount", 0) >= RESTARTS:
                found["a pod restarts again and again"] = 0.0
    return found


def restarts(target: Target) -> tuple[int, int]:
    """How often containers of the release's pods have restarted, and how many pods are not ready.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    pods = pods_of(target)
    statuses = [s for pod in pods for s in pod.get("status", {}).get("containerStatuses", [])]
    return sum(s["restartCount"] for s in statuses), sum(1 for pod in pods if not is_ready(pod))


def pods_of(target: Target, *, to_the_end: bool = False) -> list[Any]:
    """The pods of a release that have not ended.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    chosen = f"app.kubernetes.io/instance={target.release}"
    listed = target.access.get("pods", "-l", chosen, to_the_end=to_the_end)
    return [pod for pod in (listed["items"] if listed else []) if not gone(pod)]
