"""What tests of jobs start from: services, a server, and who we are there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelinegen.config.jobs import Jobs
from pipelinegen.jenkins.access import Access
from pipelinegen.jenkins.apply import Done, Run
from pipelinegen.jenkins.changes import Changes
from pipelinegen.jenkins.client import Connections
from pipelinegen.jenkins.reading import find
from pipelinegen.patience import Patience
from pipelinegen.plan.jobs import Declared, Item, items
from tests.lab.jenkins_server import READER, JenkinsServer, User
from tests.lab.jenkins_server.plugins import DEFAULT

TOKEN = "11secret0token"
PASSWORD = "pass0word"
ADMIN = User("ci", PASSWORD, token=TOKEN)
PLUGINS = {
    **DEFAULT,
    "pipeline-groovy-lib": "1.0",
    "github-branch-source": "1.0",
    "gitlab-branch-source": "1.0",
    "cloudbees-bitbucket-branch-source": "1.0",
}
URL = "https://git.example.com/{team}/{service}.git"


def jenkins_server(**more: Any) -> JenkinsServer:
    """A server with an administrator, in which everybody may look around."""
    users = more.pop("users", [ADMIN])
    return JenkinsServer(users, anonymous=READER, plugins=more.pop("plugins", PLUGINS), **more)


def jobs(**settings: Any) -> Jobs:
    """`jenkins.jobs` of a platform.yaml."""
    return Jobs.model_validate({"source": {"repository": URL}, **settings})


def declared(name: str, team: str = "shop", **more: Any) -> Declared:
    """A service."""
    known: dict[str, Any] = {
        "where": f"{name}/pipeline.yaml",
        "jobs": jobs(),
        "library": ("pipelinegen", "v1"),
    }
    return Declared(name, team, **(known | more))


def services(*names: str, **more: Any) -> list[Item]:
    """The items of services, each written `team/name`."""
    return items(
        [declared(each.partition("/")[2], each.partition("/")[0], **more) for each in names]
    )


def connections(server: JenkinsServer, *, tries: int = 4, secret: str = TOKEN) -> Connections:
    """Connections that do not wait between tries."""
    return Connections(Access(server.url, "ci", secret), Patience(tries, wait=lambda _: False))


def changes(server: JenkinsServer, wanted: list[Item], **how: Any) -> Changes:
    """What has to be done."""
    with connections(server) as connected:
        return find(connected, wanted, **how)


def apply(
    server: JenkinsServer,
    wanted: list[Item],
    *,
    at_once: int = 4,
    tries: int = 4,
    secret: str = TOKEN,
    **how: Any,
) -> list[Done]:
    """Do what has to be done; what went wrong is in the answer."""
    with connections(server, tries=tries, secret=secret) as connected:
        found = find(connected, wanted, **how)
        return Run(connected, at_once, lambda done: None).run(found.changes)


def errors(done: Iterable[Done]) -> list[str]:
    return [str(one.error) for one in done if one.error is not None]
