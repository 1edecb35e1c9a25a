"""config.xml as Jenkins writes it when it saves an item itself (XStream, hudson.util.XStream2)."""

from __future__ import annotations

import copy
import xml.etree.ElementTree as ET

from tests.lab.jenkins_server.configxml import ConfigXml
from tests.lab.jenkins_server.plugins import Plugins

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
PIPELINE = "flow-definition"
FREESTYLE = "project"
ICON = "com.cloudbees.hudson.plugins.folder.icons.StockFolderIcon"
OWNER = f'<owner class="{MULTIBRANCH}" reference="../.."/>'
# The fields of a class from its topmost superclass down, each with what it has when a document
# does not name it; nothing for those that are null then and so are not written.
_ITEM = {"actions": "<actions/>", "description": "", "displayName": ""}
_ABSTRACT_FOLDER = {
    **_ITEM,
    "properties": "<properties/>",
    "folderViews": (
        '<folderViews class="com.cloudbees.hudson.plugins.folder.views.DefaultFolderViewHolder">'
        "<views><hudson.model.AllView><name>All</name></hudson.model.AllView></views>"
        "</folderViews>"
    ),
    "healthMetrics": "<healthMetrics/>",
    "icon": f'<icon class="{ICON}"/>',
}
_JOB = {**_ITEM, "keepDependencies": "<keepDependencies>false</keepDependencies>"}
_DISABLED = {"disabled": "<disabled>false</disabled>"}
FIELDS: dict[str, dict[str, str]] = {
    FOLDER: _ABSTRACT_FOLDER,
    MULTIBRANCH: {
        **_ABSTRACT_FOLDER,
        "folderViews": (
            f'<folderViews class="jenkins.branch.MultiBranchProjectViewHolder">{OWNER}'
            "</folderViews>"
        ),
        "icon": f'<icon class="jenkins.branch.MetadataActionFolderIcon">{OWNER}</icon>',
        "orphanedItemStrategy": (
            '<orphanedItemStrategy class="com.cloudbees.hudson.plugins.folder.computed.'
            'DefaultOrphanedItemStrategy"><pruneDeadBranches>true</pruneDeadBranches>'
            "<daysToKeep>-1</daysToKeep><numToKeep>-1</numToKeep></orphanedItemStrategy>"
        ),
        "triggers": "<triggers/>",
        **_DISABLED,
        "sources": (
            f'<sources class="jenkins.branch.MultiBranchProject$BranchSourceList"><data/>{OWNER}'
            "</sources>"
        ),
        "factory": (
            '<factory class="org.jenkinsci.plugins.workflow.multibranch.'
            f'WorkflowBranchProjectFactory">{OWNER}<scriptPath>Jenkinsfile</scriptPath></factory>'
        ),
    },
    PIPELINE: {
        **_JOB,
        "properties": "<properties/>",
        "definition": "",
        "triggers": "<triggers/>",
        "quietPeriod": "",
        "authToken": "",
        **_DISABLED,
    },
    FREESTYLE: {
        **_JOB,
        "properties": "<properties/>",
        "scm": '<scm class="hudson.scm.NullSCM"/>',
        "assignedNode": "",
        "canRoam": "<canRoam>true</canRoam>",
        **_DISABLED,
        "blockBuildWhenDownstreamBuilding": (
            "<blockBuildWhenDownstreamBuilding>false</blockBuildWhenDownstreamBuilding>"
        ),
        "blockBuildWhenUpstreamBuilding": (
            "<blockBuildWhenUpstreamBuilding>false</blockBuildWhenUpstreamBuilding>"
        ),
        "triggers": "<triggers/>",
        "concurrentBuild": "<concurrentBuild>false</concurrentBuild>",
        "builders": "<builders/>",
        "publishers": "<publishers/>",
        "buildWrappers": "<buildWrappers/>",
    },
}
# What is added to objects further down, where they lack it.
NESTED = {
    "com.cloudbees.hudson.plugins.folder.computed.DefaultOrphanedItemStrategy": {
        "abortBuilds": "<abortBuilds>false</abortBuilds>"
    },
    "com.cloudbees.hudson.plugins.folder.views.DefaultFolderViewHolder": {
        "tabBar": '<tabBar class="hudson.views.DefaultViewsTabBar"/>'
    },
}
VIEW = {
    "filterExecutors": "<filterExecutors>false</filterExecutors>",
    "filterQueue": "<filterQueue>false</filterQueue>",
    "properties": '<properties class="hudson.model.View$PropertyList"/>',
}
# Fields that hold text: empty, XStream writes both tags of them, of a container only one.
TEXTS = frozenset(
    {
        *("description", "displayName", "credentialsId", "remote", "scriptPath", "script", "spec"),
        *("name", "id", "includes", "excludes", "url", "value", "defaultValue", "string"),
    }
)


