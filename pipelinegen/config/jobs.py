"""``jenkins.jobs`` of platform.yaml, and ``pipeline.jobs`` of pipeline.yaml: jobs on a server."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model, shared
from pipelinegen.config.names import (
    Branch,
    CredentialId,
    RepoPath,
    ServiceName,
    TeamName,
    Text,
)

_PLACEHOLDER = re.compile(r"\{(team|service)\}")
# jenkins.model.Jenkins.checkGoodName, and what may not stand at the ends of a name.
_NO_ITEM = re.compile(r"[?*\\%!@#$^&|<>\[\]:;\x00-\x1f\x7f-\x9f]")
_GIT_URL = re.compile(
    r"(?:(?:https?|ssh|git|file)://(?P<user>[^\s/?#]*@)?[^\s?#\x00-\x1f\x7f]*"
    r"|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[^\s?#\x00-\x1f\x7f]+|/[^\s\x00-\x1f\x7f]+)\Z"
)


def filled(pattern: str, team: str, service: str = "") -> str:
    """A pattern with its placeholders filled in."""
    names = {"team": team, "service": service}
    return _PLACEHOLDER.sub(lambda found: names[found.group(1)], pattern)


def _wrong(message: str, value: str) -> PydanticCustomError:
    return PydanticCustomError("pattern", message, {"value": value})


def _placeholders(value: str) -> str:
    if set("{}") & set(_PLACEHOLDER.sub("", value)):
        raise _wrong("`{value}`: the only placeholders are `{team}` and `{service}`", value)
    return value


def _folder(value: str) -> str:
    for name in filled(_placeholders(value), "t", "s").split("/"):
        if not name or name != name.strip() or name.endswith(".") or _NO_ITEM.search(name):
            raise _wrong(
                "`{value}` is no folder that Jenkins takes: names with `/` between them, without "
                "any of `?*\\%!@#$^&|<>[]:;`, and not ending with a dot",
                value,
            )
    if "{team}" not in value or "{service}" in value:
        raise _wrong("`{value}` must hold `{team}`, since there is a folder per team", value)
    return value


def _repository(value: str) -> str:
    found = _GIT_URL.match(filled(_placeholders(value), "t", "s"))
    if found is None:
        raise _wrong("`{value}` is no git URL: write `https://git.example.com/shop/orders`", value)
    user = found.group("user") or ""
    if ":" in user or (user and value.startswith("http")):
        # The value is not shown: it may be a token.
        raise _wrong("a user, password or token has no place in a URL: use `credentials`", "")
    return value


Pattern = Annotated[Text, AfterValidator(_placeholders)]
FolderPattern = Annotated[Text, AfterValidator(_folder)]
RepositoryPattern = Annotated[Text, AfterValidator(_repository)]

# com.cloudbees.hudson.plugins.folder.computed.PeriodicFolderTrigger has these in its list.
Interval = Literal[
    "1m", "2m", "5m", "10m", "15m", "20m", "25m", "30m", "1h", "2h", "4h", "8h", "12h",
    "1d", "2d", "7d", "14d", "28d",
]  # fmt: skip

_FIELD = r"[0-9*/,()A-Za-z-]+"
_DAILY = "@(?:hourly|daily|midnight|weekly|monthly|annually|yearly)"
_CRON = re.compile(rf"(?:{_DAILY}|{_FIELD}(?: {_FIELD}){{4}})\Z")


def _cron(value: str) -> str:
    # https://www.jenkins.io/doc/book/pipeline/syntax/#cron-syntax
    if not _CRON.match(value):
        message = "`{value}` is no schedule: five fields like `H 2 * * *`, or `@daily`"
        raise _wrong(message, value)
    return value


Cron = Annotated[str, AfterValidator(_cron)]


class Source(Model):
    """Where the jobs find the services' code."""

    type: Literal["git", "github", "gitlab", "bitbucket"] = Field(
        "git", description="The branch source; plain git knows no pull requests."
    )
    repository: RepositoryPattern | None = Field(
        None,
        description="The repository's URL; default: the remote `origin` of the service's clone.",
        examples=["https://git.example.com/{team}/{service}.git"],
    )
    credentials: CredentialId | None = Field(
        None, description="Jenkins credential id for scanning and checking out."
    )
    server: Text | None = Field(
        None,
        description="gitlab: the name of the server in Jenkins' settings; default: `default`.",
        examples=["gitlab.example.com"],
    )

    @model_validator(mode="after")
    def _server_is_of_gitlab(self) -> Source:
        if self.server is not None and self.type != "gitlab":
            raise PydanticCustomError(
                "server", "`server` is for gitlab; the others take it from the repository's URL"
            )
        return self


