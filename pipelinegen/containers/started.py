"""A dependency that is up: how it is reached, and the parts of it that belong to one test."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pipelinegen.containers.daemon import errors
from pipelinegen.containers.need import Need
from pipelinegen.errors import OutsideError

if TYPE_CHECKING:
    from docker.models.containers import Container

LAST_LINES = 20


class DependencyError(OutsideError):
    """A dependency did not come up, or cannot do what is asked of it."""


@dataclass(frozen=True, eq=False)
class Started:
    """A container that takes connections.

    Args:
        need: what it is.
        image: the image that it runs, a mirror's prefix included.
        container: the container.
        host: where this process reaches it.
        port: the port there.
    """

    need: Need
    image: str
    container: Container
    host: str
    port: int

    def url(self, part: str | None = None) -> str:
        """The URL as this process has it.

        Args:
            part: what `own` made; None: what all share.
        """
        return self.need.url(self.host, self.port, part)

    def own(self, who: str) -> str:
        """Make a part for one test alone: a database, a virtual host, a bucket, …

        Args:
            who: what its name begins with: lower-case letters, digits and `_`.

        Returns:
            Its name.

        Raises:
            DependencyError: the server refuses.
        """
        name = f"{who}_{uuid.uuid4().hex[:8]}"
        if self.need.type == "s3":
            name = name.replace("_", "-")  # a bucket's name is one of DNS
        if self.need.type == "aws":
            name = str(uuid.uuid4().int)[:12]  # an account's number
        if self.need.recipe.make:
            name = self.run(self.need.recipe.make, {"PART": name}).strip() or name
        return name

    def drop(self, part: str) -> None:
        """Remove what `own` made, if that can be done: in the end the container goes."""
        if self.need.recipe.drop:
            with contextlib.suppress(DependencyError, *errors()):
                self.run(self.need.recipe.drop, {"PART": part})

    def run(self, script: str, env: dict[str, str] | None = None) -> str:
        """Run a shell command in the container.

        Returns:
            What it printed.

        Raises:
            DependencyError: its exit code is not 0.
        """
        done = self.container.exec_run(["sh", "-c", script], environment=env or {}, demux=True)
        streams = cast("tuple[bytes | None, bytes | None]", done.output)
        out, err = ((stream or b"").decode(errors="replace") for stream in streams)
        if done.exit_code:
            raise DependencyError(
                f"{self.need.name} ({self.image}): `{script}` ended with {done.exit_code}\n"
                f"{(err or out).strip()}"
            )
        return out

    def logs(self, since: float | None = None, lines: int | None = None) -> str:
        """What the container has printed.

        Args:
            since: from then on, in seconds since 1970.
            lines: at most that many, the last ones.
        """
        found = self.container.logs(
            since=since,
            tail=lines if lines is not None else "all",
        )
        return str(found.decode(errors="replace"))
