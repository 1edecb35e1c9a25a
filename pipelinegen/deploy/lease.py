"""One deployment of a service to a cluster at a time, and what was found good there.

Both are in a Lease in the service's namespace: a deployment that was killed does not renew it, and
is followed by the next one. https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from pipelinegen.deploy.access import ClusterError
from pipelinegen.deploy.release import Revision
from pipelinegen.deploy.target import Target
from pipelinegen.errors import Refused

# Whose renewal is not seen for so long is dead. Clocks are not compared: changes are.
SECONDS = 30
RENEW_SECONDS = 8.0
POLL_SECONDS = 1.0
STATE = "pipelinegen/state"


@dataclass(frozen=True)
class State:
    """What was found good in a cluster.

    Args:
        revision: the release's revision that was verified; 0: none yet.
        image: its image's digest.
        version: what people call it.
        before: the good revision before that; 0: none is known.
        build: the build that deployed it.
        at: when (RFC 3339).
    """

    revision: int = 0
    image: str = ""
    version: str = ""
    before: int = 0
    build: str = ""
    at: str = ""


def now() -> str:
    """This moment, as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Lease:
    """The right to change a release, while it is held.

    Args:
        target: the release.
        holder: who we are, for others who wait.
    """

    target: Target
    holder: str
    state: State = State()
    lost: str = ""
    _live: Any = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._renewal = threading.Thread(target=self._renew, daemon=True)

    def keep(self, state: State) -> None:
        """Write down what is good now.

        Raises:
            Refused: somebody else took the lease.
            ClusterError: the cluster does not take it.
        """
        self.state = state
        self._write(self.holder)

    def check(self) -> None:
        """See that it is still ours.

        Raises:
            Refused: somebody else took it, since we were not able to renew it.
        """
        if self.lost:
            raise Refused(self.lost)

    def acquire(self, tell: Callable[[str], None]) -> None:
        """Get it; whoever held it and is dead is waited for.

        Raises:
            Refused: somebody else is deploying.
            ClusterError: the cluster does not answer, or refuses.
        """
        first = _read(self.target)
        if first is None:
            self._create()
        else:
            self._take_live(first)
            if holder := first["spec"].get("holderIdentity"):
                tell(f"{holder} was deploying; looking whether it still is")
                self._outlive(first)
            self._write(self.holder)
        self._renewal.start()

    def release(self) -> None:
        """Give it back; that the cluster does not answer is no matter: it runs out by itself."""
        self._ended.set()
        with contextlib.suppress(ClusterError, Refused):
            self._write("")
        self._renewal.join()

    def _renew(self) -> None:
        while not self._ended.wait(RENEW_SECONDS):
            try:
                self._write(self.holder)
            except Refused as error:
                self.lost = str(error)
                return
            except ClusterError:
                continue  # it may answer again, or the next step fails as well

    def _outlive(self, seen: Any) -> None:
        """Wait until a holder has not renewed it for its whole time."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            self.target.access.programs.wait(POLL_SECONDS)
            live = _read(self.target)
            if live is None or not live["spec"].get("holderIdentity"):
                break
            if live["spec"]["renewTime"] != seen["spec"]["renewTime"]:
                raise Refused(
                    f"{self.target.name}: {live['spec']['holderIdentity']} is deploying "
                    f"{self.target.release} there\n      = run this again when it has ended"
                )
        else:
            live = _read(self.target)
        if live is None:
            self._create()
        else:
            self._take_live(live)

    def _take_live(self, live: Any) -> None:
        self._live = live
        text = live["metadata"].get("annotations", {}).get(STATE)
        self.state = State(**json.loads(text)) if text else State()

    def _create(self) -> None:
        text = json.dumps(self._object(self.holder, None))
        access = self.target.access
        try:
            made = access.kubectl("create", "-f", "-", "-o", "json", stdin=text)
        except ClusterError as error:
            if f'namespaces "{access.namespace}" not found' not in error.said:
                raise _theirs(self.target, error) from None
            _make_namespace(self.target)
            made = access.kubectl("create", "-f", "-", "-o", "json", stdin=text)
        self._live = json.loads(made)

    def _write(self, holder: str) -> None:
        """Only when nobody else has written since: the API server compares the version."""
        with self._lock:
            if self._ended.is_set() and holder:
                return
            text = json.dumps(self._object(holder, self._live["metadata"]["resourceVersion"]))
            try:
                self._live = json.loads(
                    self.target.access.kubectl(
                        "replace", "-f", "-", "-o", "json", stdin=text, to_the_end=True
                    )
                )
            except ClusterError as error:
                raise _theirs(self.target, error) from None

    def _object(self, holder: str, version: str | None) -> Any:
        metadata: dict[str, Any] = {
            "name": lease_name(self.target),
            "namespace": self.target.access.namespace,
            "labels": {"app.kubernetes.io/managed-by": "pipelinegen"},
            "annotations": {STATE: json.dumps(asdict(self.state))},
        }
        if version:
            metadata["resourceVersion"] = version
        spec = {"leaseDurationSeconds": SECONDS, "renewTime": now()}
        if holder:
            spec["holderIdentity"] = holder
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": spec,
        }


def lease_name(target: Target) -> str:
    """The Lease of a release."""
    return f"pipelinegen-{target.release}"


def read_state(target: Target) -> State:
    """What was found good in a cluster.

    Raises:
        ClusterError: the cluster does not answer, or refuses.
    """
    live = _read(target)
    text = live["metadata"].get("annotations", {}).get(STATE) if live else None
    return State(**json.loads(text)) if text else State()


@contextlib.contextmanager
def held(target: Target, holder: str, tell: Callable[[str], None]) -> Iterator[Lease]:
    """Hold the lease of a release.

    Raises:
        Refused: somebody else is deploying.
        ClusterError: the cluster does not answer, or refuses.
    """
    lease = Lease(target, holder)
    lease.acquire(tell)
    try:
        yield lease
    finally:
        lease.release()


def good(state: State, found: list[Revision]) -> int:
    """The revision to go back to; 0: there is none.

    Args:
        state: what was verified.
        found: the release's revisions, oldest first.
    """
    there = {revision.number: revision for revision in found if revision.was_there}
    # What somebody has deployed by hand since is meant.
    foreign = [number for number, revision in there.items() if not revision.ours]
    known = [number for number in (state.revision, *foreign) if number in there]
    if known:
        return max(known)
    return max(there, default=0) if state.revision else 0


def _read(target: Target) -> Any:
    try:
        return target.access.get("lease", lease_name(target))
    except ClusterError as error:
        if f'namespaces "{target.access.namespace}" not found' in error.said:
            return None
        raise


def _make_namespace(target: Target) -> None:
    try:
        target.access.kubectl("create", "namespace", target.access.namespace)
    except ClusterError as error:
        if "AlreadyExists" not in error.said:
            raise


def _theirs(target: Target, error: ClusterError) -> Exception:
    if "AlreadyExists" in error.said or "Conflict" in error.said:
        return Refused(
            f"{target.name}: another deployment of {target.release} has begun there\n"
            "      = run this again when it has ended"
        )
    return error
