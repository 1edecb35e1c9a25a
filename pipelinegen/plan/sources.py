"""Where a multibranch job finds its branches, as the plugin of each hosting service wants it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipelinegen.config.jobs import Jobs
from pipelinegen.errors import InputError, Problem


@dataclass(frozen=True)
class Branches:
    """The branch source of a multibranch job.

    Args:
        type: git, github, gitlab or bitbucket.
        repository: the URL of the repository.
        credentials: the id of a credential.
        server: the API's address (github), the server's name (gitlab) or its URL (bitbucket).
        owner: the group, organisation or project; empty for plain git.
        project: the repository's name; for gitlab with the groups before it.
        includes: the names that are built, with `*`; empty: all.
        pull_requests: merge, head or none.
        forks: whether pull requests of forks are built.
    """

    type: str
    repository: str
    credentials: str | None
    server: str | None = None
    owner: str = ""
    project: str = ""
    includes: str = ""
    pull_requests: str = "none"
    forks: bool = False


def branch_source(jobs: Jobs, repository: str, where: str) -> Branches:
    """The branch source of a service's job.

    Args:
        jobs: the platform's settings.
        repository: the URL of the service's repository.
        where: the file that declares the service, for messages.

    Raises:
        InputError: the repository is none that the hosting service could have.
    """
    source, discover = jobs.source, jobs.discover
    plain = source.type == "git"
    pull_requests = "none" if plain else discover.pull_requests
    includes = list(discover.branches)
    if includes and pull_requests != "none":
        # The filter counts for all names, and theirs are PR-1, of GitLab MR-1.
        includes.append("MR-*" if source.type == "gitlab" else "PR-*")
    made = Branches(
        source.type,
        repository,
        source.credentials,
        includes=" ".join(includes),
        pull_requests=pull_requests,
        forks=discover.forks and not plain,
    )
    return made if plain else _hosted(made, source.server, where)


# git@host:path, which is no URL.
_SCP = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?!//)(?P<path>.+)\Z")


def _hosted(made: Branches, server: str | None, where: str) -> Branches:
    """The same with what the plugin of the hosting service wants instead of a URL."""
    url = urlsplit(made.repository)
    scp = _SCP.match(made.repository)
    host, path = (scp["host"], scp["path"]) if scp else (url.hostname or "", url.path)
    parts = path.strip("/").removesuffix(".git").split("/")
    if made.type == "bitbucket" and parts[0] == "scm":
        del parts[0]  # https://HOST/scm/PROJECT/NAME.git is how Bitbucket Data Center clones
    right = len(parts) == 2 or (len(parts) > 2 and made.type == "gitlab")
    if not host or not right or not all(parts):
        message = f"`{made.repository}` is no repository of {made.type}: its path is `owner/name`"
        hint = "set `jenkins.jobs.source.repository` in platform.yaml"
        raise InputError([Problem(where, 0, 0, message, hint)])
    secure = f"https://{host}" if scp or url.scheme == "ssh" else f"{url.scheme}://{url.netloc}"
    servers = {
        # https://docs.github.com/en/enterprise-server/rest: its API is below /api/v3
        "github": None if host == "github.com" else f"{secure}/api/v3",
        "gitlab": server or "default",
        "bitbucket": "https://bitbucket.org" if host == "bitbucket.org" else secure,
    }
    owner, name = "/".join(parts[:-1]), parts[-1]
    return Branches(
        made.type,
        made.repository,
        made.credentials,
        servers[made.type],
        owner,
        f"{owner}/{name}" if made.type == "gitlab" else name,
        made.includes,
        made.pull_requests,
        made.forks,
    )
