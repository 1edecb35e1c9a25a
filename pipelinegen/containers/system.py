"""A service and all that it depends on: what is brought up, and what each is told of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from pipelinegen.config.dependency import Dependency
from pipelinegen.config.loaded import Config
from pipelinegen.containers.build import Line, build_image
from pipelinegen.containers.daemon import Daemon
from pipelinegen.containers.need import Need, formatted, need
from pipelinegen.containers.sources import rehosted
from pipelinegen.errors import PipelinegenError, Refused
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.declaration import about, published
from pipelinegen.plan.imagebuild import SERVICE_LABEL, deployed

# The variable with the URL of the service under test.
SYSTEM = "SYSTEM_URL"
# Where a container finds what runs on the machine itself.
MACHINE = "host.docker.internal"
LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")

# By name and type, the image that wins over pipeline.yaml's, and who named it.
Override = Callable[[str, str], tuple[str, str] | None]
# A label of a need's image, which is pulled where it is not there.
Label = Callable[[Need, str], str | None]


def build_service(config: Config, daemon: Daemon, label: str, line: Line) -> str:
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
    steps = [stage.step for stage in build_plan(config).stages()]
    (arguments,) = [step.arguments for step in steps if step.call == "buildImage"]
    image, tag = deployed(arguments), f"{arguments['image']}:local"
    if build_image(daemon, image, tag, label, config.top, line):
        raise Refused(f"the image of {config.model.service.name} does not build: see above")
    return tag


def wanted(
    config: Config,
    label: Label,
    image: str | None,
    urls: Mapping[str, str],
    override: Override = lambda name, kind: None,
    *,
    service: bool = True,
) -> list[Need]:
    """Decide what is brought up: the service, what it depends on, and what that depends on.

    A service tells in a label of its image what it needs itself. Databases and the like are each
    service's own; services that several depend on are there once.

    Args:
        config: the service.
        label: asks an image for a label.
        image: the service's image; None: it is left out, and its migrations run here.
        urls: where dependencies run already, by their names.
        override: the image that wins over pipeline.yaml's.
        service: whether the service itself is brought up.

    Raises:
        PipelinegenError: an image is not named, cannot be had, or is not understood.
    """
    found = _Needs(config, label, urls, override, image)
    needs = found.all()
    if image is None or not service:
        return needs
    if config.model.service.name in {each.name for each in needs}:
        raise PipelinegenError(
            f"`{config.model.service.name}` is both the service and one of its dependencies: "
            "rename the dependency"
        )
    return [*needs, _service(config, image, *found.told(_ME))]


# The service under test, among those that have dependencies.
_ME = ""


class _Needs:
    """What is needed, found service by service."""

    def __init__(
        self,
        config: Config,
        label: Label,
        urls: Mapping[str, str],
        override: Override,
        image: str | None,
    ) -> None:
        self._name, self._port = config.model.service.name, config.model.port
        self._label, self._urls, self._override = label, urls, override
        self._image, self._folder = image, config.root
        registry = config.platform.model.registry
        self._registry = registry.url if registry else None
        self._known: dict[str, Need] = {}
        # Those whose port pipeline.yaml says.
        self._ports: set[str] = set()
        # What each service declares, by its name; those of pipeline.yaml win over those of labels.
        self._declared = {_ME: config.model.dependencies}

    def all(self) -> list[Need]:
        """All of them, each told of the others."""
        waiting = [_ME]
        while waiting:
            owner = waiting.pop(0)
            waiting += [name for name in self._add(owner) if self._ask(name)]
        for owner in list(self._declared):
            if owner != _ME:
                variables, needs = self.told(owner)
                made = self._known[owner]
                env = {**made.env, **variables}
                self._known[owner] = replace(made, env=env, needs=needs)
        return list(self._known.values())

    def told(self, owner: str) -> tuple[dict[str, str], tuple[str, ...]]:
        """A service's variables with the URLs of others, and for whom it waits."""
        variables: dict[str, str] = {}
        needs: list[str] = []
        for name, said in self._declared[owner].items():
            url = self._elsewhere(owner, name, said)
            if url is not None:
                value = formatted(url, said.format) if url else ""
            else:
                made = self._known[self._key(owner, name, said)]
                value = replace(made, format=said.format).inside
                # In a circle somebody has to begin.
                if owner not in self._behind(made.name):
                    needs.append(made.name)
            if said.env and value:
                variables[said.env] = value
        return variables, tuple(needs)

    def _add(self, owner: str) -> list[str]:
        """What a service declares; returns the services among them that are new."""
        new: list[str] = []
        for name, said in self._declared[owner].items():
            key = self._key(owner, name, said)
            if key in self._known or self._elsewhere(owner, name, said) is not None:
                continue
            folder = Path() if owner else self._folder
            made = need(name, said, folder, self._override(name, said.type), self._registry)
            tools = self._known[owner].image if owner else self._image
            self._known[key] = replace(made, name=key, tools=tools, private=bool(owner))
            if said.port:
                self._ports.add(key)
            if said.type == "service":
                new.append(key)
        return new

    def _ask(self, name: str) -> bool:
        """Complete a service by what its image says; whether it says anything."""
        made = self._known[name]
        text = self._label(made, SERVICE_LABEL)
        if text is None:
            return False
        said = published(made.image, text)
        self._known[name] = replace(
            made,
            port=made.port if name in self._ports else said.port or 0,
            health=said.health if said.health and made.health == "/" else made.health,
            env=said.env,
        )
        self._declared[name] = said.dependencies
        return True

    def _elsewhere(self, owner: str, name: str, said: Dependency) -> str | None:
        """The URL of what is not brought up for whoever needs it."""
        if owner and said.type == "service" and name == self._name:
            return f"http://{self._name}:{self._port}" if self._port else ""
        if name in self._urls and (not owner or said.type == "service"):
            return seen_from_containers(self._urls[name])
        return None

    def _key(self, owner: str, name: str, said: Dependency) -> str:
        """Its name on the network; no other has a dot in its name."""
        return name if said.type == "service" or not owner else f"{name}.{owner}"

    def _behind(self, name: str) -> set[str]:
        """All that has to be there before it, and itself."""
        return {name}.union(*(self._behind(each) for each in self._known[name].needs))


def _service(
    config: Config, image: str, variables: Mapping[str, str], needs: tuple[str, ...]
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
        env={**fields.get("env", {}), **variables},
        needs=needs,
    )


def seen_from_containers(url: str) -> str:
    """A URL as containers have it: what runs on the machine is not at their localhost."""
    return rehosted(url, lambda host: MACHINE if host in LOCAL else host)
