"""Which clusters are deployed together, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pipelinegen.config.loaded import Config, Site


@dataclass(frozen=True)
class Wave:
    """Clusters of one account that are deployed at the same time."""

    account: str
    number: int
    sites: tuple[Site, ...]

    @property
    def title(self) -> str:
        """The wave for people: its clusters, or how many they are and where."""
        if len(self.sites) <= 4:
            return ", ".join(site.name for site in self.sites)
        regions = list(dict.fromkeys(site.region for site in self.sites))
        return f"{len(self.sites)} clusters in {', '.join(regions)}"


def waves(config: Config, account: str) -> tuple[Wave, ...]:
    """The waves of an account: production's as configured, else one per region; others one."""
    sites = config.sites(account)
    said = config.model.deploy.production.waves if account == "production" else None
    if not sites:
        return ()
    if said is not None:
        by_name = {site.name: site for site in sites}
        groups = [tuple(by_name[name] for name in wave) for wave in said]
    elif account == "production":
        groups = [tuple(group) for _, group in groupby(sites, key=lambda site: site.region)]
    else:
        groups = [tuple(sites)]
    return tuple(Wave(account, number, group) for number, group in enumerate(groups, 1))


def kubeconfigs(found: Iterable[Wave]) -> dict[str, str]:
    """The credential of each cluster's kubeconfig, by cluster."""
    return {site.name: site.kubeconfig for wave in found for site in wave.sites}
