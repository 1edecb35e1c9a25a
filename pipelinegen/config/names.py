"""Names, checked against the rules of the systems in which they end up.

Each type here is a ``str`` that pydantic checks; the message says which system has the rule, since
that is what its user has to look up.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


def _rule(pattern: str, longest: int, says: str, title: str = "") -> AfterValidator:
    compiled = re.compile(pattern + r"\Z")

    def check(value: str) -> str:
        if len(value) > longest:
            raise PydanticCustomError(
                "name",
                "`{value}` has {length} characters, at most {longest} are allowed: {says}",
                {
                    "value": _short(value),
                    "length": len(value),
                    "longest": longest,
                    "says": says,
                },
            )
        if not compiled.match(value):
            raise PydanticCustomError(
                "name",
                "`{value}` is not allowed: {says}",
                {"value": _short(value), "says": says},
            )
        return value

    return AfterValidator(check)


def _short(value: str) -> str:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in value[:71])
    return shown if len(shown) <= 70 else shown[:67] + "..."


_DNS = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"

# A Helm release has at most 53 characters, and a temporary release of the service gets a suffix of
# up to 13 behind its name. https://helm.sh/docs/chart_template_guide/getting_started/
ServiceName = Annotated[
    str,
    _rule(
        r"[a-z]([-a-z0-9]*[a-z0-9])?",
        40,
        "it names a Kubernetes Service, a Helm release and an image, so it takes lower-case "
        "letters, digits and `-`, starting with a letter and not ending with `-`",
    ),
    Field(json_schema_extra={"pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$", "maxLength": 40}),
]
TeamName = Annotated[
    str,
    _rule(
        _DNS,
        63,
        "it names a Kubernetes namespace and a Jenkins folder, so it takes lower-case letters, "
        "digits and `-`, and starts and ends with a letter or digit",
    ),
    Field(json_schema_extra={"pattern": f"^{_DNS}$", "maxLength": 63}),
]
Namespace = Annotated[
    str,
    _rule(_DNS, 63, "a Kubernetes namespace takes lower-case letters, digits and `-`"),
]
ClusterName = Annotated[
    str,
    _rule(
        _DNS,
        40,
        "a cluster's name becomes a file name, a label and a stage, so it takes lower-case "
        "letters, digits and `-`",
    ),
]
RegionName = Annotated[
    str,
    _rule(
        _DNS,
        40,
        "a region's name becomes a file name and a label, so it takes lower-case letters, digits "
        "and `-`",
    ),
]
DependencyName = Annotated[
    str,
    _rule(
        r"[a-z]([-a-z0-9]*[a-z0-9])?",
        40,
        "a dependency's name is its host name for the tests, so it takes lower-case letters, "
        "digits and `-`, starting with a letter",
    ),
]
StageName = Annotated[
    str,
    _rule(
        r"[a-z]([-_a-z0-9]*[a-z0-9])?",
        40,
        "a stage's name becomes a file name and a command's argument, so it takes lower-case "
        "letters, digits, `-` and `_`, starting with a letter",
    ),
]
EnvName = Annotated[
    str,
    _rule(
        r"[A-Za-z_][A-Za-z0-9_]*",
        128,
        "an environment variable takes letters, digits and `_`, and does not start with a digit",
    ),
]
# https://kubernetes.io/docs/concepts/configuration/secret/ : a DNS subdomain; keys as below.
SecretName = Annotated[
    str,
    _rule(
        rf"{_DNS}(\.{_DNS})*", 253, "a Secret's or store's name takes lower-case letters and `-`"
    ),
]
SecretKey = Annotated[
    str, _rule(r"[-._a-zA-Z0-9]+", 253, "a Secret's key takes letters, digits, `-`, `_` and `.`")
]
CredentialId = Annotated[
    str,
    _rule(
        r"[A-Za-z0-9_.\-]+",
        200,
        "it is the id of a Jenkins credential (never the secret itself): letters, digits, `-`, "
        "`_` and `.`",
    ),
]
# https://docs.docker.com/reference/dockerfile/#from : stage names are not case-sensitive.
StageTarget = Annotated[
    str,
    _rule(r"[A-Za-z0-9][A-Za-z0-9_.-]*", 100, "it names a stage of the Dockerfile (`FROM … AS`)"),
]
_COMPONENT = r"[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?"
_HOST = rf"{_LABEL}(\.{_LABEL})*(:[0-9]+)?"
# https://github.com/distribution/reference : [domain/]path[:tag][@digest]
Registry = Annotated[
    str,
    _rule(
        rf"{_HOST}(/{_COMPONENT})*",
        200,
        "a registry is `host[:port][/path]` without `https://`, its path in lower case",
    ),
]
ImageRepository = Annotated[
    str,
    _rule(
        rf"({_HOST}/)?{_COMPONENT}(/{_COMPONENT})*",
        255,
        "an image's repository is `[host/]name`, in lower case and without a tag",
    ),
]
ImageReference = Annotated[
    str,
    _rule(
        rf"({_HOST}/)?{_COMPONENT}(/{_COMPONENT})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?"
        r"(@sha256:[0-9a-f]{64})?",
        400,
        "it is not an image reference (`registry/name:tag`)",
    ),
]
ImageTag = Annotated[
    str,
    _rule(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", 128, "a Docker tag takes letters, digits, `_.-`"),
]
LibraryName = Annotated[
    str, _rule(r"[A-Za-z0-9_.-]+", 100, "it is the name of a Jenkins shared library")
]
Host = Annotated[
    str, _rule(rf"(\*\.)?{_DNS}(\.{_DNS})*", 253, "a host name takes lower-case letters and dots")
]
IngressClass = Annotated[
    str, _rule(rf"{_DNS}(\.{_DNS})*", 253, "an IngressClass takes lower-case letters, digits, `-.`")
]
# https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
AnnotationKey = Annotated[
    str,
    _rule(
        rf"({_DNS}(\.{_DNS})*/)?[A-Za-z0-9]([-_.A-Za-z0-9]{{0,61}}[A-Za-z0-9])?",
        317,
        "a label's or annotation's key is `[prefix/]name`, the name of letters, digits and `-_.`",
    ),
]
# Jenkins separates submitters with commas. https://www.jenkins.io/doc/pipeline/steps/pipeline-input-step/
Approver = Annotated[
    str,
    _rule(r"[^,\s]([^,\n\r]*[^,\s])?", 200, "an approver is one Jenkins user or group, no commas"),
]
Email = Annotated[
    str, _rule(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+", 254, "an e-mail address is `name@host`")
]
Branch = Annotated[
    str,
    # https://git-scm.com/docs/git-check-ref-format, with `*` and `**` as Jenkins' patterns
    _rule(
        r"[^\s~^:?\[\\\x00-\x1f\x7f]+",
        200,
        "a branch's name or pattern holds no spaces and none of `~^:?[\\`",
    ),
]
UrlPath = Annotated[
    str,
    _rule(r"/[^\s?#\x00-\x1f\x7f]*", 1000, "a path starts with `/` and holds no spaces"),
]
Url = Annotated[
    str,
    _rule(
        r"[a-z][a-z0-9+.-]*://[^\s/?#\x00-\x1f\x7f][^\s\x00-\x1f\x7f]*",
        2000,
        "a URL is `scheme://host/path`, without spaces",
    ),
]

_NAME_SAYS = (
    "write a path within the service's folder, like `docker/Dockerfile`: relative, without `..`, "
    "and without quotes, `$` or other characters that a shell would read"
)


def _relative(value: str) -> str:
    # Jenkins splices a Dockerfile's path into a double-quoted shell word, so what a shell would
    # expand there is refused; see DockerPipelineFromDockerfileScript of pipeline-model-definition.
    parts = value.split("/")
    if (
        not value
        or value.startswith(("/", "~", "-"))
        or any(part in ("", "..") for part in parts)
        or re.search(r"[\x00-\x1f\x7f\"'`$\\!*?\[\]{}|;&<>()#]", value)
    ):
        raise PydanticCustomError(
            "path",
            "`{value}` is not allowed: {says}",
            {"value": _short(value), "says": _NAME_SAYS},
        )
    return value


RepoPath = Annotated[str, AfterValidator(_relative)]


# Groovy's compiler takes no longer literal than 65,535 bytes; nobody reads one of a tenth of that.
LONGEST_TEXT = 6000
_NO_CHARACTER = re.compile("[\x00\ufffe\uffff\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def printable(value: str) -> str:
    """Refuse what no file, shell or Groovy source can hold."""
    if len(value) > LONGEST_TEXT:
        raise PydanticCustomError(
            "text",
            "it has {length} characters, at most {longest} are allowed: put it into a script",
            {"length": len(value), "longest": LONGEST_TEXT},
        )
    return storable(value)


def storable(value: str) -> str:
    """Refuse what no file can hold."""
    if _NO_CHARACTER.search(value):
        raise PydanticCustomError("text", "it holds a character that is none", {})
    return value


def _no_control(value: str) -> str:
    if _CONTROL.search(printable(value)):
        raise PydanticCustomError("text", "it holds a control character", {})
    if not value.strip():
        raise PydanticCustomError("text", "it is empty", {})
    return value


# Free text: anything that a person can read. It is quoted where it is used.
Text = Annotated[str, AfterValidator(_no_control)]
Command = Annotated[str, AfterValidator(_no_control)]


def _no_glob_escape(value: str) -> str:
    if value.startswith(("/", "~")) or ".." in value.split("/") or "\n" in value:
        raise PydanticCustomError(
            "path",
            "`{value}` is not allowed: write a pattern within the service's folder, like "
            "`reports/*.xml`",
            {"value": _short(value)},
        )
    return value


# An Ant pattern, as the junit step takes it; several are separated by commas.
Glob = Annotated[str, AfterValidator(_no_control), AfterValidator(_no_glob_escape)]