def resaved(config: ConfigXml, plugins: Plugins) -> str:
    """The document that Jenkins writes for what it has in memory."""
    root = copy.deepcopy(config.root)
    if fields := FIELDS.get(root.tag):
        _arrange(root, fields)
    for view in root.findall("folderViews/views/*"):
        if view.find("owner") is None:
            owner = {"class": FOLDER, "reference": "../../../.."}
            view.insert(0, ET.Element("owner", owner))
    _adopt(root, plugins)
    _own(root, [], plugins)
    return "<?xml version='1.1' encoding='UTF-8'?>\n" + pretty(root)


def view_xml(view: ET.Element) -> str:
    """A view's config.xml: hudson.model.View.writeXml leaves its owner out."""
    element = copy.deepcopy(view)
    _complete(element, VIEW)
    for owner in element.findall("owner"):
        element.remove(owner)
    return '<?xml version="1.1" encoding="UTF-8"?>\n' + pretty(element)


def _arrange(root: ET.Element, fields: dict[str, str]) -> None:
    """The fields in the order of the class. What it has no field for was not read, and is lost."""
    posted = {child.tag: child for child in root}
    root[:] = []
    for name, default in fields.items():
        if name in posted:
            root.append(posted[name])
        elif default:
            root.append(ET.fromstring(default))


def _adopt(element: ET.Element, plugins: Plugins) -> None:
    """Drops objects of unknown classes, as hudson.util.RobustReflectionConverter does."""
    for child in list(element):
        if unknown(child, plugins):
            element.remove(child)
            continue
        _complete(child, NESTED.get(child.get("class") or child.tag, {}))
        if child.tag.startswith("hudson.model.") and child.tag.endswith("View"):
            _complete(child, VIEW)
        _adopt(child, plugins)


def unknown(element: ET.Element, plugins: Plugins) -> str | None:
    """The class that an element names and that nothing here has."""
    name = _named(element)
    return name if "." in name and plugins.owner(name) is None else None


def _named(element: ET.Element) -> str:
    """The class of an element; in a tag XStream doubles `_` (XmlFriendlyNameCoder)."""
    return element.get("class") or element.tag.replace("__", "_")


def unknown_classes(root: ET.Element, plugins: Plugins) -> list[str]:
    return [name for element in root.iter() if (name := unknown(element, plugins))]


def _complete(element: ET.Element, defaults: dict[str, str]) -> None:
    for name, default in defaults.items():
        if element.find(name) is None:
            element.append(ET.fromstring(default))


def _own(element: ET.Element, owners: list[str], plugins: Plugins) -> None:
    """`plugin` stands where no element around has the same: RobustReflectionConverter."""
    element.attrib.pop("plugin", None)
    name = _named(element)
    owner = plugins.owner(name) if "." in name or name in FIELDS else None
    if owner and owner not in owners and element.get("reference") is None:
        element.set("plugin", plugins.attribute(owner))
    for child in element:
        _own(child, [*owners, owner] if owner else owners, plugins)


def pretty(element: ET.Element, indent: str = "") -> str:
    """com.thoughtworks.xstream.io.xml.PrettyPrintWriter, without a line end at the end."""
    attributes = "".join(f' {key}="{_escaped(value)}"' for key, value in element.attrib.items())
    start = f"{indent}<{element.tag}{attributes}"
    if len(element):
        inner = "\n".join(pretty(child, indent + "  ") for child in element)
        return f"{start}>\n{inner}\n{indent}</{element.tag}>"
    text = element.text or ""
    if text.strip() or (element.tag in TEXTS and not element.attrib):
        return f"{start}>{_escaped(text)}</{element.tag}>"
    return f"{start}/>"


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&apos;").replace("\r", "&#xd;")
