"""What Jenkins' remote API can show: `_class` and the exported properties are in fields.py."""

from __future__ import annotations


class Bean:
    """An object of Jenkins with exported properties."""

    java_class: str = ""
    """The `_class` of its JSON; without one there is none."""
