"""The items of a Jenkins: folders, multibranch projects, jobs, and their views."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.lab.jenkins_server.beans import Bean
from tests.lab.jenkins_server.builds import Build
from tests.lab.jenkins_server.configxml import ConfigXml
from tests.lab.jenkins_server.names import in_url
from tests.lab.jenkins_server.plugins import Plugins
from tests.lab.jenkins_server.resave import FOLDER, FREESTYLE, MULTIBRANCH, PIPELINE, resaved


class Group:
    """Holds items. As in Jenkins a name is found in any case, and the order is that of names."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._sorted: list[Item] | None = None

    @property
    def items(self) -> list[Item]:
        if self._sorted is None:
            self._sorted = [self._items[key] for key in sorted(self._items)]
        return self._sorted

    def get(self, name: str) -> Item | None:
        return self._items.get(name.casefold())

    def add(self, item: Item) -> None:
        self._items[item.name.casefold()] = item
        self._sorted = None

    def remove(self, item: Item) -> None:
        del self._items[item.name.casefold()]
        self._sorted = None

    def descendants(self) -> Iterator[Item]:
        for item in self.items:
            yield item
            if isinstance(item, Group):
                yield from item.descendants()

    @property
    def full_name(self) -> str:
        return ""

    @property
    def full_display_name(self) -> str:
        return ""

    @property
    def path(self) -> str:
        """Its URL without the server, from the root, with a slash at its end."""
        return ""

    @property
    def views(self) -> list[View]:
        return []


class Root(Group, Bean):
    java_class = "hudson.model.Hudson"

    def __init__(self) -> None:
        super().__init__()
        self.view_elements = [
            ET.fromstring("<hudson.model.AllView><name>all</name></hudson.model.AllView>")
        ]
        self.quieting_down = False

    @property
    def views(self) -> list[View]:
        return [View(self, element) for element in self.view_elements]


@dataclass(eq=False)
class Item(Bean):
    """hudson.model.AbstractItem"""

    name: str
    parent: Group
    config: ConfigXml

    @property
    def full_name(self) -> str:
        above = self.parent.full_name
        return f"{above}/{self.name}" if above else self.name

    @property
    def description(self) -> str | None:
        return self.config.value("description")

    @property
    def display_name(self) -> str:
        return self.config.value("displayName") or self.name

    @property
    def full_display_name(self) -> str:
        above = self.parent.full_display_name
        return f"{above} » {self.display_name}" if above else self.display_name

    @property
    def path(self) -> str:
        return f"{self.parent.path}job/{in_url(self.name)}/"

    @property
    def disabled(self) -> bool:
        return self.config.flag("disabled")

    @property
    def buildable(self) -> bool:
        return not self.disabled

    @property
    def managed(self) -> bool:
        """Whether its parent computes it, as a multibranch project does its branches."""
        return isinstance(self.parent, MultiBranch)

    def save(self, plugins: Plugins) -> None:
        """Jenkins writes config.xml itself."""
        written = resaved(self.config, plugins)
        self.config = ConfigXml(self.config.posted, ET.fromstring(written.encode()), written)


