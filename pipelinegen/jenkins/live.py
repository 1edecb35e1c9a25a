"""What is on the server, read in one request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelinegen.jenkins.client import Server
from pipelinegen.render.jobs import Marker, marker

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
KINDS = {FOLDER: "a folder", MULTIBRANCH: "a multibranch job", PIPELINE: "a pipeline job"}

# What the remote API exports of an item that can tell that it was changed; its configuration is
# not among it. AbstractItem: name, description, displayName; Job: disabled; a multibranch project
# only buildable. See hudson.model.AbstractItem, WorkflowJob and ComputedFolder.
_FIELDS = "name,description,displayName,buildable,disabled"


@dataclass(frozen=True)
class Live:
    """An item of the server.

    Args:
        path: its full name.
        java_class: what it is.
        description: with our marker, when it is ours.
        display_name: what people see.
        disabled: whether it is switched off.
    """

    path: str
    java_class: str
    description: str = ""
    display_name: str = ""
    disabled: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def marker(self) -> Marker | None:
        """Our marker, None when it is not ours: a copy has the name of the original."""
        found = marker(self.description)
        return found if found and found.name == self.name else None

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return KINDS.get(self.java_class, f"a {self.java_class.rpartition('.')[2]}")


def tree(depth: int) -> str:
    """The `tree` for items down to a depth, 1 being Jenkins' own."""
    found = _FIELDS
    for _ in range(depth - 1):
        found = f"{_FIELDS},jobs[{found}]"
    return f"jobs[{found}]"


def read(server: Server, depth: int) -> dict[str, Live]:
    """All items down to a depth that the user may see, by their full names in lower case.

    Raises:
        ServerError: the server does not answer, or with something else.
    """
    answer = server.json(f"api/json?tree={tree(depth)}")
    return {live.path.lower(): live for live in _items(answer, "")}


def one(server: Server, path: str) -> Live:
    """One item as it is now.

    Raises:
        NotThere: it is gone.
        ServerError: the server does not answer.
    """
    answer = server.json(server.address(path, f"api/json?tree={_FIELDS}"))
    return _live(answer, path)


def children(server: Server, path: str) -> list[str]:
    """The names of what is in a folder."""
    answer = server.json(server.address(path, "api/json?tree=jobs[name]"))
    return [str(job["name"]) for job in answer.get("jobs", [])]


def _items(answer: Mapping[str, Any], above: str) -> Iterator[Live]:
    for job in answer.get("jobs", []):
        if "name" not in job:
            continue
        live = _live(job, above + job["name"])
        yield live
        # The jobs of branches are the multibranch project's own affair.
        if live.java_class != MULTIBRANCH:
            yield from _items(job, f"{live.path}/")


def _live(job: Mapping[str, Any], path: str) -> Live:
    disabled = job["disabled"] if "disabled" in job else job.get("buildable") is False
    return Live(
        path,
        str(job.get("_class", "")),
        (job.get("description") or "").replace("\r\n", "\n"),
        job.get("displayName") or "",
        bool(disabled),
    )
