"""The containers of one run, on one network: found or started, and removed together."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipelinegen.containers import labels, reaper
from pipelinegen.containers.create import Site, alias, create, image_of
from pipelinegen.containers.daemon import connect, errors, told
from pipelinegen.containers.lock import alone
from pipelinegen.containers.need import Need
from pipelinegen.containers.place import place
from pipelinegen.containers.prepare import prepare
from pipelinegen.containers.ready import failure, wait
from pipelinegen.containers.started import DependencyError, Started
from pipelinegen.containers.sweep import remove_run, sweep
from pipelinegen.containers.together import Together

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.networks import Network

DAY = 24 * 3600.0


class Containers:
    """The containers of one run; several processes may have the same run.

    Args:
        run: its name: letters, digits and `-`. Whoever has the same one shares the containers.
        owner: the process that they end with, even if it is killed; None: with none.
        seconds: how long they may live at most.
        tell: gets a line when something takes long.
        gelf: where services send their logs, as host:port of a GELF UDP input; None: nowhere.

    Raises:
        OutsideError: Docker does not answer.
    """

    def __init__(
        self,
        run: str,
        *,
        owner: int | None,
        seconds: float = DAY,
        tell: Callable[[str], None] = lambda line: None,
        gelf: str | None = None,
    ) -> None:
        self.run = run
        self._gelf = gelf
        self._owned = owner is not None
        self._tell = tell
        self._together = Together(self.get)
        # Whether there was something of this run before.
        self.existed = False
        self.marks = labels.marks(run, seconds, owner=owner)
        self.daemon = connect()
        self.client = self.daemon.client
        with told():
            self.place = place(self.client, self.daemon.address)
            sweep(self.client)
            with alone(self.run, "network"):
                self.network = self._join()

    def __enter__(self) -> Containers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, *, keep: bool = False) -> None:
        """End the connection to Docker; unless they are kept, all of the run's containers go."""
        self._together.end()
        if not keep:
            with told():
                remove_run(self.client, self.run)
        self.daemon.client.close()

    def get_all(self, needs: Iterable[Need]) -> dict[str, Started]:
        """Bring up several, side by side where they do not need each other.

        Returns:
            Them by their names.

        Raises:
            DependencyError: one does not come up.
        """
        waiting = {need.name: need for need in needs}
        found: dict[str, Started] = {}
        while waiting:
            ready = [n for n in waiting.values() if not waiting.keys() & set(n.needs)]
            if not ready:
                raise DependencyError(f"{', '.join(waiting)}: each needs another of them first")
            for need, started in zip(ready, self._together.run(ready), strict=True):
                found[need.name] = started
                del waiting[need.name]
        return found

    def get(self, need: Need) -> Started:
        """A dependency: the one that this run has already, or a new one.

        Raises:
            DependencyError: it does not come up; the message has the end of its log.
        """
        with told(), alone(self.run, need.name) as lock, self._once(lock):
            name = self._name(need)
            return self._find(need, name) or self._start(need, name)

    @contextlib.contextmanager
    def _once(self, lock: Path) -> Iterator[None]:
        """What one worker of a run could not bring up the others do not try again."""
        failed = lock.with_suffix(".failed")
        if self._owned and failed.exists():
            raise DependencyError(failed.read_text("utf-8"))
        try:
            yield
        except DependencyError as error:
            if self._owned and not self._together.stopping.is_set():
                failed.write_text(str(error), "utf-8")
            raise

    def label(self, need: Need, label: str) -> str | None:
        """A label of a need's image, which is pulled where it is not there.

        Raises:
            DependencyError: the image cannot be had.
        """
        with told():
            found: str | None = image_of(need, self._tell).labels.get(label)
            return found

    def reach(self, container: Container) -> tuple[str, int]:
        """Where this process reaches a container of the run: host and port, 0 if it has none."""
        said = container.labels
        if not int(said[labels.PORT]):
            return "", 0
        if self.place.container:
            return alias(self.run, said[labels.DEPENDENCY]), int(said[labels.PORT])
        container.reload()
        bound = container.ports.get(f"{said[labels.PUBLISHED]}/tcp")
        return (self._host, int(bound[0]["HostPort"])) if bound else ("", 0)

    def _name(self, need: Need) -> str:
        """Only a container that has been prepared has this name."""
        image = image_of(need, self._tell).id
        told = [need.variable, need.format, need.private]
        logs = self._gelf if need.type == "service" else None
        spec = [image, need.port, need.migrate, dict(need.env), told, logs]
        hashed = hashlib.sha256(json.dumps(spec).encode())
        for file in need.init:
            hashed.update(file.read_bytes())
        return f"pipelinegen-{self.run}-{need.name}-{hashed.hexdigest()[:8]}"

    def _find(self, need: Need, name: str) -> Started | None:
        from docker.errors import NotFound

        try:
            container = self.client.containers.get(name)
        except NotFound:
            self._remove_other(need)
            return None
        if container.status != "running":
            container.remove(force=True, v=True)
            return None
        reaper.hold(self.client, container, lambda: self._host)
        return self._reached(need, container)

    def _remove_other(self, need: Need) -> None:
        """What the run had under this name before its image or its settings changed."""
        marks = [f"{labels.RUN}={self.run}", f"{labels.DEPENDENCY}={need.name}"]
        for old in self.client.containers.list(all=True, filters={"label": marks}):
            old.remove(force=True, v=True)

    def _start(self, need: Need, name: str) -> Started:
        if self._together.stopping.is_set():
            raise DependencyError(f"{need.name}: not started, since another has failed")
        began = time.monotonic()
        self._tell(f"{need.name}: starting {need.image} ({need.source})")
        made = create(need, self._site())
        try:
            started = self._reached(need, made.get_wrapped_container())
            wait(started, self._together.stopping)
            prepare(started, self)
            started.container.rename(name)
            self._tell(f"{need.name}: ready after {time.monotonic() - began:.1f} s")
        except BaseException:
            with contextlib.suppress(*errors()):
                made.stop()
            raise
        return started

    def _reached(self, need: Need, container: Container) -> Started:
        host, port = self.reach(container)
        found = Started(need, str(container.attrs["Config"]["Image"]), container, host, port)
        if need.port and not port:
            raise failure(found, "ended at once")
        return found

    def _site(self) -> Site:
        return Site(
            network=str(self.network.name),
            run=self.run,
            labels=self.marks,
            host=None if self.place.container else self._host,
            reaped=self._owned,
            gelf=self._gelf,
        )

    @cached_property
    def _host(self) -> str:
        return self.place.published(self.network)

    def _join(self) -> Network:
        """The run's network, with this process's own container on it."""
        from testcontainers.core.labels import create_labels

        name = f"pipelinegen-{self.run}"
        found = self.client.networks.list(names=[name])
        network = next((each for each in found if each.name == name), None)
        self.existed = network is not None
        if network is None:
            marks = create_labels("", self.marks) if self._owned else self.marks
            network = self.client.networks.create(name, driver="bridge", labels=marks)
        if here := self.place.container:
            here.reload()
            if name not in here.attrs["NetworkSettings"]["Networks"]:
                network.connect(here, aliases=[name])
        return network
