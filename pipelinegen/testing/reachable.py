"""Whether something listens where a person says that a dependency runs."""

from __future__ import annotations

import socket
import time

from pipelinegen.containers.sources import hidden
from pipelinegen.errors import OutsideError
from pipelinegen.testing.objects import Dependency

# Seconds. A deployment may need a moment to come up; a wrong address should be told soon.
DEADLINE = 10.0
_BETWEEN = 0.2


def check(found: Dependency, seconds: float = DEADLINE) -> None:
    """Wait until its port takes connections.

    Args:
        found: the dependency; one whose port is not known is not asked.
        seconds: how long at most.

    Raises:
        OutsideError: nothing listens there.
    """
    if not found.port:
        return
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((found.host, found.port), timeout=5).close()
            return
        except socket.gaierror as error:
            raise _down(found, f"its host is not known ({error.strerror})") from None
        except OSError as error:
            if time.monotonic() > until:
                raise _down(found, str(error.strerror or error)) from None
        time.sleep(_BETWEEN)


def _down(found: Dependency, why: str) -> OutsideError:
    return OutsideError(
        f"{found.name} does not answer at {hidden(found.url)} (from {found.source}): {why}\n"
        "      = start it, or name another URL"
    )
