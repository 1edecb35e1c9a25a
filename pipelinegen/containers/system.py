"""A service and all that it depends on, up on one network, each told where the others are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pipelinegen.config.dependency import Dependency
from pipelinegen.config.loaded import Config
from pipelinegen.containers.build import build, declared
from pipelinegen.containers.daemon import Daemon
from pipelinegen.containers.group import Containers
from pipelinegen.containers.need import Need, need
from pipelinegen.containers.started import Started
from pipelinegen.errors import PipelinegenError, Refused
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.declaration import about, declared_by
from pipelinegen.plan.imagebuild import SERVICE_LABEL, deployed
from pipelinegen.plan.model import Plan, Value

# The variable with the URL of the service under test.
SYSTEM = "SYSTEM_URL"
# Where a container finds what runs on the machine itself.
MACHINE = "host.docker.internal"

Line = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is brought up.

    Args:
        dependencies: what the service depends on, and what that depends on, as containers.
        service: the service under test; None: it is left out.
        variables: where those are that run elsewhere, by variable, as containers see them.
    """

    dependencies: tuple[Need, ...]
    service: Need | None
    variables: Mapping[str, str]


def build_image(config: Config, daemon: Daemon, label: str, line: Line) -> str:
    """Build the image that is deployed, as the stage Image does.

    Args:
        config: the service.
        daemon: which Docker.
        label: who it is built for.
        line: gets the output of a build that takes long, or fails.

    Returns:
        Its name.

    Raises:
        Refused: the Dockerfile is at fault.
        OutsideError: there is no ``docker`` command.
    """
    arguments = _image_step(build_plan(config))
    image, tag = deployed(arguments), f"{arguments['image']}:local"
    command = image.command(tag, label, declared(image, config.top))
    code = build(daemon, command, config.top, line)
    if code:
        raise Refused(f"the image of {config.model.service.name} does not build: see above")
    return tag


def _image_step(plan: Plan) -> Mapping[str, Value]:
    (step,) = [stage.step for stage in plan.stages() if stage.step.call == "buildImage"]
    return step.arguments


def wanted(
    config: Config,
    containers: Containers,
    image: str | None,
    urls: Mapping[str, str],
    override: Callable[[str, str], tuple[str, str] | None] = lambda name, kind: None,
) -> Wanted:
    """Decide what is brought up; images of other services are pulled to see what they need.

    Args:
        config: the service.
        containers: the run.
        image: the service's image; None: it is left out.
        urls: where dependencies run already, by their names.
        override: by name and type, the image that wins over pipeline.yaml's, and who named it.

    Raises:
        PipelinegenError: an image is not named, cannot be had, or is not understood.
    """
    model, platform = config.model, config.platform.model
    registry = platform.registry.url if platform.registry else None
    found: dict[str, Need] = {}

    def add(name: str, said: Dependency, prefix: str, folder: Path) -> Need:
        made = need(name, said, folder, override(name, said.type), registry)
        if said.type != "service":
            made = replace(made, name=f"{prefix}{name}", private=bool(prefix))
        if made.name not in found:
            found[made.name] = made
            if said.type == "service":
                found[made.name] = published(made, said)
        return found[made.name]

    def published(made: Need, said: Dependency) -> Need:
        """A service as its image's label says it is started, with what it needs itself."""
        label = containers.label(made, SERVICE_LABEL)
        if label is None:
            return made
        fields, own = declared_by(made.image, label)
        beside = {name: add(name, each, f"{made.name}-", Path()) for name, each in own.items()
                  if name != model.service.name}  # fmt: skip
        return replace(
            made,
            port=said.port or fields.get("port") or made.port,
            health=said.health or fields.get("health") or made.health,
            env={**fields.get("env", {}), **_variables(beside.values())},
            needs=tuple(each.name for each in beside.values()),
        )

    beside = {name: add(name, said, "", config.root)
              for name, said in model.dependencies.items() if name not in urls}  # fmt: skip
    elsewhere = {
        said.env: seen_from_containers(urls[name])
        for name, said in model.dependencies.items()
        if said.env and name in urls
    }
    service = None
    if image is not None:
        service = _service(config, image, tuple(beside.values()), elsewhere)
    return Wanted(tuple(found.values()), service, elsewhere)


def _service(
    config: Config, image: str, beside: tuple[Need, ...], elsewhere: Mapping[str, str]
) -> Need:
    fields = about(config)
    return Need(
        config.model.service.name,
        "service",
        image,
        "this working tree",
        port=config.model.port or 0,
        variable=SYSTEM,
        health=fields.get("health", "/"),
        env={**fields.get("env", {}), **_variables(beside), **elsewhere},
        needs=tuple(each.name for each in beside),
    )


def _variables(needs: Iterable[Need]) -> dict[str, str]:
    return {each.variable: each.url for each in needs if each.variable}


def seen_from_containers(url: str) -> str:
    """A URL as containers have it: what runs on the machine is not at their localhost."""
    parts = urlsplit(url)
    if parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return url
    user, at, _ = parts.netloc.rpartition("@")
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{user}{at}{MACHINE}{port}"))


def bring_up(found: Wanted, containers: Containers) -> dict[str, Started]:
    """Start it all, in the order in which it is needed.

    Raises:
        PipelinegenError: one does not come up.
    """
    needs = [*found.dependencies, *([found.service] if found.service else [])]
    names = {each.name for each in needs}
    if len(names) != len(needs):
        raise PipelinegenError(
            f"`{found.service.name if found.service else ''}` is both the service and one of its "
            "dependencies: rename the dependency"
        )
    return containers.get_all(needs)