@dataclass(eq=False)
class Job(Item):
    """hudson.model.Job: what has builds."""

    builds: list[Build] = field(default_factory=list)
    """From the oldest on."""
    next_number: int = 1
    held: bool = False
    """Copied and not yet saved: hudson.model.Job.isHoldOffBuildUntilSave."""
    dead: bool = False
    """Its branch is gone: jenkins.branch.Branch.Dead."""

    @property
    def buildable(self) -> bool:
        return not (self.disabled or self.held or self.dead)

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters that it defines, with their defaults."""
        found = self.config.root.iterfind(".//parameterDefinitions/*")
        return {element.findtext("name") or "": _default(element) for element in found}

    def build(self, number: int) -> Build | None:
        return next((build for build in self.builds if build.number == number), None)


def _default(definition: ET.Element) -> str:
    choice = definition.findtext(".//string") if "Choice" in definition.tag else None
    return choice or definition.findtext("defaultValue") or ""


class Pipeline(Job):
    java_class = "org.jenkinsci.plugins.workflow.job.WorkflowJob"


class FreeStyle(Job):
    java_class = "hudson.model.FreeStyleProject"


@dataclass(eq=False)
class _GroupItem(Item, Group):
    """com.cloudbees.hudson.plugins.folder.AbstractFolder"""

    def __post_init__(self) -> None:
        Group.__init__(self)


class Folder(_GroupItem):
    java_class = FOLDER

    @property
    def view_elements(self) -> list[ET.Element]:
        """A folder's views are part of its config.xml: who posts that replaces them."""
        return self.config.root.findall("folderViews/views/*")

    @property
    def views(self) -> list[View]:
        return [View(self, element) for element in self.view_elements] or [DefaultView(self)]

    @property
    def disabled(self) -> bool:
        # supportsMakeDisabled is false for a plain folder.
        return False


@dataclass(eq=False)
class MultiBranch(_GroupItem):
    java_class = MULTIBRANCH

    indexing_log: str = ""

    @property
    def views(self) -> list[View]:
        return [BranchesView(self)]

    @property
    def remotes(self) -> list[str]:
        """The addresses of the repositories that it scans."""
        found = self.config.root.iterfind("sources/data/*/source")
        names = ("remote", "repositoryUrl", "projectPath", "repository")
        texts = ([source.findtext(name) or "" for name in names] for source in found)
        return [next(filter(None, one)) for one in texts if any(one)]

    @property
    def keep_dead(self) -> int:
        """How many branches that are gone it keeps: DefaultOrphanedItemStrategy; -1 is all."""
        strategy = self.config.root.find("orphanedItemStrategy")
        if strategy is None or strategy.findtext("pruneDeadBranches") == "false":
            return -1
        days, number = (int(strategy.findtext(n) or -1) for n in ("daysToKeep", "numToKeep"))
        if number == -1:
            # Without a limit at all they go at once; with one in days, not within a test's time.
            return 0 if days == -1 else -1
        return number


KINDS: dict[str, type[Item]] = {
    FOLDER: Folder,
    MULTIBRANCH: MultiBranch,
    PIPELINE: Pipeline,
    FREESTYLE: FreeStyle,
}


@dataclass
class View(Bean):
    """hudson.model.View, whose configuration is an element of its owner's."""

    owner: Root | Folder | MultiBranch
    element: ET.Element

    @property
    def java_class(self) -> str:  # type: ignore[override]
        return self.element.tag

    @property
    def name(self) -> str:
        return self.element.findtext("name", "")

    @property
    def description(self) -> str | None:
        return self.element.findtext("description")

    @property
    def path(self) -> str:
        primary = self.owner.views[0].name == self.name
        return self.owner.path if primary else f"{self.owner.path}view/{in_url(self.name)}/"

    @property
    def jobs(self) -> list[Item]:
        if not self.java_class.endswith("ListView"):
            return self.owner.items
        named = {element.text for element in self.element.iterfind("jobNames/string")}
        recurse = self.element.findtext("recurse") == "true"
        found = self.owner.descendants() if recurse else iter(self.owner.items)
        start = len(self.owner.full_name) + 1 if self.owner.full_name else 0
        pattern = re.compile(self.element.findtext("includeRegex") or r"(?!)")
        names = ((item, item.full_name[start:]) for item in found)
        return [item for item, name in names if name in named or pattern.fullmatch(name)]


class DefaultView(View):
    def __init__(self, owner: Folder) -> None:
        super().__init__(
            owner, ET.fromstring("<hudson.model.AllView><name>All</name></hudson.model.AllView>")
        )


class BranchesView(View):
    def __init__(self, owner: MultiBranch) -> None:
        super().__init__(owner, ET.fromstring("<view><name>default</name></view>"))

    @property
    def java_class(self) -> str:  # type: ignore[override]
        return "jenkins.branch.MultiBranchProjectViewHolder$ViewImpl"
