"""From files to a ``Config``: both files read, merged and checked, all faults at once."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from pipelinegen.config import faults
from pipelinegen.config.merge import Data, merge
from pipelinegen.config.platform import Accounts, Cluster, Platform
from pipelinegen.config.service import API_VERSION, ServiceConfig
from pipelinegen.config.yamlfile import Document, Path, Place, parse
from pipelinegen.errors import InputError, OutsideError, Problem

FILE = "pipeline.yaml"
PLATFORM_TIMEOUT_SECONDS = 15
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
        document, found = parse(shown or str(file), _read(file))
        found += _version(document)
        platform = self._platform(document, file, found)
        _locked(document, platform, found)
        raw = {key: value for key, value in document.data.items() if key != "platform"}
        data = merge(platform.model.defaults, raw)
        keep = _nulls(raw, data)
        model, broken = _validate(keep, document, platform, found)
        if model is not None:
            from pipelinegen.config.checks import check

            config = Config(model, platform, keep, document, file)
            found += [
                config.place(path).problem(message, hint, at_key=at_key)
                for path, message, hint, at_key in check(config)
                if not any(path[:2] == other[:2] for other in broken)
            ]
        if found:
            raise InputError(found)
        assert model is not None
        return Config(model, platform, keep, document, file)

    def platform(self, source: str, base: FilePath, place: Place | None = None) -> PlatformFile:
        """Load a platform from a path (relative to ``base``) or a URL, once per source."""
        if source.startswith(("http://", "https://")):
            if source not in self._platforms:
                self._platforms[source] = _platform_file(source, _fetch(source), source)
            return self._platforms[source]
        file = (base / source).resolve()
        if str(file) not in self._platforms:
            if place is not None and not file.is_file():
                hint = "the path is relative to the folder of this file"
                raise InputError([place.problem(f"there is no file `{source}`", hint)])
            self._platforms[str(file)] = _platform_file(source, _read(file), str(file))
        return self._platforms[str(file)]

    def _platform(self, document: Document, file: FilePath, found: list[Problem]) -> PlatformFile:
        said = document.data.get("platform")
        try:
            if isinstance(said, dict):
                return _platform_model(document, ("platform",), said, None)
            if isinstance(said, str):
                return self.platform(said, file.parent, document.place(("platform",)))
            if said is not None:
                here = document.place(("platform",))
                found.append(here.problem("`platform` must be a path, a URL or a map"))
        except InputError as error:
            found += error.problems
        return PlatformFile(Platform())


def _nulls(raw: Data, merged: Data) -> Data:
    """``merged`` with the nulls of ``raw`` kept: below ``deploy`` they remove a default."""
    result = dict(merged)
    for key, value in raw.items():
        if value is None:
            result[key] = None
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            result[key] = _nulls(value, merged[key])
    return result


def _read(file: FilePath) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        hint = "run `pipelinegen init` in the service's folder" if file.name == FILE else ""
        raise InputError([Problem(str(file), 0, 0, "there is no such file", hint)]) from None
    except OSError as error:
        raise InputError([Problem(str(file), 0, 0, f"cannot be read: {error.strerror}")]) from None


def _fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=PLATFORM_TIMEOUT_SECONDS) as answer:
            return bytes(answer.read(2 * 1024 * 1024))
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise OutsideError(
            f"{url}: the platform cannot be fetched: {reason}\n"
            "      = check the address and your network, or name a local path"
        ) from None


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


# What keeps the rest checkable when these keys are themselves at fault.
_STAND_IN: Data = {"apiVersion": API_VERSION, "service": {"name": "x", "team": "x"}}


def _defaults(platform: PlatformFile) -> list[Problem]:
    """Faults of ``defaults``: what a service that says nothing else would get."""
    assert platform.document is not None
    try:
        ServiceConfig.model_validate(merge(platform.model.defaults, _STAND_IN))
    except ValidationError as error:
        prefix = (*platform.prefix, "defaults")
        return faults.problems(error, "pipeline", platform.document.place, prefix)
    return []


def _locked(document: Document, platform: PlatformFile, found: list[Problem]) -> None:
    owner = platform.document.path if platform.document else ""
    for key in platform.model.locked:
        for path in _matches(document.data, tuple(key.split("."))):
            found.append(
                document.place(path).problem(
                    f"`{faults.dotted(path)}` is locked by the platform ({owner})",
                    "remove it here; the platform's owners decide it",
                    at_key=True,
                )
            )


def _matches(data: Any, steps: tuple[str, ...], done: Path = ()) -> list[Path]:
    if not steps:
        return [done]
    if not isinstance(data, dict):
        return []
    names = list(data) if steps[0] == "*" else [steps[0]] if steps[0] in data else []
    return [path for name in names for path in _matches(data[name], steps[1:], (*done, name))]


def _validate(
    data: Data, document: Document, platform: PlatformFile, found: list[Problem]
) -> tuple[ServiceConfig | None, list[Path]]:
    """The model; when something is broken, the model without the broken parts, and which."""
    broken: list[Path] = []
    for _ in range(3):
        try:
            return ServiceConfig.model_validate(data), broken
        except ValidationError as error:
            if not broken:

                def place(path: Path) -> Place:
                    return _place(document, platform, path)

                found += faults.problems(error, "pipeline", place, ())
            paths = faults.paths(error)
            broken += paths
            for path in paths:
                data = _without(data, path) if path else data
                if not path or path[0] in _STAND_IN:
                    data = {**data, **_STAND_IN}
    return None, broken


def _without(data: Any, path: Path) -> Any:
    """``data`` without what stands at ``path``; a list that holds it goes as a whole."""
    if not isinstance(data, dict) or path[0] not in data:
        return data
    rest = {key: value for key, value in data.items() if key != path[0]}
    if len(path) == 1 or not isinstance(data[path[0]], dict):
        return rest
    return {**rest, path[0]: _without(data[path[0]], path[1:])}
