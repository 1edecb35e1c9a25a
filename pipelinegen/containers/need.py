"""What is to be brought up: one dependency, decided before Docker is asked for anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipelinegen.config.dependency import Dependency
from pipelinegen.containers.sources import hosts
from pipelinegen.errors import PipelinegenError
from pipelinegen.plan.recipes import RECIPES, Recipe

DEFAULT = "the default"
FILE = "pipeline.yaml"


@dataclass(frozen=True)
class Need:
    """A dependency as a container.

    Args:
        name: its name in pipeline.yaml, and its host name on the run's network.
        type: its type there.
        image: the image.
        source: who named the image, for people.
        port: where it listens.
        variable: the environment variable that its URL is for.
        format: how the URL is written there.
        init: the files that are loaded before the first test.
        migrate: a shell command that is run after them.
        folder: where that runs on this machine.
        tools: the image in which it runs instead.
        health: the HTTP path that tells whether it is ready.
        env: more environment variables.
        needs: names of those that have to be there before it.
        private: whether the tests are not told of it: it is another service's own.
    """

    name: str
    type: str
    image: str
    source: str = DEFAULT
    port: int = 0
    variable: str | None = None
    format: str | None = None
    init: tuple[Path, ...] = ()
    migrate: str | None = None
    folder: Path = Path()
    tools: str | None = None
    health: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    private: bool = False

    @property
    def recipe(self) -> Recipe:
        """How its kind is started."""
        return RECIPES[self.type]

    def url(self, host: str, port: int | str, part: str | None = None) -> str:
        """Its URL.

        Args:
            host: where it is reached.
            port: the port there.
            part: the part of one test; None: what all share.
        """
        recipe = self.recipe
        return recipe.url.format(host=host, port=port, part=part or recipe.part)

    def value(self, host: str, port: int | str) -> str:
        """What its variable holds: the URL, as `format` writes it."""
        return formatted(self.url(host, port), self.format, host, str(port))

    @property
    def inside(self) -> str:
        """What its variable holds for other containers on the run's network."""
        return self.value(self.name, self.port)


def formatted(
    url: str, format: str | None, host: str | None = None, port: str | None = None
) -> str:
    """A URL as a variable holds it.

    Args:
        url: the URL.
        format: how it is written, with `PLACES` in it; None: as it is.
        host: its host; None: it is taken from the URL.
        port: its port, likewise.
    """
    if format is None:
        return url
    found = urlsplit(url)
    if host is None:
        host, number = hosts(url)[0]
        port = str(number) if number else ""
    places = {
        "url": url,
        "host": host,
        "port": port or "",
        "user": found.username or "",
        "password": found.password or "",
        "database": found.path.lstrip("/"),
    }
    return re.sub(r"\{(\w+)\}", lambda match: places[match[1]], format)


def need(
    name: str,
    said: Dependency,
    folder: Path,
    override: tuple[str, str] | None = None,
    registry: str | None = None,
) -> Need:
    """A dependency of pipeline.yaml as a container.

    Args:
        name: its name.
        said: what pipeline.yaml says of it.
        folder: the service's folder.
        override: an image that wins over pipeline.yaml's, and who named it.
        registry: where the images of the organisation's services are.

    Raises:
        PipelinegenError: nobody has named its image.
    """
    image, source = override or _image(name, said, registry)
    return Need(
        name,
        said.type,
        image,
        source,
        port=said.port or RECIPES[said.type].port,
        variable=said.env,
        format=said.format,
        init=tuple(folder / file for file in said.init),
        migrate=said.migrate,
        folder=folder,
        health=said.health or "/",
    )


def _image(name: str, said: Dependency, registry: str | None) -> tuple[str, str]:
    if said.image:
        return said.image, FILE
    recipe = RECIPES[said.type]
    if recipe.image:
        source = FILE if said.version else DEFAULT
        return f"{recipe.image}:{said.version or recipe.version}", source
    if said.type == "service" and registry:
        return f"{registry}/{name}:{said.version or 'latest'}", "the platform's registry"
    raise PipelinegenError(
        f"dependencies.{name}: there is no image to start it from\n"
        f"      = write `image:` for it in {FILE}, or say where it runs: "
        f"`--dependency-url {name}=URL`"
    )
