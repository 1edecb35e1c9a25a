"""What a cluster says of pods that do not run: their state, events, and last log lines."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from pipelinegen.deploy.access import ClusterError
from pipelinegen.deploy.ready import is_ready, pods_of
from pipelinegen.deploy.target import Target

PODS = 2
EVENTS = 8
LOG_LINES = 20


def why(target: Target) -> str:
    """The states, events and last log lines of the pods that are not ready; of all when all are.

    What cannot be had is left out: this is said while something else has failed.
    """
    try:
        pods = pods_of(target, to_the_end=True)
        troubled = [pod for pod in pods if not is_ready(pod)] or pods
        lines = _events(target)
        for pod in troubled[:PODS]:
            lines += [f"pod {_name(pod)}: {_state(pod)}", *_log(target, pod)]
    except ClusterError as error:
        return f"what its pods say is not known: {error.said}"
    return "\n".join(lines)


def _name(pod: Any) -> str:
    return str(pod["metadata"]["name"])


def _state(pod: Any) -> str:
    """What the pod's container does, and how it ended before."""
    status = pod.get("status", {})
    found: list[str] = []
    for container in status.get("containerStatuses", []):
        for name in ("state", "lastState"):
            for kind, detail in container.get(name, {}).items():
                words = [detail.get("reason", ""), detail.get("message", "")]
                if kind == "terminated":
                    words.append(f"exit code {detail.get('exitCode')}")
                found.append(": ".join([kind, *filter(None, words)]))
        found.append(f"{container.get('restartCount', 0)} restarts")
    for condition in status.get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            found.append(f"not scheduled: {condition.get('message', '')}")
    return ", ".join(found) or str(status.get("phase", "unknown"))


def _events(target: Target) -> list[str]:
    """The last warnings about the release's objects."""
    found: dict[str, None] = {}
    for event in _about(target, "--field-selector", "type=Warning"):
        about = event["involvedObject"]
        text = f"{about['kind']}/{about['name']}: {event['reason']}: {event['message'].strip()}"
        found.pop(text, None)
        found[text] = None
    return [f"event {text}" for text in list(found)[-EVENTS:]]


def _about(target: Target, *which: str) -> list[Any]:
    """The events about the release's objects, oldest first."""
    chosen = f"app.kubernetes.io/instance={target.release}"
    listed = target.access.get("deployments,replicasets,pods", "-l", chosen, to_the_end=True)
    names = {target.release, *(_name(item) for item in (listed["items"] if listed else []))}
    events = target.access.get("events", *which, to_the_end=True)
    about = [e for e in (events["items"] if events else []) if e["involvedObject"]["name"] in names]
    return sorted(about, key=_when)


def _when(event: Any) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")


def _log(target: Target, pod: Any) -> list[str]:
    """The log of the container, and of the one before when it has restarted."""
    asked = ["logs", _name(pod), f"--tail={LOG_LINES}"]
    statuses = pod.get("status", {}).get("containerStatuses", [])
    restarted = any("terminated" in each.get("lastState", {}) for each in statuses)
    for which in (["--previous"] if restarted else [], []):
        with contextlib.suppress(ClusterError):
            text = target.access.kubectl(*asked, *which, to_the_end=True)
            # The kubelet keeps only the last containers, and says so in place of their log.
            if not text.startswith("unable to retrieve container logs"):
                return [f"  │ {line}" for line in text.splitlines()]
    return []


def archive(target: Target) -> dict[str, str]:
    """Everything that its pods have printed, and what happened to them, by file name.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    found: dict[str, str] = {}
    pods = pods_of(target, to_the_end=True)
    for pod in pods:
        for which in ("", "previous"):
            asked = ["logs", _name(pod), "--timestamps", *(["--previous"] if which else [])]
            try:
                text = target.access.kubectl(*asked, to_the_end=True)
            except ClusterError:
                continue  # it has not started, or was never restarted
            found[f"{_name(pod)}{'.' + which if which else ''}.log"] = text
    found["events.json"] = json.dumps(_about(target), indent=2, ensure_ascii=False) + "\n"
    return found