class Discover(Model):
    """What of a repository is built."""

    branches: list[Branch] = Field(
        default_factory=list,
        description="Names of branches, `*` for any text; default: all.",
        examples=[["main", "feature/*"]],
    )
    pull_requests: Literal["merge", "head", "none"] = Field(
        "merge",
        description="merge: pull requests as they will be once merged; head: as they are.",
    )
    forks: bool = Field(
        False,
        description="true: pull requests of forks, too; the Jenkinsfile is the fork's only where "
        "its author may push.",
    )


class Orphans(Model):
    """How long the jobs of branches that are gone are kept, with their builds."""

    keep_days: int | None = Field(14, ge=1, description="Days; null: no limit.")
    keep_number: int | None = Field(None, ge=1, description="How many; default: no limit.")


class FolderLibrary(Model):
    """The shared library, configured on each team's folder."""

    repository: RepositoryPattern = Field(
        description="Its git URL.", examples=["https://git.example.com/ci/jenkins-library.git"]
    )
    credentials: CredentialId | None = Field(None, description="Jenkins credential id for it.")


class Repository(Model):
    """A service that is not at hand: what its job needs to know."""

    team: TeamName = Field(description="Its team.")
    repository: RepositoryPattern | None = Field(None, description="Default: `source.repository`.")
    path: RepoPath | None = Field(
        None, description="The folder of its pipeline.yaml, when it is not the top."
    )


class Jobs(Model):
    """The jobs that `pipelinegen jobs` makes."""

    folder: FolderPattern = Field(
        "{team}", description="The folder of a team.", examples=["Services/{team}"]
    )
    source: Source = Field(default_factory=shared(Source), description="The code.")
    discover: Discover = Field(default_factory=shared(Discover), description="What is built.")
    orphans: Orphans = Field(default_factory=shared(Orphans), description="Branches that are gone.")
    scan: Interval | None = Field(
        "1d", description="How often the repository is looked at, beside its webhooks."
    )
    library: FolderLibrary | None = Field(
        None, description="Default: the library is known to Jenkins as a whole."
    )
    links: dict[Text, Pattern] = Field(
        default_factory=dict,
        description="What a job's description links to, by name.",
        examples=[{"Dashboard": "https://grafana.example.com/d/{service}"}],
    )
    markup: Literal["text", "html"] = Field(
        "text", description="html: Jenkins' markup formatter is Safe HTML, so links can be clicked."
    )
    repositories: dict[ServiceName, Repository] = Field(
        default_factory=dict, description="The services, for `pipelinegen jobs` without --root."
    )

    @model_validator(mode="before")
    @classmethod
    def _git_has_no_pull_requests(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(found := value.get("discover"), dict):
            source = value.get("source")
            plain = not isinstance(source, dict) or source.get("type", "git") == "git"
            if plain and (found.get("forks") or found.get("pullRequests", "none") != "none"):
                raise PydanticCustomError(
                    "discover",
                    "plain git knows no pull requests: set `source.type` to github, gitlab or "
                    "bitbucket",
                )
        return value


class PipelineJob(Model):
    """A job beside the service's own, which runs another Jenkinsfile of its repository."""

    script: RepoPath = Field(
        description="The Jenkinsfile, within the service's folder.",
        examples=["ci/nightly.Jenkinsfile"],
    )
    cron: Cron | None = Field(
        None,
        description="When it runs by itself; default: never. It replaces the file's `triggers`.",
        examples=["H 2 * * *"],
    )
