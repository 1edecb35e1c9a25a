"""Where a dependency's URL and image come from: argument > option > environment > pipeline.yaml."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
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


def hosts(url: str) -> list[tuple[str, int]]:
    """The hosts in a URL with their ports, 0 where it names none; replica sets have several.

    Raises:
        ValueError: it is not a URL.
    """
    found = re.fullmatch(r"[a-z][a-z0-9+.-]*://([^\s/?#]*)([/?#]\S*)?", url, re.IGNORECASE)
    if not found:
        raise ValueError("it is `scheme://host[:port][/path]`")
    addresses = [urlsplit(f"//{each}") for each in found[1].rpartition("@")[2].split(",")]
    if not all(each.hostname for each in addresses):
        raise ValueError("it has no host")
    return [(str(each.hostname), each.port or 0) for each in addresses]


def rehosted(url: str, rename: Callable[[str], str]) -> str:
    """A URL with other hosts.

    Args:
        url: the URL.
        rename: from a host, as ``urlsplit`` has it, to the one that takes its place.
    """
    scheme, slashes, rest = url.partition("://")
    authority = re.match(r"[^/?#]*", rest)
    assert authority is not None
    user, at, places = authority[0].rpartition("@")
    renamed: list[str] = []
    for place in places.split(","):
        host = urlsplit(f"//{place}").hostname or ""
        other = rename(host)
        port = place.rpartition("]")[2].rpartition(":")[1:] if ":" in place else ("", "")
        renamed.append(place if other == host else other + "".join(port))
    return f"{scheme}{slashes}{user}{at}{','.join(renamed)}{rest[authority.end() :]}"


def checked(name: str, given: Given) -> Given:
    """A URL that can be one.

    Raises:
        PipelinegenError: it has no scheme, no host, or a port that is no number.
    """
    try:
        hosts(given.value)
    except ValueError:
        raise PipelinegenError(
            f"{name}: `{hidden(given.value)}` is not a URL (from {given.source})\n"
            "      = a URL is `scheme://host[:port][/path]`"
        ) from None
    return given


_SECRET = re.compile(r"([?&;][^=&;]*(?:pass|secret|token|key)[^=&;]*=)[^&;#]*", re.IGNORECASE)


def hidden(url: str) -> str:
    """A URL without its password, as it may stand in a log."""
    scheme, slashes, rest = url.partition("://")
    if not slashes:
        scheme, rest = "", url
    authority = re.match(r"[^/?#]*", rest)
    assert authority is not None
    before, at, after = authority[0].rpartition("@")
    tail = rest[authority.end() :]
    if not at and "@" in tail and not re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:\d*)?", authority[0]):
        # A password that is not quoted as it should be: all up to the last @ may be of it.
        before, at, after = rest.rpartition("@")
        tail = ""
    if at:
        user, colon, _ = before.partition(":")
        before = f"{user}:***" if colon else user
    return f"{scheme}{slashes}{before}{at}{after}" + _SECRET.sub(r"\1***", tail)


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
        column = len(line) - len(line.lstrip()) + 1
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        exported = text.startswith("export ")
        name, equals, value = text.removeprefix("export ").lstrip().partition("=")
        if not equals or not name.isidentifier():
            raise PipelinegenError(f"{file}:{number}:{column}: a line is `NAME=value`")
        if name in found:
            raise PipelinegenError(f"{file}:{number}:{column}: `{name}` stands there twice")
        try:
            found[name] = "".join(shlex.split(value)) if exported else value
        except ValueError as error:
            reason = str(error).lower()
            raise PipelinegenError(f"{file}:{number}:{column}: `{name}`: {reason}") from None
    return found


def _pairs(where: str, said: Iterable[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for each in said:
        name, equals, value = each.partition("=")
        if not (equals and re.fullmatch(r"\s*\w[\w.-]*\s*", name) and value.strip()):
            raise PipelinegenError(f"{where} takes `NAME=value`, not `{hidden(each)}`")
        found.append((name.strip(), value.strip()))
    return found


def _list(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]
