"""Where a dependency's URL and image come from: argument > option > environment > pipeline.yaml."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipelinegen.errors import PipelinegenError

IMAGES = "PIPELINEGEN_DEPENDENCY_IMAGES"


@dataclass(frozen=True)
class Given:
    """Something that a person has said, and where.

    Args:
        value: a URL or an image.
        source: where it was said, for people.
    """

    value: str
    source: str


@dataclass(frozen=True)
class Sources:
    """What options, files and the environment say.

    Args:
        urls: by a dependency's name, from options.
        images: by a dependency's name or type.
        file: variables of an env file, and its name.
        environment: the environment.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, Given] = field(default_factory=dict)
    file: tuple[Mapping[str, str], str] = ({}, "")
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def url(self, name: str, variable: str | None, argument: str | None = None) -> Given | None:
        """Where a dependency runs already; None: nobody has said so.

        Args:
            name: the dependency's name.
            variable: the environment variable that is for its URL.
            argument: what the test itself says.

        Raises:
            PipelinegenError: it is no URL.
        """
        found = None
        variables, file = self.file
        if argument:
            found = Given(argument, "the test's argument")
        elif name in self.urls:
            found = Given(self.urls[name], "--dependency-url")
        elif variable and variables.get(variable):
            found = Given(variables[variable], f"{variable} in {file}")
        elif variable and self.environment.get(variable):
            found = Given(self.environment[variable], f"{variable} in the environment")
        return checked(name, found) if found else None

    def image(self, name: str, kind: str) -> tuple[str, str] | None:
        """The image that wins over pipeline.yaml's, and who named it."""
        found = self.images.get(name) or self.images.get(kind)
        return (found.value, found.source) if found else None


def checked(name: str, given: Given) -> Given:
    """A URL that can be one.

    Raises:
        PipelinegenError: it has no scheme, no host, or a port that is no number.
    """
    try:
        found = urlsplit(given.value)
        good = bool(found.scheme and found.hostname) and (found.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise PipelinegenError(
            f"{name}: `{hidden(given.value)}` is not a URL (from {given.source})\n"
            "      = a URL is `scheme://host[:port][/path]`"
        )
    return given


def hidden(url: str) -> str:
    """A URL without its password, as it may stand in a log."""
    before, at, after = url.rpartition("@")
    scheme, slashes, user = before.rpartition("//")
    if not at or ":" not in user:
        return url
    return f"{scheme}{slashes}{user.partition(':')[0]}:***@{after}"


def read(
    urls: Iterable[str], images: Iterable[str], file: Path | None, environment: Mapping[str, str]
) -> Sources:
    """The options, taken apart.

    Args:
        urls: ``NAME=URL``, each from an option.
        images: ``NAME=IMAGE``, each from an option.
        file: an env file.
        environment: the environment.

    Raises:
        PipelinegenError: one of them is not what it should be.
    """
    found = {
        name: Given(value, IMAGES)
        for name, value in _pairs(IMAGES, _list(environment.get(IMAGES, "")))
    }
    said = _pairs("--dependency-image", images)
    found |= {name: Given(value, "--dependency-image") for name, value in said}
    return Sources(
        dict(_pairs("--dependency-url", urls)),
        found,
        (env_file(file), str(file)) if file else ({}, ""),
        environment,
    )


def env_file(file: Path) -> dict[str, str]:
    """The variables of a file with lines of ``NAME=value``.

    Raises:
        PipelinegenError: it cannot be read, or a line is not one.
    """
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise PipelinegenError(f"{file}: cannot be read: {reason}") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise PipelinegenError(f"{file}:{number}:1: a line is `NAME=value`")
        if name.strip() in found:
            raise PipelinegenError(f"{file}:{number}:1: `{name.strip()}` stands there twice")
        found[name.strip()] = value
    return found


def _pairs(where: str, said: Iterable[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in said:
        name, equals, value = each.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise PipelinegenError(f"{where} takes `NAME=value`, not `{hidden(each)}`")
        found.append((name.strip(), value.strip()))
    return found


def _list(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]
