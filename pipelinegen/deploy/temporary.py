"""Temporary releases: a changed service beside the deployed one, for its system tests.

Its objects have the release's own name, and the Service's selector has that name in it: the
deployed one's traffic does not come here.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipelinegen.config.loaded import Config
from pipelinegen.config.merge import Data
from pipelinegen.config.platform import TemporaryIngress
from pipelinegen.containers.sources import Given
from pipelinegen.deploy.access import Access, ClusterError
from pipelinegen.deploy.ready import wait_ready
from pipelinegen.deploy.release import history, recover, upgrade
from pipelinegen.deploy.target import Image, Target
from pipelinegen.deploy.why import archive

TEMPORARY = "pipelinegen/temporary"
LABELS = ("service", "build", "branch", "expires")


@dataclass(frozen=True)
class Temporary:
    """A temporary release that is there.

    Args:
        release: its name.
        service: whose it is.
        build: the build that made it.
        branch: the branch that was built.
        expires: when it may be removed, in seconds since 1970.
        status: helm's word for it.
    """

    release: str
    service: str
    build: str
    branch: str
    expires: int
    status: str

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires < time.time()


def release_name(service: str, build: str) -> str:
    """The name of a build's temporary release."""
    return f"{service}-t-{hashlib.sha256(build.encode()).hexdigest()[:8]}"


def label(text: str) -> str:
    """A text as a label's value.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
    """
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text)[:63].strip("_.-")


def target_of(target: Target, service: str, build: str) -> Target:
    """The temporary release of a build, in the cluster of the deployed one."""
    return replace(target, release=release_name(service, build))


def up(
    config: Config,
    target: Target,
    image: Image,
    labels: Mapping[str, str],
    urls: Mapping[str, Given],
    ingress: TemporaryIngress | None,
    tell: Callable[[str], None],
) -> None:
    """Bring it up, and wait until it is ready.

    Args:
        config: the service.
        target: the temporary release.
        image: what runs.
        labels: the build, the branch, and when it expires.
        urls: the dependencies' URLs.
        ingress: how it is reached from outside of the cluster.
        tell: is told how far it is.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
        NotReady: it does not become ready.
    """
    marks = {TEMPORARY: "true", **{f"pipelinegen/{key}": text for key, text in labels.items()}}
    if done := recover(target, history(target), 0):
        tell(done)
    tell(f"installing {target.release}")
    values = _values(config, target, urls, ingress)
    upgrade(target, image, labels["build"], {**values, "labels": marks}, marks)
    wait_ready(target, config.model.deploy.ready_minutes, lambda pods: tell(pods.text))


def host(target: Target, ingress: TemporaryIngress) -> str:
    """Its host name outside of the cluster."""
    return f"{target.release}.{ingress.domain}"


def _values(
    config: Config,
    target: Target,
    urls: Mapping[str, Given],
    ingress: TemporaryIngress | None,
) -> Data:
    """One pod, which nobody scales and the tests reach; named dependencies are found there."""
    values: Data = dict.fromkeys(("autoscaling", "disruptionBudget", "ingress", "networkPolicy"))
    # They are of the service, not of this release.
    values |= dict.fromkeys(("prometheusRule", "dashboards"))
    values["replicas"] = 1
    if ingress:
        how = {"className": ingress.class_name, "tlsSecret": ingress.tls_secret}
        values["ingress"] = {
            "host": host(target, ingress),
            "path": "/",
            "annotations": None,
            **{key: text for key, text in how.items() if text},
        }
    named = {
        variable: given.value
        for name, given in urls.items()
        # What was found in the cluster the release finds there by itself.
        if (variable := config.model.dependencies[name].env) and not _of_cluster(given)
    }
    if named:
        values["env"] = named
        values["secretEnv"] = dict.fromkeys(named)
    return values


def _of_cluster(given: Given) -> bool:
    return given.source.startswith(("the Service ", "the Ingress "))


def listed(access: Access, service: str | None) -> list[Temporary]:
    """The temporary releases in a cluster's namespace, also those that were left half-made.

    Args:
        access: how the cluster is reached.
        service: only its own; None: all.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    chosen = f"owner=helm,{TEMPORARY}=true" + (f",pipelinegen/service={service}" if service else "")
    # Only the labels: a release's content is in there as well, and long.
    shown = '{range .items[*]}{.metadata.labels}{"\\n"}{end}'
    text = access.kubectl("get", "secrets", "-l", chosen, "-o", f"jsonpath={shown}")
    found: dict[str, Temporary] = {}
    for line in sorted(text.splitlines(), key=_version):
        labels = json.loads(line)
        mine = {key: labels.get(f"pipelinegen/{key}", "") for key in LABELS}
        found[labels["name"]] = Temporary(
            labels["name"],
            mine["service"],
            mine["build"],
            mine["branch"],
            int(mine["expires"] or 0),
            labels.get("status", ""),
        )
    return sorted(found.values(), key=lambda each: (each.service, each.expires))


def _version(line: str) -> int:
    return int(json.loads(line).get("version", 0))


def archived(target: Target) -> dict[str, str]:
    """What its pods have printed and what happened to them, by file name; or why it is not known.

    Args:
        target: the temporary release.
    """
    try:
        return archive(target)
    except ClusterError as error:
        return {"not-kept.txt": f"{error}\n"}


def data(found: Temporary) -> dict[str, Any]:
    """It for a machine."""
    return {**found.__dict__, "expired": found.expired}
