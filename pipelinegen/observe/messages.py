"""Messages as lines for people."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

import click

# Syslog's numbers, https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1
LEVELS = {"emergency": 0, "alert": 1, "critical": 2, "error": 3, "warning": 4, "notice": 5,
          "info": 6, "debug": 7}  # fmt: skip
_NAMES = {number: name for name, number in LEVELS.items()}
_SERVICES = ("cyan", "magenta", "blue", "yellow", "green")
_WARNING, _ERROR = LEVELS["warning"], LEVELS["error"]


def level_of(message: dict[str, Any]) -> int | None:
    """Syslog's number; None where a message has none."""
    try:
        return int(message["level"])
    except (KeyError, TypeError, ValueError):
        return None


class Lines:
    """Makes lines, each with its columns below those of the one before.

    Args:
        zone: in which times are shown.
        days: whether the day is shown as well.
    """

    def __init__(self, zone: tzinfo | None, *, days: bool) -> None:
        self._zone = zone
        self._days = days
        self._colours: dict[str, str] = {}
        self._widths = [0, 0]

    def line(self, message: dict[str, Any]) -> str:
        """One message: time, service, place, level and text; the rest of a text is indented."""
        service = _plain(message.get("service") or "-")
        place = _plain(message.get("cluster") or message.get("region") or "-")
        self._widths = [max(w, len(t)) for w, t in zip(self._widths, (service, place), strict=True)]
        colour = self._colours.setdefault(service, _SERVICES[len(self._colours) % len(_SERVICES)])
        level = level_of(message)
        name = _NAMES.get(level, "-") if level is not None else "-"
        first, *rest = _lines(str(message.get("message") or ""))
        head = [
            click.style(self._when(str(message.get("timestamp") or "")), dim=True),
            click.style(service.ljust(self._widths[0]), fg=colour),
            place.ljust(self._widths[1]),
            click.style(name.ljust(7), fg=_colour(level)),
        ]
        return "\n".join(["  ".join([*head, first]), *(f"    {line}" for line in rest)])

    def _when(self, timestamp: str) -> str:
        try:
            moment = datetime.fromisoformat(timestamp).astimezone(self._zone)
        except ValueError:
            return _plain(timestamp)
        day = moment.strftime("%Y-%m-%d ") if self._days else ""
        return f"{day}{moment.strftime('%H:%M:%S')}.{moment.microsecond // 1000:03d}"


def _colour(level: int | None) -> str | None:
    if level is None or level > _WARNING:
        return None
    return "red" if level <= _ERROR else "yellow"


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    return [_plain(line.replace("\t", "    ")) for line in lines]


def _plain(text: object) -> str:
    """Text that a terminal obeys in nothing."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(text))
