"""Folders that are more than a place: their views, and the branches of multibranch projects."""

from __future__ import annotations

import pytest

from tests.lab.jenkins_server import JenkinsServer, MultiBranch
from tests.lab.jenkins_server.client import Client
from tests.lab.jenkins_server.documents import REMOTE, folder, multibranch, pipeline, view


def test_views(admin: Client, server: JenkinsServer) -> None:
    """hudson.model.View.create and doDoDelete, hudson.model.ListView.getItems"""
    server.add("a", pipeline())
    server.add("b", pipeline())
    assert admin.xml("/createView?name=mine", view("mine", "b")).status == 200
    assert admin.xml("/createView?name=mine", view("mine")).status == 400
    shown = admin.get("/view/mine/api/json?tree=name,url,jobs[name]").json
    assert [job["name"] for job in shown["jobs"]] == ["b"]
    assert shown["url"] == f"{server.url}view/mine/"
    assert admin.get("/view/mine/job/b/api/json?tree=name").json["name"] == "b"
    assert admin.xml("/view/mine/config.xml", view("other", "a", "b")).status == 200
    assert "<name>mine</name>" in admin.get("/view/mine/config.xml").text
    assert admin.post("/view/mine/doDelete").status == 302
    assert admin.get("/view/mine/api/json").status == 404
    # hudson.model.ViewGroupMixIn.deleteView: the last one stays.
    assert admin.post("/view/all/doDelete").status == 500


def test_views_by_pattern(admin: Client, server: JenkinsServer) -> None:
    """hudson.model.ListView: includeRegex matches the whole name, with folders if it recurses."""
    server.add("shop", folder())
    server.add("shop/a1", pipeline())
    server.add("a2", pipeline())
    for recurse, names in (("true", ["a2", "a1"]), ("false", ["a2"])):
        regex = f"<includeRegex>(.*/)?a.</includeRegex><recurse>{recurse}</recurse>"
        document = view("v").replace("<jobNames", f"{regex}<jobNames")
        admin.xml(f"/createView?name={recurse}", document)
        jobs = admin.get(f"/view/{recurse}/api/json?tree=jobs[name]").json["jobs"]
        assert [job["name"] for job in jobs] == names


def test_the_views_of_a_folder_are_in_its_document(admin: Client, server: JenkinsServer) -> None:
    """AbstractFolder.folderViews: who posts a folder's config.xml replaces its views with it."""
    server.add("shop", folder("the shop"))
    assert admin.xml("/job/shop/createView?name=mine", view("mine")).status == 200
    assert "<name>mine</name>" in server.config("shop")
    names = admin.get("/job/shop/api/json?tree=views[name]").json["views"]
    assert [one["name"] for one in names] == ["All", "mine"]
    admin.xml("/job/shop/config.xml", folder("the shop"))
    assert admin.get("/job/shop/view/mine/api/json").status == 404


@pytest.fixture
def orders(server: JenkinsServer) -> MultiBranch:
    server.jenkins.branches[REMOTE] = ["main", "feature/x"]
    found = server.add("orders", multibranch("the orders", keep=1))
    assert isinstance(found, MultiBranch)
    server.run_builds()
    return found


def test_branches(admin: Client, server: JenkinsServer, orders: MultiBranch) -> None:
    """jenkins.branch.NameEncoder: the slash of a branch is encoded in the name of its job."""
    jobs = admin.get("/job/orders/api/json?tree=jobs[name,displayName,url,color]").json["jobs"]
    assert [(job["name"], job["displayName"]) for job in jobs] == [
        ("feature%2Fx", "feature/x"),
        ("main", "main"),
    ]
    assert jobs[0]["url"] == f"{server.url}job/orders/job/feature%252Fx/"
    assert jobs[0]["color"] == "blue"
    shown = admin.get("/job/orders/job/main/api/json?tree=displayNameOrNull").json
    assert shown["displayNameOrNull"] is None
    # jenkins.branch.MultiBranchProject.getItem takes the address that was decoded once as well.
    for path in ("feature%252Fx", "feature%2Fx"):
        shown = admin.get(f"/job/orders/job/{path}/api/json?tree=fullDisplayName").json
        assert shown["fullDisplayName"] == "orders » feature/x"


def test_branch_jobs_belong_to_their_project(
    admin: Client, server: JenkinsServer, orders: MultiBranch
) -> None:
    """workflow-multibranch, BranchJobProperty.decorateACL: not even an administrator may."""
    for action in ("config.xml", "doDelete", "disable", "confirmRename?newName=x"):
        answer = admin.xml(f"/job/orders/job/main/{action}", pipeline())
        assert answer.status == 403, action
    assert admin.get("/job/orders/job/main/config.xml").status == 200
    assert admin.xml("/job/orders/createItem?name=x", pipeline()).status == 404


def test_branches_that_are_gone(admin: Client, server: JenkinsServer, orders: MultiBranch) -> None:
    """ComputedFolder.updateChildren, DefaultOrphanedItemStrategy: as many are kept as it says."""
    server.jenkins.branches[REMOTE] = []
    assert admin.post("/job/orders/build").status == 302
    (kept,) = orders.items
    assert kept.disabled
    color = admin.get("/job/orders/api/json?tree=jobs[color]").json["jobs"][0]["color"]
    assert color == "disabled"
    assert admin.post(f"/{kept.path}doDelete").status == 302


@pytest.mark.parametrize(
    ("days", "number", "kept"), [(-1, -1, 0), (-1, 1, 1), (7, -1, 2), (-1, 0, 0)]
)
def test_how_many_of_them_are_kept(
    server: JenkinsServer, orders: MultiBranch, days: int, number: int, kept: int
) -> None:
    """DefaultOrphanedItemStrategy: without any limit they go at once."""
    for name, value in (("daysToKeep", days), ("numToKeep", number)):
        field = orders.config.root.find(f"orphanedItemStrategy/{name}")
        assert field is not None
        field.text = str(value)
    server.jenkins.branches[REMOTE] = []
    server.scan("orders")
    assert len(orders.items) == kept


def test_an_update_keeps_branches_and_builds(
    admin: Client, server: JenkinsServer, orders: MultiBranch
) -> None:
    admin.xml("/job/orders/config.xml", multibranch("changed", keep=1))
    assert [len(server.job(f"orders/{name}").builds) for name in ("main", "feature%2Fx")] == [1, 1]


def test_a_scan_has_a_log_and_no_queue_item(
    admin: Client, server: JenkinsServer, orders: MultiBranch
) -> None:
    """ComputedFolder.doBuild; jenkins.branch.MultiBranchProject.getIndexing"""
    answer = admin.post("/job/orders/build")
    assert (answer.status, answer.headers["Location"]) == (302, "/job/orders/")
    log = admin.get("/job/orders/indexing/consoleText").text
    assert log.startswith("Started by user admin\n")
    assert log.endswith("Finished: SUCCESS\n")
    admin.post("/job/orders/disable")
    assert admin.post("/job/orders/build").status == 500
