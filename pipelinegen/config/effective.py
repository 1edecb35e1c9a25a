"""The settings that hold in one place: defaults < deploy < region < account < cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelinegen.config.deploy import DEFAULTS, Settings
from pipelinegen.config.document import Path
from pipelinegen.config.merge import Data, merge

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config

SETTINGS = frozenset(field.alias or name for name, field in Settings.model_fields.items())


def layers(
    config: Config, region: str | None, account: str | None, cluster: str | None
) -> list[tuple[Path, Data]]:
    """Where each layer stands in pipeline.yaml, and what it says; later ones win."""
    deploy: Data = config.data.get("deploy") or {}
    found: list[tuple[Path, Data]] = [
        (("deploy",), {key: value for key, value in deploy.items() if key in SETTINGS})
    ]
    for group, name in (("regions", region), ("accounts", account), ("clusters", cluster)):
        override = (deploy.get(group) or {}).get(name) if name else None
        if override:
            said = {key: value for key, value in override.items() if key in SETTINGS}
            found.append((("deploy", group, str(name)), said))
    return found


# What `differing` says of a place that nothing is said of.
NOWHERE = (None, None, None)


def differing(
    config: Config, region: str | None, account: str | None, cluster: str | None
) -> tuple[str | None, str | None, str | None]:
    """The place, without what says nothing of its own: places that come out equal are alike."""
    deploy: Data = config.data.get("deploy") or {}
    groups = (("regions", region), ("accounts", account), ("clusters", cluster))
    kept = [
        name if name and (deploy.get(group) or {}).get(name) else None for group, name in groups
    ]
    return kept[0], kept[1], kept[2]


def settings(
    config: Config,
    region: str | None = None,
    account: str | None = None,
    cluster: str | None = None,
) -> Data:
    """The merged settings, in the keys of pipeline.yaml's ``deploy``; not to be changed."""
    place = differing(config, region, account, cluster)
    if place not in config.merged:
        config.merged[place] = merge(DEFAULTS, *(said for _, said in layers(config, *place)))
    return config.merged[place]
