"""What a service tells others of itself: how it is started beside their tests.

It is a file that becomes a label of the image. So whoever depends on the service needs neither its
repository nor its pipeline.yaml.
"""

from __future__ import annotations

import json
from typing import Any

from pipelinegen.config.dependency import Dependency
from pipelinegen.config.effective import settings
from pipelinegen.config.loaded import Config
from pipelinegen.errors import Refused

FILE = ".pipelinegen/service.json"

# Of a dependency: what is needed to start it. Where it is deployed is nobody's business here, and
# its init files are not in the image.
_KEYS = {"type", "version", "image", "env", "port", "health", "migrate"}


def declaration(config: Config) -> dict[str, Any]:
    """What the file holds."""
    found: dict[str, Any] = {"port": config.model.port, **about(config)}
    if config.model.dependencies:
        found["dependencies"] = {
            name: said.model_dump(by_alias=True, exclude_defaults=True, include=_KEYS)
            for name, said in config.model.dependencies.items()
        }
    return found


def about(config: Config) -> dict[str, Any]:
    """How the service is started in any place: its plain variables, and when it is ready."""
    base = settings(config)
    found: dict[str, Any] = {}
    if path := ((base.get("health") or {}).get("readiness") or {}).get("path"):
        found["health"] = path
    env = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (base.get("env") or {}).items()
        if value is not None
    }
    return {**found, "env": env} if env else found


def declared_by(image: str, label: str) -> tuple[dict[str, Any], dict[str, Dependency]]:
    """What an image's label says.

    Returns:
        Port, health path and variables, and the service's own dependencies.

    Raises:
        Refused: the label is not one that this version understands.
    """
    try:
        found = json.loads(label)
        said = {
            name: Dependency.model_validate(each)
            for name, each in found.pop("dependencies", {}).items()
        }
    except (ValueError, AttributeError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"{image}: its label is not understood: {reason}") from None
    return found, said
