"""A service's two files, read and valid, with where everything is written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath

from pipelinegen.config.document import Document, Path, Place
from pipelinegen.config.merge import Data
from pipelinegen.config.platform import Accounts, Cluster, Platform
from pipelinegen.config.service import ServiceConfig

ACCOUNTS = ("test", "stage", "production")
# The copy of a platform that is outside of the service's repository, in the service's folder.
PLATFORM_COPY = FilePath(".pipelinegen", "platform.yaml")


@dataclass(frozen=True)
class Site:
    """A cluster with its place."""

    name: str
    account: str
    region: str
    kubeconfig: str
    context: str


@dataclass(frozen=True, eq=False)
class PlatformFile:
    """A platform, the document that it stands in, and where in it.

    Args:
        model: the platform.
        document: the file's text; None: there is no platform.
        prefix: where it stands in it: inline in pipeline.yaml, or all of a file of its own.
        data: what ``model`` was made from.
        file: the file of its own; None where it is inline or comes from a URL.
    """

    model: Platform
    document: Document | None = None
    prefix: Path = ()
    data: Data = field(default_factory=dict)
    file: FilePath | None = None

    @cached_property
    def sites(self) -> list[Site]:
        """All clusters: accounts in their order, in each the platform's order of regions."""
        found: list[Site] = []
        order = {region: number for number, region in enumerate(self.model.regions)}
        for account in ACCOUNTS:
            sites = [
                Site(key, account, c.region, c.kubeconfig or f"kubeconfig-{key}", c.context or key)
                for key, c in account_clusters(self.model.accounts, account).items()
            ]
            found += sorted(sites, key=lambda site: order.get(site.region, len(order)))
        return found


@dataclass(frozen=True, eq=False)
class Config:
    """One service's two files, valid.

    Args:
        model: pipeline.yaml with the platform's defaults under it.
        platform: the platform, empty when there is none.
        data: what ``model`` was made from, as plain data.
        document: pipeline.yaml, for positions.
        file: pipeline.yaml's path.
    """

    model: ServiceConfig
    platform: PlatformFile
    data: Data
    document: Document
    file: FilePath
    # What `effective.settings` has merged already, by place.
    merged: dict[tuple[str | None, str | None, str | None], Data] = field(
        default_factory=dict, repr=False
    )

    @property
    def root(self) -> FilePath:
        """The service's folder."""
        return self.file.parent

    @property
    def top(self) -> FilePath:
        """The repository's top, absolute and without links."""
        found = FilePath(os.path.realpath(self.root))
        path = self.model.service.path
        if path and path != ".":
            for _ in FilePath(path).parts:
                found = found.parent
        return found

    @cached_property
    def platform_copied(self) -> bool:
        """Whether the repository has to have a copy of the platform.

        A checkout of the repository, as Jenkins has it, does not hold what is outside of it.
        """
        file = self.platform.file
        return file is not None and (
            file.parts[-2:] == PLATFORM_COPY.parts
            or not FilePath(os.path.realpath(file)).is_relative_to(self.top)
        )

    @cached_property
    def _sites(self) -> list[Site]:
        return [site for site in self.platform.sites if self.in_region(site)]

    def sites(self, account: str | None = None) -> list[Site]:
        """The clusters that the service is deployed to, in the platform's order of regions."""
        return [site for site in self._sites if account in (None, site.account)]

    def in_region(self, site: Site) -> bool:
        """Whether the service runs in the cluster's region."""
        override = (self.model.deploy.regions or {}).get(site.region)
        return override is None or override.enabled is not False

    def place(self, path: Path) -> Place:
        """Where ``path`` is written: in pipeline.yaml, or in the platform's defaults."""
        return place_of(self.document, self.platform, path)


def place_of(document: Document, platform: PlatformFile, path: Path) -> Place:
    """Where ``path`` is written: in pipeline.yaml, or in the platform's defaults."""
    if platform.document and not document.has(path):
        below = (*platform.prefix, "defaults", *path)
        if platform.document.has(below):
            return platform.document.place(below)
        if platform.document.has(below[:-1]) and not document.has(path[:-1]):
            return platform.document.place(below)
    return document.place(path)


def account_clusters(accounts: Accounts, name: str) -> dict[str, Cluster]:
    """The clusters of one account; empty when the platform does not have it."""
    account = getattr(accounts, name)
    return account.clusters if account else {}
