"""Where the bytes of a config file come from: the disk or the network."""

from __future__ import annotations

from pathlib import Path

from pipelinegen.config import FILE
from pipelinegen.errors import InputError, OutsideError, Problem

TIMEOUT_SECONDS = 15
_MOST_NAMES = 3
_MOST_BYTES = 2 * 1024 * 1024


def read(file: Path) -> bytes:
    """The content of a file.

    Raises:
        InputError: it is not there, or may not be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        hint = _made(file) if file.name == FILE else "check its path"
        raise InputError([Problem(str(file), 0, 0, "there is no such file", hint)]) from None
    except OSError as error:
        raise InputError([Problem(str(file), 0, 0, f"cannot be read: {error.strerror}")]) from None


def _made(file: Path) -> str:
    """What to do without a pipeline.yaml: a monorepo has them below its top."""
    top = file.parent
    below = sorted({*top.glob(f"*/{FILE}"), *top.glob(f"*/*/{FILE}")})
    if not below:
        return "run `pipelinegen init` in the service's folder"
    names = ", ".join(str(each.parent.relative_to(top)) for each in below[:_MOST_NAMES])
    more = f" and {len(below) - _MOST_NAMES} more" if len(below) > _MOST_NAMES else ""
    return f"there are services below: name the folder of one ({names}{more})"


def fetch(url: str) -> bytes:
    """What a URL answers.

    Raises:
        OutsideError: nothing, or an error.
    """
    import http.client
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
            return bytes(answer.read(_MOST_BYTES))
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, urllib.request.HTTPError):
            with error:
                reason: object = f"the server answers {error.code} {error.reason}"
        else:
            reason = getattr(error, "reason", error)
        raise OutsideError(
            f"{url}: the platform cannot be fetched: {reason}\n"
            "      = check the address and your network, or name a local path"
        ) from None
