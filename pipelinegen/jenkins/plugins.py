"""The plugins that the jobs need, and which of them a server lacks."""

from __future__ import annotations

from collections.abc import Iterable

from pipelinegen.errors import OutsideError
from pipelinegen.jenkins.answers import ServerError
from pipelinegen.jenkins.client import Server
from pipelinegen.plan.jobs import Folder, Item, Multibranch

_SOURCES = {
    "git": "git",
    "github": "github-branch-source",
    "gitlab": "gitlab-branch-source",
    "bitbucket": "cloudbees-bitbucket-branch-source",
}


def needed(item: Item) -> set[str]:
    """The short names of the plugins whose classes its document names."""
    if isinstance(item, Folder):
        library = {"pipeline-groovy-lib", "git"} if item.library else set()
        return {"cloudbees-folder", *library}
    if isinstance(item, Multibranch):
        names = {"workflow-multibranch", "branch-api", "cloudbees-folder"}
        return names | {_SOURCES[item.branches.type]}
    return {"workflow-job", "workflow-cps", "git"}


def check(server: Server, items: Iterable[Item]) -> bool:
    """Look for the plugins, since Jenkins drops what it has no class for without a word.

    Args:
        server: the server.
        items: what is to be pushed.

    Returns:
        False when the user may not see which plugins there are.

    Raises:
        OutsideError: some are missing or switched off.
        ServerError: the server does not answer.
    """
    wanted: dict[str, str] = {}
    for item in items:
        for name in needed(item):
            wanted.setdefault(name, item.path)
    if not wanted:
        return True
    try:
        found = server.json("pluginManager/api/json?tree=plugins[shortName,active]")
    except ServerError as error:
        if error.status == 403:
            return False
        raise
    active = {plugin["shortName"] for plugin in found["plugins"] if plugin.get("active")}
    # Before 2022 the libraries were in a plugin of another name.
    if "workflow-cps-global-lib" in active:
        active.add("pipeline-groovy-lib")
    if missing := sorted(wanted.keys() - active):
        lines = [f"{name}, which `{wanted[name]}` needs" for name in missing]
        told = "\n".join(f"  {line}" for line in lines)
        raise OutsideError(
            f"{server.server}: plugins are missing:\n{told}\n"
            f"      = install them: {server.server}manage/pluginManager/available"
        )
    return True
