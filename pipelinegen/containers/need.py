"""What is to be brought up: one dependency, decided before Docker is asked for anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelinegen.config.dependency import Dependency
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

    @property
    def url(self) -> str:
        """Its URL as other containers on the run's network have it."""
        recipe = self.recipe
        return recipe.url.format(host=self.name, port=self.port, part=recipe.part)


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
