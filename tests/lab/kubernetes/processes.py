"""Processes that outlive the one that starts them: with a log, and a file that names them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

STOP_SECONDS = 5.0
LOG_LINES = 15


class NotUp(Exception):
    """A part of a cluster does not come up; the text names it, with the end of its log."""


class Processes:
    """The processes of one cluster.

    Args:
        folder: where their logs and numbers are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def logs(self) -> dict[str, Path]:
        """The logs that there are, by the process."""
        return {path.stem: path for path in sorted(self._folder.glob("*.log"))}

    def log(self, name: str) -> Path:
        """What a process has printed."""
        return self._folder / f"{name}.log"

    def began(self, name: str) -> float:
        """When a process was started; 0 when it was not."""
        try:
            return (self._folder / f"{name}.pid").stat().st_mtime
        except FileNotFoundError:
            return 0.0

    def running(self, name: str) -> bool:
        """Whether a process is there."""
        number = self._number(name)
        return number is not None and _alive(number, self._noted_start(name))

    def start(self, name: str, command: Sequence[str | Path]) -> None:
        """Start a process, unless it runs."""
        if self.running(name):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
            )
        # Nobody waits for it: it goes on when we are gone, and is no zombie of ours before.
        process.returncode = 0
        (self._folder / f"{name}.pid").write_text(f"{process.pid} {_start_time(process.pid)}")

    def stop(self, *names: str, force: bool = False) -> None:
        """End processes; those that are not there are no matter."""
        for name in names:
            self._signal(name, signal.SIGKILL if force else signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        for name in names:
            while self.running(name):
                if time.monotonic() > until:
                    self._signal(name, signal.SIGKILL)
                time.sleep(0.02)
            (self._folder / f"{name}.pid").unlink(missing_ok=True)

    def wait(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until a process does what it should.

        Raises:
            NotUp: it ended, or takes too long.
        """
        until = time.monotonic() + seconds
        while not ready():
            if not self.running(name) or time.monotonic() > until:
                lines = self.log(name).read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
                state = "takes too long" if self.running(name) else "has ended"
                raise NotUp("\n".join([f"{name} {state}; {self.log(name)}:", *lines]))
            time.sleep(0.1)

    def _signal(self, name: str, which: int) -> None:
        if self.running(name):
            with contextlib.suppress(OSError):
                os.kill(self._number(name) or 0, which)

    def _number(self, name: str) -> int | None:
        return int(found[0]) if (found := self._noted(name)) else None

    def _noted_start(self, name: str) -> str:
        found = self._noted(name)
        return found[1] if len(found) > 1 else ""

    def _noted(self, name: str) -> list[str]:
        try:
            return (self._folder / f"{name}.pid").read_text().split()
        except FileNotFoundError:
            return []


def _start_time(number: int) -> str:
    """When a process began; its number may be another's by now."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _alive(number: int, began: str) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    if state[0] == "Z":
        # Of this process's own children nobody else takes the result.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(number, os.WNOHANG)
        return False
    return state[19] == began
