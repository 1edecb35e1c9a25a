"""A service in one cluster: its release, and the values that it gets there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelinegen import data
from pipelinegen.config.loaded import Config, Site
from pipelinegen.config.merge import Data
from pipelinegen.deploy.access import Access, Programs, access
from pipelinegen.errors import PipelinegenError
from pipelinegen.plan.parts import image_repository, namespace
from pipelinegen.plan.values import files_for
from pipelinegen.plan.waves import Wave, waves

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# What a release says of itself: helm keeps it with each revision.
OURS = "pipelinegen: "


@dataclass(frozen=True)
class Image:
    """What is deployed.

    Args:
        digest: the image's digest, ``sha256:…``.
        version: what people call it, such as the build; empty: it stays as it is.
    """

    digest: str
    version: str = ""


NO_IMAGE = Image("")


@dataclass(frozen=True)
class Target:
    """A service in one cluster.

    Args:
        site: the cluster.
        access: how it is reached.
        release: the release's name, which its objects have as well.
        files: the values files, in the order in which helm gets them.
    """

    site: Site
    access: Access
    release: str
    files: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.site.name

    @cached_property
    def place(self) -> Data:
        """The values that say where this is."""
        return {"account": self.site.account, "cluster": self.site.name}


def targets(
    config: Config, sites: tuple[Site, ...], given: Mapping[str, Path], programs: Programs
) -> list[Target]:
    """The service in some of its clusters.

    Args:
        config: the service.
        sites: the clusters.
        given: kubeconfigs that the command line names, by cluster.
        programs: what runs at the moment.

    Raises:
        PipelinegenError: a kubeconfig or a values file is missing; all that are, at once.
    """
    problems: list[str] = []
    found: list[Target] = []
    missing: dict[Path, None] = {}
    for site in sites:
        files = tuple(config.root / path for path in files_for(config, site.region, site.name))
        missing |= {path: None for path in files if not path.is_file()}
        try:
            reached = access(site, namespace(config), given, programs)
        except PipelinegenError as error:
            problems.append(str(error))
        else:
            found.append(Target(site, reached, config.model.service.name, files))
    if missing:
        shown = ", ".join(str(path) for path in missing)
        problems.append(f"{shown}: not there; `pipelinegen generate` writes it")
    if problems:
        raise PipelinegenError("\n".join(problems))
    return found


def chosen(
    config: Config,
    account: str,
    number: int | None = None,
    region: str | None = None,
    cluster: str | None = None,
) -> list[Wave]:
    """The waves of an account, with only the clusters that were asked for.

    Args:
        config: the service.
        account: the account.
        number: one wave.
        region: only its clusters.
        cluster: only that one.

    Raises:
        PipelinegenError: there is no such wave, region or cluster.
    """
    every = waves(config, account)
    sites = [site for wave in every for site in wave.sites]
    service = config.model.service.name
    if not sites:
        raise PipelinegenError(f"{service} has no clusters in the account `{account}`")
    known: list[tuple[str, object, list[Any]]] = [
        ("wave", number, [wave.number for wave in every]),
        ("region", region, list(dict.fromkeys(site.region for site in sites))),
        ("cluster", cluster, [site.name for site in sites]),
    ]
    for what, asked, names in known:
        if asked is not None and asked not in names:
            shown = ", ".join(map(str, names))
            raise PipelinegenError(f"--{what} {asked}: in {account} there is {what} {shown}")
    found: list[Wave] = []
    for wave in every:
        kept = tuple(
            site
            for site in wave.sites
            if number in (None, wave.number)
            and region in (None, site.region)
            and cluster in (None, site.name)
        )
        if kept:
            found.append(Wave(account, wave.number, kept))
    if not found:
        raise PipelinegenError(f"no cluster of {account} is in all that was asked for")
    return found


def digest(config: Config, said: str) -> str:
    """The digest of an image: ``sha256:…``, or with the repository ahead of it.

    Raises:
        PipelinegenError: it is no digest, or of another repository.
    """
    repository, _, found = said.rpartition("@")
    if not _DIGEST.fullmatch(found):
        raise PipelinegenError(
            f"--image {said}: an image is deployed by its digest, `sha256:` and 64 hexadecimal "
            "digits\n      = `docker inspect --format '{{index .RepoDigests 0}}' IMAGE` shows it"
        )
    if repository not in ("", image_repository(config)):
        raise PipelinegenError(
            f"--image {said}: this service's images are in {image_repository(config)}"
        )
    return found


def overrides(target: Target, image: Image, more: Data | None = None) -> str:
    """The last values file: what is known only when it is deployed."""
    values: Data = {
        **target.place,
        "image": {"digest": image.digest, **({"tag": image.version} if image.version else {})},
        **(more or {}),
    }
    return json.dumps(values, ensure_ascii=True)


def values_arguments(target: Target, last: Path) -> list[str]:
    """Helm's arguments for the values: base, region, cluster, and what is known only now."""
    return [part for path in (*target.files, last) for part in ("--values", str(path))]


def chart() -> str:
    """The chart's folder."""
    return str(data.chart())
