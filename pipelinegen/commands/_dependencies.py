"""What the commands share that bring dependencies up: options, and the way from them to URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config
    from pipelinegen.containers.group import Containers
    from pipelinegen.containers.sources import Sources

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[float]):
    """A length of time such as ``90m``; the value is in seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds."""
        if isinstance(value, int | float):
            return float(value)
        found = re.fullmatch(r"([1-9][0-9]*)([smhd])", str(value))
        if not found:
            self.fail(f"`{value}` is not a length of time: write 90m, 2h or 1d", param, ctx)
        return float(int(found[1]) * _UNITS[found[2]])


class Address(click.ParamType[str]):
    """``host:port``."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """It, unchanged."""
        from pydantic_core import PydanticCustomError

        from pipelinegen.config.monitoring import address

        try:
            return address(str(value))
        except PydanticCustomError as error:
            self.fail(error.message(), param, ctx)


Command = Callable[..., Any]


def dependency_options(command: Command) -> Command:
    """The options that say where dependencies run, from which images, and where logs go."""
    for option in (
        click.option(
            "--gelf",
            type=Address(),
            metavar="HOST:PORT",
            help="Send the services' logs to this GELF UDP input, as Docker's machine reaches it.",
        ),
        click.option(
            "--without-service",
            is_flag=True,
            help="Bring up the dependencies alone, not the service.",
        ),
        click.option("--image", metavar="IMAGE", help="The service's image; default: it is built."),
        click.option(
            "--dependency-file",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help="Take URLs from the variables in this file (NAME=value lines).",
        ),
        click.option(
            "--dependency-image",
            multiple=True,
            metavar="NAME=IMAGE",
            help="Start that image; NAME is a dependency or a type.",
        ),
        click.option(
            "--dependency-url",
            multiple=True,
            metavar="NAME=URL",
            help="Use what runs there instead of a container.",
        ),
    ):
        command = option(command)
    return command


def up(config: Config, containers: Containers, said: dict[str, Any]) -> dict[str, str]:
    """Bring up what is not running elsewhere.

    Args:
        config: the service.
        containers: the run.
        said: the options above.

    Returns:
        The URLs that a person has named, by variable.

    Raises:
        PipelinegenError: something does not come up.
    """
    from pipelinegen.containers.need import formatted
    from pipelinegen.containers.sources import read
    from pipelinegen.containers.system import build_service, wanted
    from pipelinegen.run.checkout import checkout

    sources = read(
        said["dependency_url"], said["dependency_image"], said["dependency_file"], os.environ
    )
    urls = _urls(config, sources)
    image = said["image"]
    migrates = any(each.migrate for each in config.model.dependencies.values())
    if image is None and (migrates or not said["without_service"]):
        image = build_service(config, containers.daemon, checkout(config).build, tell)
    service = not said["without_service"]
    needs = wanted(config, containers.label, image, urls, sources.image, service=service)
    containers.get_all(needs)
    given = [(config.model.dependencies[name], url) for name, url in urls.items()]
    return {said.env: formatted(url, said.format) for said, url in given if said.env}


def _urls(config: Config, sources: Sources) -> dict[str, str]:
    """Where dependencies run already, by their names."""
    from pipelinegen.errors import PipelinegenError

    known = config.model.dependencies
    for name in sources.urls:
        if name not in known:
            raise PipelinegenError(
                f"--dependency-url {name}=…: {config.file} has no dependency `{name}`"
            )
    found = {
        name: sources.url(name, None if each.format else each.env) for name, each in known.items()
    }
    return {name: given.value for name, given in found.items() if given}


def tell(line: str) -> None:
    """A line about what goes on."""
    click.echo(line, err=True)
