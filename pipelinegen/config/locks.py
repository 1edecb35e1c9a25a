"""Keys that a platform locks, and the services that set one all the same."""

from __future__ import annotations

from typing import Any

from pipelinegen.config.document import Document, Path
from pipelinegen.config.effective import SETTINGS
from pipelinegen.config.faults import dotted
from pipelinegen.config.platform import Platform
from pipelinegen.errors import Problem


def locked(document: Document, platform: Platform, owner: Document | None) -> list[Problem]:
    """A problem for every locked key that a service sets, or takes away from the defaults."""
    name = f" ({owner.path})" if owner and owner is not document else ""
    hint = "remove it here; the platform's owners decide it"
    found: list[Problem] = []
    for key in platform.locked:
        for steps in _everywhere(tuple(key.split("."))):
            for path in _matches(document.data, steps, platform.defaults):
                message = f"`{dotted(path)}` is locked by the platform{name}"
                if len(path) < len(steps):
                    message = f"null removes `{key}`, which is locked by the platform{name}"
                found.append(document.place(path).problem(message, hint, at_key=True))
    return found


def _everywhere(key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The key, and where regions, accounts and clusters override it."""
    if len(key) < 2 or key[0] != "deploy" or key[1] not in SETTINGS:
        return [key]
    places = ("regions", "accounts", "clusters")
    return [key, *(("deploy", place, "*", *key[1:]) for place in places)]


def _matches(data: Any, steps: tuple[str, ...], defaults: Any, done: Path = ()) -> list[Path]:
    if not steps:
        return [done]
    if not isinstance(data, dict):
        return [done] if data is None and defaults else []
    names = list(data) if steps[0] == "*" else [steps[0]] if steps[0] in data else []
    below = defaults if isinstance(defaults, dict) else {}
    return [
        path
        for name in names
        for path in _matches(data[name], steps[1:], below.get(name), (*done, name))
    ]
