"""The remote API: what `tree` and `depth` show of which object."""

from __future__ import annotations

import pytest

from tests.lab.jenkins_server import JenkinsServer
from tests.lab.jenkins_server.client import Client
from tests.lab.jenkins_server.conftest import Connect
from tests.lab.jenkins_server.documents import REMOTE, folder, multibranch, pipeline


@pytest.fixture
def filled(server: JenkinsServer) -> JenkinsServer:
    server.jenkins.branches[REMOTE] = ["main"]
    server.add("shop", folder("the shop"))
    for number in range(5):
        server.add(f"shop/a{number}", pipeline(f"job {number}"))
    server.add("shop/orders", multibranch("orders"))
    return server


def test_all_descriptions_come_with_one_request(admin: Client, filled: JenkinsServer) -> None:
    """AbstractItem has @Exported getDescription, of folders and of what is in them."""
    tree = "jobs[name,description,jobs[name,description,jobs[name,description]]]"
    (shop,) = admin.get(f"/api/json?tree={tree}").json["jobs"]
    assert shop["description"] == "the shop"
    described = {job["name"]: job["description"] for job in shop["jobs"]}
    assert described == {**{f"a{n}": f"job {n}" for n in range(5)}, "orders": "orders"}
    assert shop["jobs"][5]["jobs"] == [
        {"_class": shop["jobs"][0]["_class"], "description": None, "name": "main"}
    ]
    assert len(filled.requests) == 1


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ("{0,2}", ["a0", "a1"]),
        ("{,2}", ["a0", "a1"]),
        ("{4,}", ["a4", "orders"]),
        ("{3}", ["a3"]),
        ("{9,12}", []),
    ],
)
def test_ranges(admin: Client, filled: JenkinsServer, limits: str, names: list[str]) -> None:
    """org.kohsuke.stapler.export.NamedPathPruner.parseRange: the end is not part of it."""
    jobs = admin.get(f"/job/shop/api/json?tree=jobs[name]{limits}").json["jobs"]
    assert [job["name"] for job in jobs] == names


def test_a_range_within(admin: Client, filled: JenkinsServer) -> None:
    (shop,) = admin.get("/api/json?tree=jobs[jobs[name]{1,3},name]{0,50}").json["jobs"]
    assert [job["name"] for job in shop["jobs"]] == ["a1", "a2"]


def test_a_name_that_comes_twice_counts_as_it_is_last(admin: Client, filled: JenkinsServer) -> None:
    """NamedPathPruner puts the names into a map."""
    (shop,) = admin.get("/api/json?tree=jobs[name],jobs[description]").json["jobs"]
    assert set(shop) == {"_class", "description"}


def test_an_object_without_names_shows_its_class(admin: Client, filled: JenkinsServer) -> None:
    """So python-jenkins' get_all_jobs sees that there is more below."""
    assert admin.get("/api/json?tree=jobs").json["jobs"] == [
        {"_class": "com.cloudbees.hudson.plugins.folder.Folder"}
    ]


