"""The properties that Jenkins exports of its objects, from the topmost superclass down.

Each table names the classes that its @Exported methods are in. What is not in a table is not in
Jenkins' JSON either: of folders there is no `color`, and no `disabled` but `buildable` instead.
Bulk reads rest on this: AbstractItem exports `name`, `description`, `displayName` and `url` of
every kind of item, so that one request with
`tree=jobs[name,description,jobs[name,description]]` tells all descriptions.
"""

from __future__ import annotations

from typing import Any

from tests.lab.jenkins_server.builds import Build, Executors, Queued, colour
from tests.lab.jenkins_server.export import ABSENT, ALWAYS, TABLES, Exported, Look
from tests.lab.jenkins_server.model import (
    Folder,
    FreeStyle,
    Item,
    Job,
    MultiBranch,
    Pipeline,
    Root,
    View,
)
from tests.lab.jenkins_server.plugins import DependencyBean, PluginBean, Plugins

Shown = dict[str, Any]
"""An object that has no class here: it is shown wherever it is reached."""


def plain(name: str, attribute: str = "", visibility: int = 1) -> Exported:
    """A property that is an attribute here."""
    return Exported(name, lambda bean, look: getattr(bean, attribute or name), visibility)


def constant(name: str, value: Any = None, visibility: int = 1) -> Exported:
    return Exported(name, lambda bean, look: value, visibility)


def url(visibility: int = ALWAYS) -> Exported:
    return Exported("url", lambda bean, look: look.base + bean.path, visibility)


def readable(group: Any, look: Look) -> list[Item]:
    return [item for item in group if look.may_read(item)]


def jobs(attribute: str) -> Exported:
    return Exported("jobs", lambda bean, look: readable(getattr(bean, attribute), look))


def latest(name: str, *results: str | None) -> Exported:
    """The last build that came to one of these results; None is one that runs."""

    def get(job: Job, look: Look) -> Build | None:
        done = (b for b in reversed(job.builds) if not results or b.result in results)
        return next(done, None)

    return Exported(name, get)


def job_properties(job: Job, look: Look) -> list[Shown]:
    """BranchJobProperty of workflow-multibranch, hudson.model.ParametersDefinitionProperty"""
    found: list[Shown] = []
    if job.managed:
        name = "org.jenkinsci.plugins.workflow.multibranch.BranchJobProperty"
        found.append({"_class": name, "branch": {}})
    if job.parameters:
        defined = [
            {
                "_class": "hudson.model.StringParameterDefinition",
                "defaultParameterValue": {"name": name, "value": value},
                "name": name,
            }
            for name, value in job.parameters.items()
        ]
        name = "hudson.model.ParametersDefinitionProperty"
        found.append({"_class": name, "parameterDefinitions": defined})
    return found


def queue_item(job: Job, look: Look) -> Queued | None:
    return next((queued for queued in look.executors.waiting if queued.job is job), None)


def build_actions(build: Build | Queued, look: Look) -> list[Shown]:
    """hudson.model.CauseAction, hudson.model.ParametersAction"""
    cause = {"_class": "hudson.model.Cause$UserIdCause", "shortDescription": build.cause}
    found: list[Shown] = [{"_class": "hudson.model.CauseAction", "causes": [cause]}]
    if build.parameters:
        given = [
            {"_class": "hudson.model.StringParameterValue", "name": name, "value": value}
            for name, value in build.parameters.items()
        ]
        found.append({"_class": "hudson.model.ParametersAction", "parameters": given})
    return found


def why(queued: Queued, look: Look) -> str | None:
    return None if queued.left else "Waiting for next available executor"


def only_left(name: str, attribute: str) -> Exported:
    """hudson.model.Queue.LeftItem has it, and an item that waits does not."""

    def get(queued: Queued, look: Look) -> Any:
        return getattr(queued, attribute) if queued.left else ABSENT

    return Exported(name, get)


