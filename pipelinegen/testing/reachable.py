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
# Waiting does not mend it.
_UNKNOWN = "its host is not known"


def check(found: Dependency, seconds: float = DEADLINE) -> None:
    """Wait until one of its ports takes connections.

    Args:
        found: the dependency; one whose port is not known is not asked.
        seconds: how long at most.

    Raises:
        OutsideError: nothing listens there.
    """
    until = time.monotonic() + seconds
    while reason := _refused(found):
        if time.monotonic() > until or reason.startswith(_UNKNOWN):
            raise _down(found, reason)
        time.sleep(_BETWEEN)


def _refused(found: Dependency) -> str:
    """Why none of its hosts takes a connection; empty when one does."""
    reason = ""
    for host, port in found.addresses:
        try:
            if port:
                socket.create_connection((host, port), timeout=5).close()
            return ""
        except socket.gaierror as error:
            reason = f"{_UNKNOWN} ({error.strerror})"
        except UnicodeError:
            reason = f"{_UNKNOWN} (it is no name)"
        except OSError as error:
            reason = str(error.strerror or error)
    return reason


def _down(found: Dependency, why: str) -> OutsideError:
    return OutsideError(
        f"{found.name} does not answer at {hidden(found.url)} (from {found.source}): {why}\n"
        "      = start it, or name another URL"
    )
