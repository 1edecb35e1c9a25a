"""config.xml of the items: whatever the values, Jenkins reads back what was meant."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.config.jobs import PipelineJob
from pipelinegen.plan.jobs import Folder, Item, Library, Multibranch, Pipeline
from pipelinegen.plan.sources import Branches
from pipelinegen.render.jobs import is_pruned, marked_pruned, marker, rendered
from pipelinegen.render.jobxml import differences
from pipelinegen.render.quoting import config_xml
from tests.jenkins.given import PLUGINS, declared, jobs, services
from tests.lab.jenkins_server.configxml import ConfigXml, identity
from tests.lab.jenkins_server.jenkins import Jenkins
from tests.lab.jenkins_server.plugins import Plugins
from tests.lab.jenkins_server.resave import resaved
from tests.strategies import texts

PLACES = Plugins(PLUGINS)
UNHELD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\ud800-\udfff\ufffe\uffff]")
NIGHTLY = {"nightly": PipelineJob(script="ci/nightly.Jenkinsfile", cron="H 2 * * *")}
LIBRARY = {"repository": "https://git.example.com/ci/library.git"}


def all_kinds() -> list[Item]:
    """Each kind of item, with each kind of source."""
    made = services("shop/plain", pipelines=NIGHTLY, jobs=jobs(library=LIBRARY, scan=None))
    for kind in ("github", "gitlab", "bitbucket"):
        source = {"type": kind, "repository": "https://x.example.com/{team}/{service}"}
        how = jobs(source=source, discover={"branches": ["main"], "forks": True}, markup="html")
        made += services(f"{kind}/hosted", jobs=how)
    return made


def text_of(xml: str, path: str) -> str:
    return ET.fromstring(xml).findtext(path, "(none)")


@given(texts(nul=True))
def test_text_comes_back_as_it_was_but_for_what_xml_cannot_hold(text: str) -> None:
    xml = f"<a>{config_xml(text)}</a>"
    meant = UNHELD.sub("\ufffd", text)
    assert (ET.fromstring(xml).text or "") == meant
    # What Jenkins gives back before and after it has saved the item.
    assert (ET.fromstring(identity(xml.encode())).text or "") == meant
    again = ET.fromstring(
        resaved(ConfigXml.parse(b"<project>" + xml.encode() + b"</project>"), PLACES)
    )
    assert again.find("a") is None  # a field that a project does not have
    described = f"<project><description>{config_xml(text)}</description></project>"
    saved = resaved(ConfigXml.parse(described.encode()), PLACES)
    assert ET.fromstring(saved.encode()).findtext("description", "") == meant


values = texts(max_size=40)
items = st.one_of(
    st.builds(
        Multibranch,
        path=st.just("shop/orders"),
        about=st.lists(values | st.tuples(values, values), max_size=3).map(tuple),
        html=st.booleans(),
        branches=st.builds(
            Branches,
            type=st.sampled_from(["git", "github", "gitlab", "bitbucket"]),
            repository=values,
            credentials=st.none() | values,
            server=st.none() | values,
            owner=values,
            project=values,
            includes=values,
            pull_requests=st.sampled_from(["merge", "head", "none"]),
            forks=st.booleans(),
        ),
        script=values,
        keep_days=st.none() | st.integers(1),
        scan=st.sampled_from([None, "1m", "10m", "30m", "2h", "1d", "2d", "28d"]),
    ),
    st.builds(
        Folder,
        path=st.just("shop"),
        about=st.lists(values, max_size=3).map(tuple),
        library=st.none() | st.builds(Library, values, values, values, st.none() | values),
    ),
    st.builds(
        Pipeline,
        path=st.just("shop/orders-nightly"),
        repository=values,
        credentials=st.none() | values,
        branch=values,
        script=values,
        cron=st.none() | values,
    ),
)


@given(items)
def test_whatever_is_in_it_a_document_is_read_as_the_same_again(item: Item) -> None:
    made = rendered(item)
    assert made == rendered(item)
    config = ConfigXml.parse(made.xml.encode())
    assert differences(made.xml, config.text) == []
    assert differences(made.xml, resaved(config, PLACES)) == []
    told = marker(config.value("description"))
    assert told is not None and (told.name, told.state) == (item.name, made.digest)


@given(items, items)
def test_two_items_have_one_digest_only_when_they_are_the_same(one: Item, other: Item) -> None:
    same = rendered(one).digest == rendered(other).digest
    bare = [re.sub(r"pipelinegen: .*", "", rendered(each).xml) for each in (one, other)]
    assert same == (bare[0] == bare[1])


@pytest.mark.parametrize("item", all_kinds(), ids=lambda item: item.path)
def test_jenkins_knows_every_class_in_a_document(item: Item) -> None:
    jenkins = Jenkins(Plugins(PLUGINS))
    jenkins.create(jenkins.root, item.name, rendered(item).xml.encode())
    assert jenkins.old_data == []


def test_links_are_text_or_html() -> None:
    links = {"Logs <1>": "https://logs.example.com/?q=a&b={service}"}
    plain = rendered(services("shop/orders", jobs=jobs(links=links))[1]).description
    assert plain.splitlines()[:2] == [
        "Team: shop", "Logs <1>: https://logs.example.com/?q=a&b=orders",
    ]  # fmt: skip
    html = rendered(services("shop/orders", jobs=jobs(links=links, markup="html"))[1]).description
    link = '<a href="https://logs.example.com/?q=a&amp;b=orders">Logs &lt;1&gt;</a>'
    assert link in html
    assert html.splitlines()[-1].startswith("pipelinegen: orders ")


def test_the_description_of_a_service_stands_first() -> None:
    item = services("shop/orders", description="Takes orders")[1]
    assert text_of(rendered(item).xml, "description").startswith("Takes orders\nTeam: shop\n")


@pytest.mark.parametrize(
    ("scan", "cron", "interval"),
    [("1m", "* * * * *", "60000"), ("5m", "* * * * *", "300000"), ("15m", "H/5 * * * *", "900000"),
     ("1h", "H/15 * * * *", "3600000"), ("8h", "H/30 * * * *", "28800000"),
     ("1d", "H H/4 * * *", "86400000"), ("2d", "H H/12 * * *", "172800000"),
     ("28d", "H H * * *", "2419200000")],
)  # fmt: skip
def test_the_schedule_of_scans_is_the_plugins(scan: str, cron: str, interval: str) -> None:
    xml = rendered(services("shop/orders", jobs=jobs(scan=scan))[1]).xml
    assert text_of(xml, "triggers/*/spec") == cron
    assert text_of(xml, "triggers/*/interval") == interval


def test_pull_requests_are_not_built_twice() -> None:
    """A branch that is one is left out; without pull requests all branches are built."""
    for pull_requests, branch, origin in (
        ("merge", "1", "1"),
        ("head", "1", "2"),
        ("none", "3", ""),
    ):
        source = {"type": "github", "repository": "https://github.com/{team}/{service}"}
        how = jobs(source=source, discover={"pullRequests": pull_requests})
        root = ET.fromstring(rendered(services("shop/orders", jobs=how)[1]).xml)
        traits = {
            t.tag.rpartition(".")[2]: t.findtext("strategyId") for t in root.find(".//traits") or []
        }
        assert traits["BranchDiscoveryTrait"] == branch
        assert traits.get("OriginPullRequestDiscoveryTrait", "") == origin


def test_a_library_is_found_by_its_tag() -> None:
    """With the trait for branches alone the git plugin would ask for branches alone."""
    root = ET.fromstring(rendered(services("shop/orders", jobs=jobs(library=LIBRARY))[0]).xml)
    names = {t.tag.rpartition(".")[2] for t in root.findall(".//retriever//traits/*")}
    assert names == {"BranchDiscoveryTrait", "TagDiscoveryTrait"}
    assert root.findtext(".//LibraryConfiguration/defaultVersion") is None  # a class has a package
    assert root.findtext(".//libraries/*/defaultVersion") == "v1"


@pytest.mark.parametrize(
    ("description", "name", "state"),
    [
        ("x\npipelinegen: orders 0123456789abcdef", "orders", "0123456789abcdef"),
        ("pipelinegen: orders", "orders", ""),
        ("x\r\npipelinegen: orders pruned\r\n", "orders", "pruned"),
        ("pipelinegen: My Orders", "My Orders", ""),
    ],
)
def test_a_marker_is_the_last_line(description: str, name: str, state: str) -> None:
    found = marker(description)
    assert found is not None and (found.name, found.state) == (name, state)


@pytest.mark.parametrize(
    "text", [None, "", "pipelinegen: orders\nmore", "pipelinegen:", "a pipelinegen: x"]
)
def test_what_is_no_marker(text: str | None) -> None:
    assert marker(text) is None


def test_a_pruned_item_keeps_what_its_description_says() -> None:
    before = rendered(services("shop/orders")[1]).description
    after = marked_pruned(before, "orders")
    assert after == "Team: shop\npipelinegen: orders pruned"
    assert is_pruned(after) and not is_pruned(before)


def test_all_services_of_a_team_have_one_folder() -> None:
    assert [i.path for i in services("shop/a", "shop/b")] == ["shop", "shop/a", "shop/b"]
    assert declared("a").folder == "shop"
