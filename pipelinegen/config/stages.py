"""The names of pipelinegen's own stages, and which of them a service has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config

ORDER = (
    "lint", "build", "unit", "image", "integration", "browsers", "system",
    "deploy-test", "deploy-stage", "approve", "deploy-production",
)  # fmt: skip


def builtin_stages(config: Config) -> list[str]:
    """The stages of pipelinegen's own that this service has, in their order."""
    model, tests = config.model, config.model.tests
    production = bool(config.sites("production"))
    has = {
        "lint": model.lint,
        "build": model.build.run,
        "unit": tests.unit,
        "image": True,
        "integration": tests.integration,
        "browsers": tests.browsers,
        "system": tests.system and {tests.system.modes.branch, tests.system.modes.main} != {"none"},
        "deploy-test": config.sites("test"),
        "deploy-stage": config.sites("stage"),
        "approve": production and model.deploy.production.approval,
        "deploy-production": production,
    }
    return [name for name in ORDER if has[name]]
