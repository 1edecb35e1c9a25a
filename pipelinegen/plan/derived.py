"""What follows for the keys that a service leaves out, from others that are set."""

from __future__ import annotations

from typing import Any

from pipelinegen.config.explain import NOT_SET, Row
from pipelinegen.config.loaded import Config
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.parts import image_repository
from pipelinegen.plan.values import dependency_urls
from pipelinegen.plan.waves import waves


def derived(config: Config) -> dict[str, tuple[Any, str]]:
    """The value of each such key, by its dotted name, and what it follows from."""
    model = config.model
    found: dict[str, tuple[Any, str]] = {
        "build.agent.dockerfile": (model.build.dockerfile, "from build.dockerfile"),
        "build.image.repository": (image_repository(config), "from the platform's registry"),
        "deploy.namespace": (model.service.team, "from service.team"),
        "pipeline.label": (build_plan(config).label, "from platform.jenkins.label"),
    }
    if config.sites("production"):
        groups = [[site.name for site in wave.sites] for wave in waves(config, "production")]
        found["deploy.production.waves"] = (groups, "a wave per region")
    env, secrets = dependency_urls(config)
    for name, (value, dependency) in env.items():
        found[f"deploy.env.{name}"] = (value, f"from dependencies.{dependency}")
    for name, (reference, dependency) in secrets.items():
        found[f"deploy.secrets.{name}"] = (reference, f"from dependencies.{dependency}")
    return found


def with_derived(config: Config, key: str, rows: list[Row]) -> list[Row]:
    """The rows of an explanation, with what follows in the place of what is not set."""
    known = derived(config)
    names = {name for name, _, source in rows if source != NOT_SET}
    here = [name for name in known if f"{name}.".startswith(f"{key}.") and name not in names]
    kept = [row for row in rows if row[0] not in here]
    if any(name != key for name in here):
        kept = [row for row in kept if row[0] != key]  # the map is no longer empty
    return [*kept, *((name, *known[name]) for name in here)]
