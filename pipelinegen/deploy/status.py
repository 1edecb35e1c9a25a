"""What runs in a cluster, and whether that is what the file says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pipelinegen.deploy.access import ClusterError
from pipelinegen.deploy.changes import changes
from pipelinegen.deploy.lease import read_state
from pipelinegen.deploy.ready import look
from pipelinegen.deploy.release import current
from pipelinegen.deploy.target import Target


@dataclass(frozen=True)
class Status:
    """What runs in a cluster.

    Args:
        cluster: its name.
        account: its account.
        region: its region.
        state: helm's word for the release, ``nothing`` or ``no answer``.
        revision: the release's revision.
        version: what people call what runs.
        digest: its image's digest.
        verified: whether that revision was verified.
        ready: pods that take traffic.
        wanted: pods that there should be.
        updated: when it was deployed (RFC 3339).
        drift: what differs from what the file says, an object a line.
        why: why nothing is known.
    """

    cluster: str
    account: str
    region: str
    state: str
    revision: int = 0
    version: str = ""
    digest: str = ""
    verified: bool = False
    ready: int = 0
    wanted: int = 0
    updated: str = ""
    drift: tuple[str, ...] = ()
    why: str = ""

    @property
    def age(self) -> str:
        """How long ago it was deployed, for people."""
        if not self.updated:
            return ""
        then = datetime.fromisoformat(self.updated)
        seconds = int((datetime.now(UTC) - then.astimezone(UTC)).total_seconds())
        for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
            if seconds >= 2 * length:
                return f"{seconds // length}{unit}"
        return f"{max(seconds, 0)}s"

    @property
    def data(self) -> dict[str, Any]:
        """It for a machine."""
        return asdict(self)


def status(target: Target) -> Status:
    """What runs in a cluster; one that does not answer is told, and is no error."""
    site = target.site
    where = (site.name, site.account, site.region)
    try:
        now = current(target)
        if now is None:
            return Status(*where, "nothing")
        image = now.image
        pods, _ = look(target)
        drift = changes(target, image, now).objects if image.digest else ()
        state = read_state(target)
    except ClusterError as error:
        return Status(*where, "no answer" if error.gone else "refused", why=error.said)
    return Status(
        *where,
        now.status,
        now.revision,
        image.version,
        image.digest,
        state.revision == now.revision and state.image == image.digest,
        pods.ready,
        pods.wanted,
        now.updated,
        tuple(change.title for change in drift),
    )
