"""What differs between two documents, and what of the server's is kept."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.config.jobs import PipelineJob
from pipelinegen.render.jobs import rendered
from pipelinegen.render.jobxml import (
    NotXml,
    differences,
    facts,
    holds_more,
    merged,
    pruned,
)
from tests.jenkins.given import PLUGINS, jobs, services
from tests.lab.jenkins_server.configxml import ConfigXml
from tests.lab.jenkins_server.plugins import Plugins
from tests.lab.jenkins_server.resave import resaved
from tests.strategies import texts

FOLDER, ORDERS = (rendered(item).xml for item in services("shop/orders"))
NIGHTLY = rendered(
    services("shop/o", pipelines={"n": PipelineJob(script="ci/n.Jenkinsfile", cron="@daily")})[-1]
).xml
PERMISSIONS = (
    "<com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty>"
    "<permission>hudson.model.Item.Read:dev</permission>"
    "</com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty>"
)
VIEW = "<hudson.model.ListView><name>Mine</name></hudson.model.ListView>"


def saved(xml: str) -> str:
    """As Jenkins writes it."""
    return resaved(ConfigXml.parse(xml.encode()), Plugins(PLUGINS))


def changed(xml: str, old: str, new: str) -> str:
    assert old in xml
    return xml.replace(old, new)


def told(ours: str, live: str) -> list[str]:
    return [str(one) for one in differences(ours, live)]


@pytest.mark.parametrize("xml", [FOLDER, ORDERS, NIGHTLY])
def test_what_jenkins_writes_anew_is_the_same(xml: str) -> None:
    assert told(xml, saved(xml)) == []


TRAIT = "jenkins.plugins.git.traits.BranchDiscoveryTrait"
SOURCE = "sources.data.BranchSource"
EDITS = {
    "factory.scriptPath: Other → Jenkinsfile": ("<scriptPath>Jenkinsfile", "<scriptPath>Other"),
    "orphanedItemStrategy.daysToKeep: 3 → 14": ("<daysToKeep>14", "<daysToKeep>3"),
    "disabled: true → false": ("<disabled>false", "<disabled>true"),
    "displayName: Mine → (nothing)": (
        "</description>",
        "</description><displayName>Mine</displayName>",
    ),
    f"{SOURCE}: BranchSource → (nothing)": ("</data>", "<jenkins.branch.BranchSource/></data>"),
    f"{SOURCE}.source.traits.BranchDiscoveryTrait: (nothing) → BranchDiscoveryTrait": (
        f"<{TRAIT}/>",
        "",
    ),
    f"{SOURCE}.source.traits.TagDiscoveryTrait: TagDiscoveryTrait → (nothing)": (
        f"<{TRAIT}/>",
        f"<{TRAIT}/><jenkins.plugins.git.traits.TagDiscoveryTrait/>",
    ),
    "triggers.SCMTrigger: SCMTrigger → (nothing)": (
        "<triggers>",
        "<triggers><hudson.triggers.SCMTrigger/>",
    ),
}


@pytest.mark.parametrize("says", EDITS)
def test_what_a_person_changed_is_told_by_its_field(says: str) -> None:
    live = changed(ORDERS, *EDITS[says])
    assert told(ORDERS, live) == told(ORDERS, saved(live)) == [says]


def test_another_kind_of_source() -> None:
    live = changed(ORDERS, 'class="jenkins.plugins.git.GitSCMSource"', 'class="x.SvnSource"')
    assert told(ORDERS, live) == [f"{SOURCE}.source: SvnSource → GitSCMSource"]


def test_another_kind_of_item() -> None:
    assert told(ORDERS, "<flow-definition/>") == [
        "class: flow-definition → WorkflowMultiBranchProject"
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<traits>", "<httpRemote>https://x</httpRemote><traits>"),
        ("<folderViews", "<icon class='x.Icon'/><healthMetrics/><folderViews"),
        ('class="empty-list"', 'class="java.util.Arrays$ArrayList"'),
        ("jenkins.plugins.git.traits.", "jenkins.plugins.git.elsewhere."),
        ("<properties/>", f"<properties>{PERMISSIONS}</properties>"),
        ("<disabled>false</disabled>", ""),
    ],
)
def test_what_is_jenkins_own_business_is_no_difference(old: str, new: str) -> None:
    assert told(ORDERS, changed(ORDERS, old, new)) == []


def test_a_persons_views_are_no_difference_and_ours_are() -> None:
    assert told(FOLDER, changed(FOLDER, "</views>", f"{VIEW}</views>")) == []
    other = changed(FOLDER, "[^/]+/(main|master|trunk)", ".*")
    assert told(FOLDER, other) == [
        "folderViews.views.ListView[Main branches].includeRegex: .* → [^/]+/(main|master|trunk)"
    ]


def test_a_library_that_nobody_declares_goes_and_permissions_stay() -> None:
    how = jobs(library={"repository": "https://git.example.com/ci/library.git"})
    before = rendered(services("shop/orders", jobs=how)[0]).xml
    live = changed(before, "<properties>", f"<properties>{PERMISSIONS}")
    assert told(FOLDER, live)[-1] == "properties.FolderLibraries: FolderLibraries → (nothing)"
    after = merged(FOLDER, live)
    assert "AuthorizationMatrixProperty" in after and "FolderLibraries" not in after
    assert told(FOLDER, after) == []


def test_what_is_kept_when_a_document_is_pushed() -> None:
    live = changed(ORDERS, "<properties/>", f"<properties>{PERMISSIONS}</properties>")
    live = changed(live, "<disabled>false", "<authToken>t</authToken><disabled>true")
    live = changed(live, "</description>", "</description><displayName>Mine</displayName>")
    root = ET.fromstring(merged(ORDERS, saved(live)).encode())
    assert root.find("properties/*/permission") is not None
    assert root.findtext("disabled") == "false"
    assert root.find("displayName") is None
    assert root.find("healthMetrics") is not None


def test_a_job_that_is_handed_over_keeps_the_id_of_its_source_and_so_its_branches() -> None:
    live = changed(ORDERS, "<id>pipelinegen</id>", "<id>0b1c</id>")
    assert told(ORDERS, live) == []
    assert "<id>0b1c</id>" in merged(ORDERS, live)
    for empty in ("<id></id>", ""):
        without = changed(ORDERS, "<id>pipelinegen</id>", empty)
        assert "<id>pipelinegen</id>" in merged(ORDERS, without)


def test_what_a_pipeline_says_of_its_own_job_is_kept() -> None:
    """`parameters` and `options` of a Jenkinsfile become properties of its job."""
    parameters = "<hudson.model.ParametersDefinitionProperty/>"
    live = changed(NIGHTLY, "<properties>", f"<properties>{parameters}")
    live = changed(live, "<description>", "<actions><x.TrackerAction/></actions><description>")
    after = merged(NIGHTLY, live)
    assert "ParametersDefinitionProperty" in after and "TrackerAction" in after
    assert after.count("PipelineTriggersJobProperty>") == 2


def test_a_password_in_an_address_is_not_shown() -> None:
    live = changed(ORDERS, "https://git.example.com", "https://ci:s3cret@git.example.com")
    (one,) = told(ORDERS, live)
    assert "s3cret" not in one and "https://git.example.com" in one


def test_a_text_of_many_lines_is_shown_on_one() -> None:
    (one,) = told(ORDERS, changed(ORDERS, "Team: shop", "by\nhand \x9b" + "x" * 500))
    assert "\n" not in one and "by ⏎ hand \ufffdx" in one and "…" in one


@pytest.mark.parametrize("live", ["", "<a", "<html>&nbsp;</html>", "not xml"])
def test_what_is_no_document(live: str) -> None:
    for function in (lambda: differences(ORDERS, live), lambda: merged(ORDERS, live)):
        with pytest.raises(NotXml):
            function()
    with pytest.raises(NotXml):
        facts(live)


def test_what_xml_1_1_may_hold_is_read() -> None:
    live = changed(ORDERS, "Team: shop", "&#x1b;[31m &#7; &#13;")
    live = live.replace('version="1.0"', "version='1.1'")
    (one,) = told(ORDERS, live)
    assert one.startswith("description: \ufffd[31m \ufffd")


def test_a_pruned_item_is_disabled_and_a_folder_only_marked() -> None:
    made = facts(pruned(saved(ORDERS), "gone"))
    assert (made.folder, made.description, made.disabled) == (False, "gone", True)
    made = facts(pruned(saved(FOLDER), "gone"))
    assert (made.folder, made.description, made.disabled) == (True, "gone", False)
    assert told(ORDERS, pruned(saved(ORDERS), "gone"))[-1] == "disabled: true → false"


def test_what_somebody_added_to_a_folder_is_seen() -> None:
    assert not holds_more(FOLDER)
    assert holds_more(changed(FOLDER, "<properties>", f"<properties>{PERMISSIONS}"))


scripts = texts(max_size=30)


@given(scripts, scripts, st.booleans())
def test_a_merge_is_always_what_was_declared(old: str, new: str, written: bool) -> None:
    one, other = (rendered(services("shop/orders", path=path)[1]).xml for path in (old, new))
    live = saved(one) if written else one
    assert differences(other, merged(other, live)) == []
