"""What follows for the keys that a service leaves out, from others that are set."""

from __future__ import annotations

from typing import Any

from pipelinegen.config.explain import NOT_SET, Row
from pipelinegen.config.loaded import Config
from pipelinegen.config.merge import Data
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.parts import image_repository
from pipelinegen.plan.system import main_mode
from pipelinegen.plan.values import dependency_urls
from pipelinegen.plan.waves import waves


def derived(config: Config, merged: Data) -> dict[str, tuple[Any, str]]:
    """The value of each such key, by its dotted name, and what it follows from.

    Args:
        config: the service.
        merged: the settings of the place that is asked for.
    """
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
    if (notify := config.platform.model.notify) and model.notify is None:
        found["notify"] = (notify.model_dump(mode="json"), "from platform.notify")
    if task := model.tests.system:
        found["tests.system.modes.main"] = (main_mode(config, task), "from the platform's accounts")
    if model.observability.metrics:
        found["observability.metrics.port"] = (model.port, "from port")
    # What the service sets itself, plainly or from a Secret, wins over a dependency's URL.
    own = {*merged.get("env", {}), *merged.get("secrets", {})}
    for group, urls in zip(("env", "secrets"), dependency_urls(config), strict=True):
        for name, (value, dependency) in urls.items():
            if name not in own:
                found[f"deploy.{group}.{name}"] = (value, f"from dependencies.{dependency}")
    return found


def with_derived(config: Config, key: str, rows: list[Row], merged: Data) -> list[Row]:
    """The rows of an explanation, with what follows in the place of what is not set."""
    known = derived(config, merged)
    names = {name for name, _, source in rows if source != NOT_SET}
    here = [name for name in known if f"{name}.".startswith(f"{key}.") and name not in names]
    kept = [row for row in rows if row[0] not in here]
    if any(name != key for name in here):
        kept = [row for row in kept if row[0] != key]  # the map is no longer empty
    return [*kept, *((name, *known[name]) for name in here)]