def test_a_star_is_every_name(admin: Client, filled: JenkinsServer) -> None:
    shown = admin.get("/job/shop/api/json?tree=*").json
    assert shown["fullName"] == "shop"
    assert shown["jobs"][0] == {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob"}


@pytest.mark.parametrize(
    "query", ["tree=jobs[name", "tree=", "tree=jobs{x}", "tree=jobs]", "depth=x"]
)
def test_what_cannot_be_read_is_an_error(admin: Client, filled: JenkinsServer, query: str) -> None:
    """org.kohsuke.stapler.ResponseImpl: ServletException, "Malformed tree expression"."""
    assert admin.get(f"/api/json?{query}").status == 500
    assert "ServletException" in filled.errors[-1].thrown


def test_properties_that_are_not_there_are_left_out(admin: Client, filled: JenkinsServer) -> None:
    """A folder has no `color`, and no `disabled`; a multibranch project tells `buildable`."""
    tree = "name,color,disabled,buildable,nothing"
    assert set(admin.get(f"/job/shop/api/json?tree={tree}").json) == {"_class", "name"}
    shown = admin.get(f"/job/shop/job/orders/api/json?tree={tree}").json
    assert set(shown) == {"_class", "name", "buildable"}
    shown = admin.get(f"/job/shop/job/a0/api/json?tree={tree}").json
    assert set(shown) == {"_class", *tree.split(",")[:-1]}


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_depth(admin: Client, filled: JenkinsServer, depth: int) -> None:
    """org.kohsuke.stapler.export.TreePruner.ByDepth: name, url and color go deeper."""
    (shop,) = admin.get(f"/api/json?depth={depth}").json["jobs"]
    assert ("description" in shop) == (depth > 0)
    if depth == 0:
        assert set(shop) == {"_class", "name", "url"}
    else:
        assert ("description" in shop["jobs"][0]) == (depth > 1)
        assert "color" in shop["jobs"][0]


def test_nothing_is_told_about_changes(admin: Client, filled: JenkinsServer) -> None:
    """Neither the API nor config.xml has validators, so a conditional request is a full one."""
    for path in ("/api/json?tree=jobs[name]", "/job/shop/config.xml"):
        answer = admin.get(path)
        assert not {"ETag", "Last-Modified"} & set(answer.headers)
        again = admin.send("GET", path, None, {"If-None-Match": "*", "If-Modified-Since": "now"})
        assert (again.status, again.body) == (200, answer.body)


def test_urls_are_those_of_the_settings(connect: Connect) -> None:
    """jenkins.model.JenkinsLocationConfiguration; the Location of a queue item is the client's."""
    with JenkinsServer(root_url="https://jenkins.example.com/j/", prefix="/j") as server:
        client = connect(url=server.url)
        server.add("a", pipeline())
        url = client.get("/j/api/json?tree=jobs[url]").json["jobs"][0]["url"]
        assert url == "https://jenkins.example.com/j/job/a/"
        client.headers["Jenkins-Crumb"] = client.get("/j/crumbIssuer/api/json").json["crumb"]
        assert client.post("/j/job/a/build").headers["Location"] == f"{server.url}queue/item/1/"
        assert client.post("/j/job/a/disable").headers["Location"] == "/j/job/a/"
        assert client.get("/api/json").status == 404


def test_who_is_who(admin: Client, server: JenkinsServer) -> None:
    """hudson.security.WhoAmI, hudson.model.User"""
    assert admin.get("/whoAmI/api/json").json["name"] == "admin"
    assert admin.get("/me/api/json?tree=id").json == {"_class": "hudson.model.User", "id": "admin"}
    assert admin.get("/user/admin/api/json").json["absoluteUrl"] == f"{server.url}user/admin"
    assert admin.get("/user/nobody/api/json").status == 404


def test_plugins(admin: Client, server: JenkinsServer) -> None:
    """hudson.PluginManager: at depth 0 nothing is seen of a plugin."""
    assert admin.get("/pluginManager/api/json").json["plugins"][0] == {}
    plugins = admin.get("/pluginManager/api/json?depth=1").json["plugins"]
    versions = {plugin["shortName"]: plugin["version"] for plugin in plugins}
    assert versions == server.jenkins.plugins.versions


def test_a_script_is_never_run(admin: Client) -> None:
    for path in ("/scriptText", "/script"):
        answer = admin.form(path, "script=println(1)")
        assert answer.status == 403
        assert answer.headers["X-Required-Permission"] == "hudson.model.Hudson.Administer"


def test_pages_without_their_slash(admin: Client, filled: JenkinsServer) -> None:
    """Recorded for a job: the page of an object is at an address with a slash."""
    answer = admin.get("/job/shop?x=1")
    assert (answer.status, answer.headers["Location"]) == (302, "/job/shop/?x=1")
    assert admin.get("/job/shop/api/json").status == 200


def test_quiet_down(admin: Client, server: JenkinsServer) -> None:
    """jenkins.model.Jenkins.doQuietDown: what waits stays where it is."""
    server.executors.waits = server.executors.runs = 0
    server.add("a", pipeline())
    assert admin.post("/quietDown").status == 302
    assert admin.get("/api/json?tree=quietingDown").json["quietingDown"] is True
    admin.post("/job/a/build")
    assert len(admin.get("/queue/api/json").json["items"]) == 1
    admin.post("/cancelQuietDown")
    assert admin.get("/queue/api/json").json["items"] == []
