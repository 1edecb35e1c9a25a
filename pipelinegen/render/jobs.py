"""Items of a Jenkins server as their config.xml, with the marker that says whose they are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from pipelinegen.plan.jobs import Folder, Item, Multibranch, Pipeline
from pipelinegen.plan.sources import Branches
from pipelinegen.render.quoting import xml
from pipelinegen.render.templates import render

# The last line of a description; it means nothing to any of Jenkins' markup formatters.
_MARKER = re.compile(r"pipelinegen: (?P<name>[^\r\n]+?)(?: (?P<state>[0-9a-f]{16}|pruned))?\s*\Z")
PRUNED = "pruned"

# com.cloudbees.hudson.plugins.folder.computed.PeriodicFolderTrigger.toCrontab: at most so many
# minutes, and how often it then looks whether it is time.
_CRONTABS = ((5, "* * * * *"), (30, "H/5 * * * *"), (60, "H/15 * * * *"), (480, "H/30 * * * *"),
             (1440, "H H/4 * * *"), (2880, "H H/12 * * *"))  # fmt: skip
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}

MAIN_BRANCHES = "[^/]+/(main|master|trunk)"
COLUMNS = (
    *("StatusColumn", "WeatherColumn", "JobColumn", "LastSuccessColumn", "LastFailureColumn"),
    *("LastDurationColumn", "BuildButtonColumn"),
)

# A branch source's class, that of the traits with `_` doubled as XStream has it in a tag, who is
# trusted of those with forks, and which names the trait for pull requests has in the plugin.
_GITHUB = "org.jenkinsci.plugins.github_branch_source."
_GITLAB = "io.jenkins.plugins.gitlabbranchsource."
_BITBUCKET = "com.cloudbees.jenkins.plugins.bitbucket."
_HOSTED = {
    "github": (_GITHUB, "GitHubSCMSource", "PullRequest", "TrustPermission"),
    "gitlab": (_GITLAB, "GitLabSCMSource", "MergeRequest", "TrustPermission"),
    "bitbucket": (_BITBUCKET, "BitbucketSCMSource", "PullRequest", "TrustTeamForks"),
}
_STRATEGIES = {"merge": "1", "head": "2"}


@dataclass(frozen=True)
class Marker:
    """What a description says about whose an item is.

    Args:
        name: the item's name when it was pushed: a copy has another one.
        state: the digest of what was pushed, `pruned`, or empty when a person handed it over.
    """

    name: str
    state: str


@dataclass(frozen=True)
class Trait:
    """A behaviour of a branch source."""

    tag: str
    fields: tuple[tuple[str, str], ...] = ()
    trust: str = ""


@dataclass(frozen=True)
class Rendered:
    """An item and the document for it.

    Args:
        item: what it is.
        xml: its config.xml.
        description: its description, with the marker.
        digest: of the document without the marker.
    """

    item: Item
    xml: str
    description: str
    digest: str


def marker(description: str | None) -> Marker | None:
    """The marker in a description; None when there is none."""
    lines = (description or "").rstrip().splitlines()
    found = _MARKER.match(lines[-1].strip()) if lines else None
    return Marker(found["name"], found["state"] or "") if found else None


def is_pruned(description: str) -> bool:
    """Whether its item was disabled because nothing declared it any more."""
    found = marker(description)
    return found is not None and found.state == PRUNED


def marked_pruned(description: str, name: str) -> str:
    """The description of an item that was disabled because nothing declares it any more."""
    above = description.rstrip().splitlines()[:-1]
    return "\n".join([*above, f"pipelinegen: {name} {PRUNED}"])


def rendered(item: Item) -> Rendered:
    """The document for an item, which is the same for the same item."""
    about = _about(item)
    bare = _document(item, about)
    digest = hashlib.sha256(bare.encode()).hexdigest()[:16]
    description = f"{about}\npipelinegen: {item.name} {digest}"
    return Rendered(item, _document(item, description), description, digest)


def _about(item: Item) -> str:
    if item.html:
        return "<br>\n".join(_html(line) for line in item.about) + "<br>"
    return "\n".join(line if isinstance(line, str) else ": ".join(line) for line in item.about)


def _html(line: str | tuple[str, str]) -> str:
    if isinstance(line, str):
        return xml(line)
    name, address = map(xml, line)
    return f'<a href="{address}">{name}</a>'


def _document(item: Item, description: str) -> str:
    if isinstance(item, Folder):
        return render(
            "jobs/folder.xml.j2",
            description=description,
            library=item.library,
            main_branches=None if item.path_only else MAIN_BRANCHES,
            columns=COLUMNS,
        )
    if isinstance(item, Multibranch):
        return render("jobs/multibranch.xml.j2", description=description, **_multibranch(item))
    assert isinstance(item, Pipeline)
    return render(
        "jobs/pipeline.xml.j2",
        description=description,
        repository=item.repository,
        credentials=item.credentials,
        # With `*/` it would be any remote's branch of that name; `refs/heads/` is this very one.
        branch=f"refs/heads/{item.branch}",
        script=item.script,
        cron=item.cron,
    )


def _multibranch(item: Multibranch) -> dict[str, Any]:
    minutes = int(item.scan[:-1]) * _MINUTES[item.scan[-1]] if item.scan else 0
    return {
        "keep_days": -1 if item.keep_days is None else item.keep_days,
        "keep_number": -1 if item.keep_number is None else item.keep_number,
        "interval": minutes * 60_000,
        "cron": next((cron for most, cron in _CRONTABS if minutes <= most), "H H * * *"),
        "source": _source(item.branches),
        "script": item.script,
    }


def _source(branches: Branches) -> dict[str, Any]:
    """The class, the fields and the traits of a branch source."""
    credentials = ("credentialsId", branches.credentials or "")
    if branches.type == "git":
        return {
            "java_class": "jenkins.plugins.git.GitSCMSource",
            "fields": [("remote", branches.repository), credentials],
            "traits": [
                Trait("jenkins.plugins.git.traits.BranchDiscoveryTrait"),
                *_filter(branches),
            ],
        }
    package, name, _, _ = _HOSTED[branches.type]
    of_project = ("repoOwner", branches.owner), ("repository", branches.project)
    if branches.type == "gitlab":
        of_project = ("projectOwner", branches.owner), ("projectPath", branches.project)
    servers = {"github": "apiUri", "gitlab": "serverName", "bitbucket": "serverUrl"}
    server = [(servers[branches.type], branches.server)] if branches.server else []
    return {
        "java_class": package + name,
        "fields": [*server, credentials, *of_project],
        "traits": [*_discovery(branches), *_filter(branches)],
    }


def _discovery(branches: Branches) -> list[Trait]:
    package, _, pull_request, trust = _HOSTED[branches.type]
    tags = package.replace("_", "__")
    both = branches.pull_requests != "none"
    # 1: not those that are pull requests as well, which would be built twice; 3: all.
    found = [Trait(f"{tags}BranchDiscoveryTrait", (("strategyId", "1" if both else "3"),))]
    if both:
        strategy = (("strategyId", _STRATEGIES[branches.pull_requests]),)
        found.append(Trait(f"{tags}Origin{pull_request}DiscoveryTrait", strategy))
        if branches.forks:
            fork = f"Fork{pull_request}DiscoveryTrait"
            found.append(Trait(f"{tags}{fork}", strategy, f"{package}{fork}${trust}"))
    return found


def _filter(branches: Branches) -> list[Trait]:
    if not branches.includes:
        return []
    fields = (("includes", branches.includes), ("excludes", ""))
    return [Trait("jenkins.scm.impl.trait.WildcardSCMHeadFilterTrait", fields)]
