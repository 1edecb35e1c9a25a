"""Containers that only seem to be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from pipelinegen.containers.need import Need
from pipelinegen.containers.started import Started

if TYPE_CHECKING:
    from docker.models.containers import Container


@dataclass
class FakeContainer:
    """A container that remembers what it was told to run.

    Args:
        status: what Docker says of it.
        code: the exit code of what runs in it, and its own.
        printed: what commands print.
        failed: what they print as errors.
        log: what it has printed itself.
    """

    status: str = "running"
    code: int = 0
    printed: str = ""
    failed: str = ""
    log: str = ""
    ran: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def attrs(self) -> dict[str, Any]:
        return {"State": {"ExitCode": self.code}}

    def reload(self) -> None:
        """It stays as it is."""

    def exec_run(
        self, command: list[str], environment: Mapping[str, str], demux: bool
    ) -> SimpleNamespace:
        assert command[:2] == ["sh", "-c"]
        assert demux
        self.ran.append((command[2], environment))
        streams = tuple(text.encode() or None for text in (self.printed, self.failed))
        return SimpleNamespace(exit_code=self.code, output=streams)

    def put_archive(self, folder: str, content: bytes) -> None:
        assert content
        self.files.append(folder)

    def logs(self, since: object, tail: int | str) -> bytes:
        lines = self.log.splitlines()
        return "\n".join(lines if tail == "all" else lines[-int(tail) :]).encode()


def started(
    need: Need, container: FakeContainer | None = None, host: str = "localhost", port: int = 1234
) -> Started:
    """A need as if it were up."""
    found = cast("Container", container or FakeContainer())
    return Started(need, need.image, found, host, port)
