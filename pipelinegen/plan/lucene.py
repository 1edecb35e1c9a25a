"""Lucene queries for messages; any text in them is found as it is.

https://lucene.apache.org/core/9_12_0/queryparser/org/apache/lucene/queryparser/classic/package-summary.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

EVERYTHING = "*"
# Without a meaning of its own, in upper case or at its start.
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


def phrase(text: str) -> str:
    """A quoted text, which finds exactly this in a field that is not analysed."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def query(
    services: Sequence[str] = (),
    *,
    level: int | None = None,
    text: str | None = None,
    **fields: str,
) -> str:
    """The query for messages that fulfil all of it; everything when nothing is said.

    Args:
        services: the names of services, of which one is enough.
        level: syslog's number of the least level: 3 is an error and what is worse.
        text: words of the message, one after the other.
        fields: fields, each with its text.
    """
    named = [_value(service) for service in services]
    parts = [f"service:{named[0]}"] if len(named) == 1 else []
    if len(named) > 1:
        parts = [f"service:({' OR '.join(named)})"]
    parts += [f"{name}:{_value(value)}" for name, value in fields.items()]
    if level is not None:
        parts.append(f"level:<={level}")
    if text is not None:
        parts.append(f"message:{phrase(text)}")
    return " AND ".join(parts) or EVERYTHING


def _value(text: str) -> str:
    return text if _PLAIN.match(text) else phrase(text)
