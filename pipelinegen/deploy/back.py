"""Bringing a release back to a revision that was good."""

from __future__ import annotations

from collections.abc import Callable

from pipelinegen.deploy.lease import Lease, State, now
from pipelinegen.deploy.ready import Pods, wait_ready
from pipelinegen.deploy.release import current, history, recover, rollback, uninstall
from pipelinegen.deploy.target import Target


def restore(
    target: Target, lease: Lease, before: int, minutes: float, tell: Callable[[str], None]
) -> int:
    """Bring a release back to a revision, and wait until its pods are ready.

    Args:
        target: the release.
        lease: the right to change it.
        before: the revision; 0: there was no release, so it is removed.
        minutes: how long the pods may take.
        tell: is told how far it is.

    Returns:
        The release's revision now; 0: it is removed.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
        NotReady: the pods do not become ready.
    """
    lease.check()
    tell("going back")
    recover(target, history(target, to_the_end=True), before)
    if not before:
        uninstall(target)
        lease.keep(State())
        return 0
    rollback(target, before)
    wait_ready(target, minutes, pods_teller(tell))
    release = current(target)
    assert release is not None, "it was there a moment ago"
    image = release.image
    lease.keep(State(release.revision, image.digest, image.version, 0, lease.holder, now()))
    return release.revision


def pods_teller(tell: Callable[[str], None]) -> Callable[[Pods], None]:
    """Tells how many pods are ready."""
    return lambda pods: tell(pods.text)
