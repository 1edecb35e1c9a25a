"""From files to a ``Config``: both files read, merged and checked, all faults at once."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path as FilePath

from pydantic import ValidationError

from pipelinegen.config import FILE, checks, faults, repository
from pipelinegen.config.broken import STAND_IN, follows, validate
from pipelinegen.config.document import Document, Path, Place
from pipelinegen.config.loaded import PLATFORM_COPY, Config, PlatformFile, place_of
from pipelinegen.config.locks import locked
from pipelinegen.config.merge import Data, keep_nulls, merge
from pipelinegen.config.platform import Platform
from pipelinegen.config.service import API_VERSION, ServiceConfig
from pipelinegen.config.sources import fetch, read
from pipelinegen.config.yamlfile import parse
from pipelinegen.errors import InputError, Problem


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
        defaults = platform.model.defaults
        data = keep_nulls(raw, merge(defaults, raw)) if defaults else raw
        model, data, error, broken = validate(data)
        if error is not None:

            def place(path: Path) -> Place:
                return place_of(document, platform, path)

            # What is missing may be among the defaults of a platform that could not be read.
            found += faults.problems(error, "pipeline", place, (), missing=known is not None)
        if model is not None:
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
                self._platforms[source] = _platform_file(source, fetch(source))
            return self._platforms[source]
        # As it is from here, so that all services that share it, and editors, mean one file.
        shown = os.path.normpath(os.path.join(base, source))
        if place is not None and not os.path.isfile(shown):
            if not (base / PLATFORM_COPY).is_file():
                hint = "the path is relative to the folder of this file"
                raise InputError([place.problem(f"there is no file `{source}`", hint)])
            shown = os.path.normpath(base / PLATFORM_COPY)
        if shown not in self._platforms:
            made = _platform_file(shown, read(FilePath(shown)))
            self._platforms[shown] = replace(made, file=FilePath(shown))
        return self._platforms[shown]

    def _platform(
        self, document: Document, file: FilePath, found: list[Problem]
    ) -> PlatformFile | None:
        """The platform that the service names; None when it is at fault."""
        said = document.data.get("platform")
        try:
            if isinstance(said, dict):
                return _platform_model(document, ("platform",), said)
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


def _platform_file(shown: str, raw: bytes) -> PlatformFile:
    document, found = parse(shown, raw)
    found += _version(document)
    try:
        made = _platform_model(document, (), document.data)
    except InputError as error:
        raise InputError(found + error.problems) from None
    if found:
        raise InputError(found)
    return made


def _platform_model(document: Document, prefix: Path, data: Data) -> PlatformFile:
    found: list[Problem] = []
    model = Platform()
    try:
        model = Platform.model_validate(data)
    except ValidationError as error:
        found += faults.problems(error, "platform", document.place, prefix)
    else:
        made = PlatformFile(model, document, prefix, data)
        found += [
            document.place((*prefix, *path)).problem(message, hint, at_key=at_key)
            for path, message, hint, at_key in checks.check_platform(model)
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