# hudson.model.AbstractItem
ITEM = [
    constant("actions", []),
    plain("description"),
    plain("displayName", "display_name"),
    Exported("displayNameOrNull", lambda item, look: item.config.value("displayName") or None),
    plain("fullDisplayName", "full_display_name"),
    plain("fullName", "full_name"),
    plain("name", visibility=ALWAYS),
    url(),
]
# com.cloudbees.hudson.plugins.folder.AbstractFolder
FOLDER = [
    *ITEM,
    constant("healthReport", []),
    jobs("items"),
    Exported("primaryView", lambda item, look: item.views[0]),
    plain("views"),
]
# hudson.model.Job
JOB = [
    *ITEM,
    plain("buildable"),
    Exported("allBuilds", lambda job, look: job.builds[::-1], visibility=-2),
    Exported("builds", lambda job, look: job.builds[::-1][:100]),
    Exported("color", lambda job, look: colour(job), visibility=2),
    Exported("firstBuild", lambda job, look: job.builds[0] if job.builds else None),
    constant("healthReport", []),
    constant("keepDependencies", False),
    latest("lastBuild"),
    latest("lastCompletedBuild", "SUCCESS", "UNSTABLE", "FAILURE", "ABORTED", "NOT_BUILT"),
    latest("lastFailedBuild", "FAILURE"),
    latest("lastStableBuild", "SUCCESS"),
    latest("lastSuccessfulBuild", "SUCCESS", "UNSTABLE"),
    latest("lastUnstableBuild", "UNSTABLE"),
    latest("lastUnsuccessfulBuild", "UNSTABLE", "FAILURE", "ABORTED", "NOT_BUILT"),
    plain("nextBuildNumber", "next_number"),
    Exported("property", job_properties, inline=True),
    # org.jenkinsci.plugins.workflow.job.WorkflowJob and hudson.model.AbstractProject
    constant("concurrentBuild", True),
    plain("disabled"),
    Exported("inQueue", lambda job, look: queue_item(job, look) is not None),
    Exported("queueItem", queue_item),
]
TABLES |= {
    # jenkins.model.Jenkins, hudson.model.Node
    Root: [
        constant("mode", "NORMAL"),
        constant("nodeDescription", "the Jenkins controller's built-in node"),
        constant("nodeName", ""),
        constant("numExecutors", 2),
        constant("description"),
        jobs("items"),
        Exported("primaryView", lambda root, look: root.views[0]),
        constant("quietDownReason"),
        plain("quietingDown", "quieting_down"),
        constant("slaveAgentPort", -1),
        url(1),
        constant("useCrumbs", True),
        constant("useSecurity", True),
        plain("views"),
    ],
    Folder: FOLDER,
    # com.cloudbees.hudson.plugins.folder.computed.ComputedFolder, jenkins.branch.MultiBranchProject
    MultiBranch: [
        *FOLDER,
        plain("buildable"),
        Exported("sources", lambda item, look: [{} for _ in item.remotes]),
    ],
    Pipeline: [*JOB, constant("resumeBlocked", False)],
    FreeStyle: [
        *JOB,
        constant("downstreamProjects", []),
        constant("labelExpression"),
        constant("scm", {"_class": "hudson.scm.NullSCM"}),
        constant("upstreamProjects", []),
    ],
    # hudson.model.View
    View: [
        plain("description"),
        jobs("jobs"),
        plain("name", visibility=2),
        constant("property", []),
        url(2),
    ],
    # hudson.model.Run, org.jenkinsci.plugins.workflow.job.WorkflowRun
    Build: [
        Exported("actions", build_actions),
        constant("artifacts", []),
        plain("building"),
        constant("description"),
        Exported("displayName", lambda build, look: f"#{build.number}"),
        Exported("duration", lambda build, look: int(build.duration * 1000)),
        constant("estimatedDuration", -1),
        constant("executor"),
        Exported("fullDisplayName", lambda b, look: f"{b.job.full_display_name} #{b.number}"),
        Exported("id", lambda build, look: str(build.number)),
        Exported("inProgress", lambda build, look: build.building),
        constant("keepLog", False),
        plain("number", visibility=2),
        plain("queueId", "queue_id"),
        plain("result"),
        Exported("timestamp", lambda build, look: int(build.started * 1000)),
        url(2),
        constant("changeSets", []),
        constant("culprits", []),
        Exported("nextBuild", lambda build, look: build.job.build(build.number + 1)),
        Exported("previousBuild", lambda build, look: build.job.build(build.number - 1)),
    ],
    # hudson.model.Queue.Item, Queue.WaitingItem, Queue.LeftItem
    Queued: [
        Exported("actions", build_actions),
        constant("blocked", False),
        constant("buildable", False),
        plain("id", "number"),
        Exported("inQueueSince", lambda queued, look: int(queued.since * 1000)),
        Exported("params", lambda q, look: "".join(f"\n{k}={v}" for k, v in q.parameters.items())),
        constant("stuck", False),
        plain("task", "job"),
        plain("url", "path"),
        Exported("why", why),
        only_left("cancelled", "cancelled"),
        only_left("executable", "build"),
    ],
    # hudson.model.Queue
    Executors: [
        constant("discoverableItems", []),
        Exported(
            "items",
            lambda queue, look: [one for one in queue.waiting if look.may_read(one.job)],
            inline=True,
        ),
    ],
    # hudson.PluginManager, hudson.PluginWrapper
    Plugins: [Exported("plugins", lambda plugins, look: plugins.beans())],
    PluginBean: [
        constant("active", True),
        constant("backupVersion"),
        constant("bundled", False),
        constant("deleted", False),
        plain("dependencies"),
        plain("detached"),
        constant("downgradable", False),
        constant("enabled", True),
        constant("hasUpdate", False),
        plain("longName", "name"),
        constant("pinned", False),
        constant("requiredCoreVersion", "2.479.1"),
        plain("shortName", "name"),
        constant("supportsDynamicLoad", "YES"),
        constant("url"),
        plain("version"),
    ],
    DependencyBean: [plain("optional"), plain("shortName", "plugin"), plain("version")],
}
