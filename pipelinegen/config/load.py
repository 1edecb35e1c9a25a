"""From files to a ``Config``: both files read, merged and checked, all faults at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath

from pydantic import ValidationError

from pipelinegen.config import faults
from pipelinegen.config.broken import STAND_IN, follows, validate
from pipelinegen.config.document import Document, Path, Place
from pipelinegen.config.locks import locked
from pipelinegen.config.merge import Data, keep_nulls, merge
from pipelinegen.config.platform import Accounts, Cluster, Platform
from pipelinegen.config.service import API_VERSION, ServiceConfig
from pipelinegen.config.sources import fetch, read
from pipelinegen.config.yamlfile import parse
from pipelinegen.errors import InputError, Problem

FILE = "pipeline.yaml"
ACCOUNTS = ("test", "stage", "production")


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
    """A platform, the document that it stands in, and where in it."""

    model: Platform
    document: Document | None = None
    prefix: Path = ()
    data: Data = field(default_factory=dict)
    source: str | None = None

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

    @property
    def root(self) -> FilePath:
        """The service's folder."""
        return self.file.parent

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
        return _place(self.document, self.platform, path)


def _place(document: Document, platform: PlatformFile, path: Path) -> Place:
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


class Loader:
    """Loads services; a platform that several of them share is read once."""

    def __init__(self) -> None:
        self._platforms: dict[str, PlatformFile] = {}

    def service(self, file: FilePath, shown: str | None = None) -> Config:
        """Load one service.

        Args:
            file: pipeline.yaml, or the folder that it is in.
            shown: the name to use in messages; default: the path as given.

        Raises:
            InputError: all faults of both files.
            OutsideError: a platform's URL did not answer.
        """
        if file.is_dir():
            file = file / FILE
        document, found = parse(shown or str(file), read(file))
        found += _version(document)
        known = self._platform(document, file, found)
        platform = known or PlatformFile(Platform())
        found += locked(document, platform.model, platform.document)
        raw = {key: value for key, value in document.data.items() if key != "platform"}
        data = keep_nulls(raw, merge(platform.model.defaults, raw))
        model, data, error, broken = validate(data)
        if error is not None:

            def place(path: Path) -> Place:
                return _place(document, platform, path)

            # What is missing may be among the defaults of a platform that could not be read.
            found += faults.problems(error, "pipeline", place, (), missing=known is not None)
        if model is not None:
            from pipelinegen.config import checks, repository

            config = Config(model, platform, data, document, file)
            # Without the platform everything in it would seem to be missing.
            told = [*(checks.check(config) if known else ()), *repository.check(config)]
            found += [
                config.place(path).problem(message, hint, at_key=at_key)
                for path, message, hint, at_key in told
                if not follows(path, broken)
            ]
            if not found:
                return config
        raise InputError(found)

    def platform(self, source: str, base: FilePath, place: Place | None = None) -> PlatformFile:
        """Load a platform from a path (relative to ``base``) or a URL, once per source."""
        if source.startswith(("http://", "https://")):
            if source not in self._platforms:
                self._platforms[source] = _platform_file(source, fetch(source), source)
            return self._platforms[source]
        file = (base / source).resolve()
        if str(file) not in self._platforms:
            if place is not None and not file.is_file():
                hint = "the path is relative to the folder of this file"
                raise InputError([place.problem(f"there is no file `{source}`", hint)])
            # As it is from here, so that all services that share it, and editors, mean one file.
            shown = os.path.normpath(base / source)
            self._platforms[str(file)] = _platform_file(shown, read(FilePath(shown)), str(file))
        return self._platforms[str(file)]

    def _platform(
        self, document: Document, file: FilePath, found: list[Problem]
    ) -> PlatformFile | None:
        """The platform that the service names; None when it is at fault."""
        said = document.data.get("platform")
        try:
            if isinstance(said, dict):
                return _platform_model(document, ("platform",), said, None)
            if isinstance(said, str):
                return self.platform(said, file.parent, document.place(("platform",)))
            if said is not None:
                here = document.place(("platform",))
                hint = "for example `platform: ../platform.yaml`"
                found.append(here.problem("`platform` must be a path, a URL or a map", hint))
                return None
        except InputError as error:
            found += error.problems
            return None
        return PlatformFile(Platform())


def _version(document: Document) -> list[Problem]:
    said = document.data.get("apiVersion")
    if said in (None, API_VERSION):
        return []
    known = f"this pipelinegen reads `{API_VERSION}`"
    hint = "upgrade pipelinegen" if str(said).startswith("pipelinegen/") else f"write {API_VERSION}"
    document.data["apiVersion"] = API_VERSION  # said once, here
    return [document.place(("apiVersion",)).problem(f"`{said}` is unknown; {known}", hint)]


def _platform_file(shown: str, raw: bytes, source: str) -> PlatformFile:
    document, found = parse(shown, raw)
    found += _version(document)
    try:
        made = _platform_model(document, (), document.data, source)
    except InputError as error:
        raise InputError(found + error.problems) from None
    if found:
        raise InputError(found)
    return made


def _platform_model(
    document: Document, prefix: Path, data: Data, source: str | None
) -> PlatformFile:
    found: list[Problem] = []
    model = Platform()
    try:
        model = Platform.model_validate(data)
    except ValidationError as error:
        found += faults.problems(error, "platform", document.place, prefix)
    else:
        made = PlatformFile(model, document, prefix, data, source)
        from pipelinegen.config.checks import check_platform

        found += [
            document.place((*prefix, *path)).problem(message, hint, at_key=at_key)
            for path, message, hint, at_key in check_platform(model)
        ]
        found += _defaults(made)
        if not found:
            return made
    raise InputError(found)


def _defaults(platform: PlatformFile) -> list[Problem]:
    """Faults of ``defaults``: what a service that says nothing else would get."""
    assert platform.document is not None
    try:
        ServiceConfig.model_validate(merge(platform.model.defaults, STAND_IN))
    except ValidationError as error:
        prefix = (*platform.prefix, "defaults")
        return faults.problems(error, "pipeline", platform.document.place, prefix)
    return []
