"""What a service tells others of itself: how it is started beside their tests.

It is a file that becomes a label of the image. So whoever depends on the service needs neither its
repository nor its pipeline.yaml.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError

from pipelinegen.config.base import Model
from pipelinegen.config.dependency import Dependency
from pipelinegen.config.effective import settings
from pipelinegen.config.loaded import Config
from pipelinegen.config.names import DependencyName, EnvName, UrlPath
from pipelinegen.errors import Refused

FILE = ".pipelinegen/service.json"

# Of a dependency: what is needed to start it. Where it is deployed is nobody's business here, and
# its init files are not in the image.
_KEYS = {"type", "version", "image", "env", "port", "health", "migrate", "format"}


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


class Published(Model):
    """What an image says of its service; a key that this version does not know is not read."""

    model_config = ConfigDict(extra="ignore")

    port: Annotated[int, Field(ge=1, le=65535)] | None = 8080
    health: UrlPath | None = None
    env: dict[EnvName, str] = Field(default_factory=dict)
    dependencies: dict[DependencyName, Dependency] = Field(default_factory=dict)


def published(image: str, label: str) -> Published:
    """What an image's label says.

    Raises:
        Refused: the label is not one that this version understands.
    """
    try:
        return Published.model_validate_json(label)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise Refused(
            f"{image}: its label `pipelinegen.about` is not understood: {where}: {first['msg']}\n"
            "      = build that image with this version of pipelinegen"
        ) from None
