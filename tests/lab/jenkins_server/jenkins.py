"""What a Jenkins holds and what it does, without HTTP."""

from __future__ import annotations

import secrets
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from tests.lab.jenkins_server.builds import Executors
from tests.lab.jenkins_server.configxml import ConfigXml
from tests.lab.jenkins_server.errors import Failure, Wrong
from tests.lab.jenkins_server.model import (
    KINDS,
    Folder,
    Group,
    Item,
    Job,
    MultiBranch,
    Pipeline,
    Root,
    View,
)
from tests.lab.jenkins_server.names import branch_item, good_name
from tests.lab.jenkins_server.plugins import Plugins
from tests.lab.jenkins_server.resave import PIPELINE, unknown_classes

VERSION = "2.479.3"
BRANCH_XML = (
    f"<{PIPELINE}><properties>"
    "<org.jenkinsci.plugins.workflow.multibranch.BranchJobProperty/></properties>"
    '<definition class="org.jenkinsci.plugins.workflow.multibranch.SCMBinder">'
    "<scriptPath>Jenkinsfile</scriptPath></definition><disabled>false</disabled>"
    f"</{PIPELINE}>"
)


@dataclass
class Jenkins:
    """The items, the plugins, the builds and the branches that scans find."""

    plugins: Plugins = field(default_factory=Plugins)
    root: Root = field(default_factory=Root)
    executors: Executors = field(default_factory=Executors)
    branches: dict[str, list[str]] = field(default_factory=dict)
    """The branches of a repository by its remote address, or of a project by its full name."""
    scans: bool = True
    """Whether a multibranch project is scanned when it is created or updated. The recording has a
    scan that nobody asked for between the two and exchange 27, and does not tell after which."""
    version: str = VERSION
    session: str = field(default_factory=lambda: secrets.token_hex(4))
    """X-Jenkins-Session: another one after each restart."""
    old_data: list[tuple[str, str]] = field(default_factory=list)
    """Item and class of what was not understood in a config.xml and is lost when it is saved."""

    def find(self, full_name: str) -> Item | None:
        group: Group = self.root
        *above, last = full_name.strip("/").split("/")
        for name in above:
            item = group.get(name)
            if not isinstance(item, Group):
                return None
            group = item
        return group.get(last)

    def read(self, group: Group, name: str, posted: bytes) -> Item:
        """The item that a document describes. Raises Wrong where XStream does."""
        config = ConfigXml.parse(posted)
        kind = KINDS.get(config.java_class)
        if kind is None or self.plugins.owner(config.java_class) is None:
            raise Wrong(
                f"java.io.IOException: Unable to read {group.path}jobs/{name}/config.xml\n"
                "Caused by: com.thoughtworks.xstream.mapper.CannotResolveClassException: "
                f"{config.java_class}"
            )
        return kind(name, group, config)

    def create(self, group: Group, name: str | None, posted: bytes) -> Item:
        """hudson.model.ItemGroupMixIn.createProjectFromXML"""
        item = self.read(group, self.free_name(group, name), posted)
        group.add(item)
        self._updated(item)
        return item

    def update(self, item: Item, posted: bytes) -> None:
        """hudson.model.AbstractItem.updateByXml"""
        read = self.read(item.parent, item.name, posted)
        if type(read) is not type(item):
            raise Wrong(
                f"java.io.IOException: Expecting class {item.java_class} "
                f"but got class {read.java_class} instead"
            )
        item.config = read.config
        if isinstance(item, Job):
            item.held = False
        self._updated(item)

    def copy(self, group: Group, source: Item, name: str | None) -> Item:
        """The copy of a job cannot be built before it is saved: Job.onCopiedFrom."""
        item = self.read(group, self.free_name(group, name), source.config.text.encode())
        item.config = ConfigXml(source.config.posted, item.config.root, source.config.written)
        if isinstance(item, Job):
            item.held = True
        group.add(item)
        if isinstance(item, Folder) and isinstance(source, Folder):
            # com.cloudbees.hudson.plugins.folder.Folder.onCopiedFrom
            for one in source.items:
                self.copy(item, one, one.name)
        return item

    def free_name(self, group: Group, name: str | None) -> str:
        trimmed = good_name(name)
        if group.get(trimmed) is not None:
            raise Failure(f"A job already exists with the name ‘{trimmed}’")  # noqa: RUF001
        return trimmed

    def delete(self, item: Item) -> None:
        """With its builds, and with all that is in it."""
        for one in [item, *(item.descendants() if isinstance(item, Group) else ())]:
            if isinstance(one, Job):
                self.executors.forget(one)
        item.parent.remove(item)

    def rename(self, item: Item, name: str | None) -> None:
        """hudson.model.AbstractItem.doCheckNewName and renameTo: builds stay."""
        trimmed = good_name(name)
        if trimmed == item.name:
            raise Failure("The new name is the same as the current name.")
        there = item.parent.get(trimmed)
        if there is not None and there is not item:
            raise Failure(f"The name “{trimmed}” is already in use.")
        item.parent.remove(item)
        item.name = trimmed
        item.parent.add(item)

    def move(self, item: Item, destination: Group) -> None:
        item.parent.remove(item)
        item.parent = destination
        destination.add(item)

    def destinations(self, item: Item) -> list[Group]:
        """Where an item may go: cloudbees-folder's relocate.StandardHandler.validDestinations."""
        folders = [one for one in self.root.descendants() if isinstance(one, Folder)]
        groups: list[Group] = [self.root, *folders]
        return [
            group
            for group in groups
            if group not in (item, item.parent)
            and group.get(item.name) is None
            and not f"{group.full_name}/".startswith(f"{item.full_name}/")
        ]

    def disable(self, item: Item, disabled: bool) -> None:
        """makeDisabled: nothing is saved where it is so already, or cannot be."""
        if isinstance(item, Folder) or item.disabled == disabled:
            return
        item.config.put("disabled", str(disabled).lower())
        item.save(self.plugins)

    def scan(self, project: MultiBranch, cause: str = "Started by user") -> None:
        """Makes the jobs of new branches, builds them, and ends those of branches that are gone."""
        names = self.branches.get(project.full_name)
        if names is None:
            names = [name for r in project.remotes for name in self.branches.get(r, [])]
        there = {item.name: item for item in project.items}
        wanted = {branch_item(name): name for name in names}
        project.indexing_log = _indexing(cause, names)
        for name in sorted(wanted.keys() - there.keys()):
            self._add_branch(project, name, wanted[name])
        for name, item in there.items():
            assert isinstance(item, Job)
            item.dead = name not in wanted
            self.disable(item, item.dead)
        self._prune(project)

    def _add_branch(self, project: MultiBranch, name: str, branch: str) -> None:
        job = Pipeline(name, project, ConfigXml.parse(BRANCH_XML.encode()))
        if branch != name:
            job.config.put("displayName", branch)
        job.save(self.plugins)
        project.add(job)
        self.executors.schedule(job, "Branch indexing", {})

    def restart(self) -> None:
        """Every item is written again. The sessions, which end as well, are those of Security."""
        self.session = secrets.token_hex(4)
        for item in self.root.descendants():
            item.save(self.plugins)

    def add_view(self, owner: Root | Folder, name: str, posted: bytes) -> None:
        """hudson.model.View.create; a folder is saved with it."""
        if any(view.name == name for view in owner.views):
            raise Failure(f'A view already exists with the name "{name}"')
        element = self._view(name, posted)
        if isinstance(owner, Root):
            owner.view_elements.append(element)
            return
        owner.save(self.plugins)
        views = owner.config.root.find("folderViews/views")
        assert views is not None
        views.append(element)
        owner.save(self.plugins)

    def change_view(self, view: View, posted: bytes) -> None:
        element = self._view(view.name, posted)
        if element.tag != view.element.tag:
            raise Wrong(f"java.io.IOException: Expecting {view.element.tag} but got {element.tag}")
        view.element[:] = element[:]
        self._saved(view.owner)

    def remove_view(self, view: View) -> None:
        if len(view.owner.views) == 1:
            # hudson.model.ViewGroupMixIn.deleteView
            raise Wrong("java.lang.IllegalStateException: Cannot delete last view")
        if isinstance(view.owner, Root):
            view.owner.view_elements.remove(view.element)
            return
        views = view.owner.config.root.find("folderViews/views")
        assert views is not None
        views.remove(view.element)
        self._saved(view.owner)

    def _saved(self, owner: Root | Folder | MultiBranch) -> None:
        if isinstance(owner, Item):
            owner.save(self.plugins)

    def _view(self, name: str, posted: bytes) -> ET.Element:
        element = ConfigXml.parse(posted).root
        if not element.tag.startswith("hudson.model.") or not element.tag.endswith("View"):
            raise Wrong(
                f"com.thoughtworks.xstream.mapper.CannotResolveClassException: {element.tag}"
            )
        for found in element.findall("name"):
            element.remove(found)
        element.insert(0, ET.fromstring(f"<name>{escape(name)}</name>"))
        return element

    def _updated(self, item: Item) -> None:
        lost = unknown_classes(item.config.root, self.plugins)
        self.old_data += [(item.full_name, name) for name in lost]
        if isinstance(item, MultiBranch) and self.scans and not item.disabled:
            self.scan(item, "Started")

    def _prune(self, project: MultiBranch) -> None:
        dead = [item for item in project.items if isinstance(item, Job) and item.dead]
        if project.keep_dead >= 0:
            dead.sort(key=lambda job: job.builds[-1].started if job.builds else 0, reverse=True)
            for job in dead[project.keep_dead :]:
                self.delete(job)


def _indexing(cause: str, names: list[str]) -> str:
    lines = [cause, "Starting branch indexing...", *(f"  Checking branch {n}" for n in names)]
    return "\n".join([*lines, f"Processed {len(names)} branches", "Finished: SUCCESS", ""])
