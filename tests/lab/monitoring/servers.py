"""Prometheus and Alertmanager running, and what their HTTP APIs say."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.lab.monitoring.programs import install_alertmanager, program

# Seconds.
_STARTS = 60.0
_ENDS = 20.0
_ANSWERS = 30.0
_OFTEN = 0.1

T = TypeVar("T")


@dataclass(frozen=True)
class Server:
    """One that answers.

    Args:
        url: its address, without a slash at its end.
        folder: what it writes, its log ``log`` as well.
    """

    url: str
    folder: Path

    def get(self, path: str, **asked: str | list[str]) -> Any:
        """The answer's JSON."""
        url = f"{self.url}{path}?{urllib.parse.urlencode(asked, doseq=True)}"
        with urllib.request.urlopen(url, timeout=_ANSWERS) as answer:
            return json.load(answer)

    def query(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """Prometheus' answer to an instant query: a list of series with one sample each."""
        when = {} if at is None else {"time": str(at)}
        return list(self.get("/api/v1/query", query=expression, **when)["data"]["result"])

    def query_range(
        self, expression: str, start: float, end: float, step: float
    ) -> list[dict[str, Any]]:
        """Prometheus' answer to a range query: a list of series with their samples."""
        answer = self.get(
            "/api/v1/query_range",
            query=expression,
            start=str(start),
            end=str(end),
            step=str(step),
        )
        return list(answer["data"]["result"])


@contextmanager
def prometheus(
    configuration: Path, folder: Path, *arguments: str, binary: Path | None = None
) -> Iterator[Server]:
    """Prometheus, as long as the block runs.

    Args:
        configuration: its file; other files' names in it are relative to its folder.
        folder: where it may write; metrics that are in ``tsdb`` below it are there.
        arguments: more of its own options.
        binary: another Prometheus than Debian's.

    Raises:
        RuntimeError: it does not start; with the end of its log.
    """
    port = free_port()
    command = [
        str(binary or program("prometheus")),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        *arguments,
    ]
    with _running(command, folder, port, "/-/ready") as server:
        yield server


@contextmanager
def alertmanager(configuration: Path, folder: Path, port: int | None = None) -> Iterator[Server]:
    """Alertmanager, as long as the block runs.

    Args:
        configuration: its file.
        folder: where it may write.
        port: where it listens; default: a free one.

    Raises:
        Missing: it is not installed, and cannot be.
        RuntimeError: it does not start; with the end of its log.
    """
    install_alertmanager()
    port = port or free_port()
    command = [
        str(program("prometheus-alertmanager")),
        f"--config.file={configuration}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with _running(command, folder, port, "/-/ready") as server:
        yield server


@contextmanager
def _running(command: list[str], folder: Path, port: int, path: str) -> Iterator[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    server = Server(f"http://127.0.0.1:{port}", folder)
    with log.open("w") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        until(lambda: process.poll() is not None or _answers(server.url + path), _STARTS)
        if process.poll() is not None:
            raise RuntimeError(f"{command[0]} ended: {log.read_text()[-2000:]}")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_ENDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(condition: Callable[[], T], seconds: float) -> T:
    """What the condition says as soon as it is true.

    Raises:
        TimeoutError: it is not within that time.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(_OFTEN)
    return found


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=_ANSWERS) as answer:
        return bool(answer.status == 200)
    return False


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
