"""A Helm release in one cluster: its revisions, and how it gets to another one.

https://helm.sh/docs/helm/helm_upgrade/
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelinegen.config.merge import Data
from pipelinegen.deploy.access import ClusterError
from pipelinegen.deploy.target import (
    OURS,
    Image,
    Target,
    chart,
    overrides,
    values_arguments,
)

# Revisions that helm keeps: enough to go back behind a row of failed attempts.
HISTORY = 20
# A helm that was killed leaves its release so; helm then refuses every further step.
PENDING = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")


@dataclass(frozen=True)
class Revision:
    """One revision of a release.

    Args:
        number: counted from 1.
        status: helm's word for it, such as ``deployed`` or ``superseded``.
        description: who made it, and why.
    """

    number: int
    status: str
    description: str = ""

    @property
    def pending(self) -> bool:
        """Whether helm has not come to its end."""
        return self.status in PENDING

    @property
    def was_there(self) -> bool:
        """Whether it was deployed once."""
        return self.status in ("deployed", "superseded")

    @property
    def ours(self) -> bool:
        """Whether pipelinegen made it; what a rollback is called helm decides."""
        return self.description.startswith((OURS, "Rollback to "))


@dataclass(frozen=True)
class Release:
    """What is deployed, or was last tried.

    Args:
        revision: its number.
        status: helm's word for it.
        updated: when, as helm writes it (RFC 3339).
        values: the values that it was given.
        manifest: its objects.
    """

    revision: int
    status: str
    updated: str
    values: Any
    manifest: str

    @property
    def image(self) -> Image:
        """Its image; the digest is empty where it was given in another way."""
        found = self.values.get("image", {})
        return Image(found.get("digest", ""), found.get("tag", ""))


def current(target: Target) -> Release | None:
    """The release as it is; None: there is none.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    try:
        text = target.access.helm("status", target.release, "--output", "json")
    except ClusterError as error:
        if "release: not found" in error.said:
            return None
        raise
    found = json.loads(text)
    info = found["info"]
    config, objects = found.get("config") or {}, found.get("manifest") or ""
    return Release(found["version"], info["status"], info["last_deployed"], config, objects)


def history(target: Target, *, to_the_end: bool = False) -> list[Revision]:
    """The revisions of a release, oldest first; empty when there is none.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    asked = ["history", target.release, "--max", str(HISTORY), "--output", "json"]
    try:
        text = target.access.helm(*asked, to_the_end=to_the_end)
    except ClusterError as error:
        if "release: not found" in error.said:
            return []
        raise
    return [
        Revision(int(entry["revision"]), entry["status"], entry.get("description", ""))
        for entry in json.loads(text)
    ]


@contextmanager
def _last_values(target: Target, image: Image, more: Data | None) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory(prefix="pipelinegen-") as scratch:
        last = Path(scratch) / "values.json"
        last.write_text(overrides(target, image, more), "utf-8")
        yield values_arguments(target, last)


def render(target: Target, image: Image) -> str:
    """The manifests that a deployment brings.

    Raises:
        ClusterError: helm refuses the values.
    """
    with _last_values(target, image, None) as values:
        return target.access.helm("template", target.release, chart(), *values)


def upgrade(
    target: Target,
    image: Image,
    why: str,
    more: Data | None = None,
    labels: dict[str, str] | None = None,
) -> int:
    """Install or upgrade; returns when the API server has it, ready or not.

    Args:
        target: where.
        image: what.
        why: the description that the revision gets.
        more: values that win over all others.
        labels: labels of the release itself.

    Returns:
        The release's revision now.

    Raises:
        ClusterError: helm or the cluster refuses.
    """
    command = ["upgrade", target.release, chart(), "--install", "--reset-values"]
    # What somebody has changed by hand since goes back to what the file says.
    command += ["--force-conflicts", "--history-max", str(HISTORY), "--description", OURS + why]
    if labels:
        command += ["--labels", ",".join(f"{key}={text}" for key, text in labels.items())]
    with _last_values(target, image, more) as files:
        made = json.loads(target.access.helm(*command, *files, "--output", "json"))
    return int(made["version"])


def rollback(target: Target, revision: int) -> None:
    """Back to a revision; its content becomes a new one.

    Raises:
        ClusterError: helm or the cluster refuses.
    """
    command = ["rollback", target.release, str(revision), "--force-conflicts"]
    target.access.helm(*command, "--history-max", str(HISTORY), to_the_end=True)


def uninstall(target: Target) -> None:
    """Remove the release with all of its objects; that there is none is as good.

    Raises:
        ClusterError: helm or the cluster refuses.
    """
    target.access.helm(
        "uninstall", target.release, "--ignore-not-found", "--wait", "--timeout", "2m",
        seconds=150, to_the_end=True,
    )  # fmt: skip


def recover(target: Target, found: list[Revision], before: int) -> str:
    """Get a release out of a step that helm has not ended; nobody else may be at it.

    Args:
        target: the release.
        found: its revisions.
        before: the revision that was good; 0: there is none.

    Returns:
        What was done, for people; empty when it was not stuck.

    Raises:
        ClusterError: helm or the cluster refuses.
    """
    if not found or not found[-1].pending:
        return ""
    stuck = found[-1]
    there = [revision.number for revision in found if revision.was_there]
    if not there:
        uninstall(target)
        return f"removed the first revision, which was left {stuck.status}"
    rollback(target, before or there[-1])
    return f"went back to revision {before or there[-1]} from one that was left {stuck.status}"
