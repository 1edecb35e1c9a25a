"""Waiting until a container takes connections, and saying why when it does not."""

from __future__ import annotations

import http.client
import threading
import time

from pipelinegen.containers.daemon import errors, reason
from pipelinegen.containers.started import LAST_LINES, DependencyError, Started

# Seconds. Long enough for a cold Kafka on a busy agent.
DEADLINE = 120.0
_BETWEEN = 0.1


def wait(
    started: Started, stop: threading.Event | None = None, *, seconds: float = DEADLINE
) -> None:
    """Wait until it is ready.

    Args:
        started: the container.
        stop: ends the waiting when it is set.
        seconds: how long at most.

    Raises:
        DependencyError: it ended, or was not ready in time; with the last lines of its log.
    """
    check = _command if started.need.recipe.healthy else _http
    pause = stop or threading.Event()
    until = time.monotonic() + seconds
    while why := check(started):
        started.container.reload()
        if started.container.status != "running":
            code = started.container.attrs["State"]["ExitCode"]
            raise failure(started, f"ended with {code}")
        if time.monotonic() > until:
            raise failure(started, f"was not ready after {seconds:g} s: {why}")
        if pause.wait(_BETWEEN):
            raise DependencyError(f"{started.need.name} ({started.image}): stopped")


def failure(started: Started, what: str) -> DependencyError:
    """The error for a container that does not do what it should, with the end of its log."""
    lines = started.logs(lines=LAST_LINES).rstrip()
    log = "\n".join(f"    {line}" for line in lines.splitlines()) or "    (nothing)"
    hint = "check its image and version, and what it is told by its environment"
    return DependencyError(
        f"{started.need.name} ({started.image}) {what}\n"
        f"  The last lines of its log:\n{log}\n"
        f"      = {hint}; `docker run --rm {started.image}` shows it by itself"
    )


def _command(started: Started) -> str:
    try:
        started.run(started.need.recipe.healthy)
    except DependencyError as error:
        return str(error).partition("\n")[2] or "its check fails"
    except errors() as error:  # it may be ending: what became of it is seen next
        return reason(error)
    return ""


def _http(started: Started) -> str:
    """Why it does not answer; the path ``/`` may answer anything, a health path has to be well."""
    if not started.port:
        return ""  # it listens on none
    return probe(started.host, started.port, started.need.health)


def probe(host: str, port: int, path: str) -> str:
    """Ask an HTTP server once.

    Returns:
        Why it is not ready; empty when it is.
    """
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer on port {port} ({error or type(error).__name__})"
    finally:
        connection.close()
    if path != "/" and not 200 <= status < 400:
        return f"{path} answers {status}"
    return ""
