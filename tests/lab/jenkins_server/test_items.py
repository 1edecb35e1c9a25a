"""Items beyond the recording: names, folders, moves, what is saved, what keeps the builds."""

from __future__ import annotations

import pytest

from tests.lab.jenkins_server import Folder, JenkinsServer
from tests.lab.jenkins_server.client import Client
from tests.lab.jenkins_server.configxml import same
from tests.lab.jenkins_server.conftest import Connect
from tests.lab.jenkins_server.documents import (
    FREESTYLE,
    REMOTE,
    folder,
    multibranch,
    pipeline,
)


@pytest.fixture
def shop(server: JenkinsServer) -> Folder:
    found = server.add("shop", folder("the shop"))
    assert isinstance(found, Folder)
    return found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "No name is specified"),
        ("..", "..  is not an allowed name"),
        ("a%2Fb", "/  is an unsafe character"),
        ("a%5Bb", "[  is an unsafe character"),
        ("a.", "A name cannot end with  . "),
        ("a%09b", "No control code is allowed: a\\u9;b"),
    ],
)
def test_bad_names(admin: Client, server: JenkinsServer, name: str, said: str) -> None:
    """jenkins.model.Jenkins.checkGoodName; X-Error has blanks for what is no Latin-1."""
    answer = admin.xml(f"/createItem?name={name}", pipeline())
    assert answer.status == 400
    assert answer.headers["X-Error"].strip() == said.strip()
    assert not server.items


def test_blanks_around_a_name_are_dropped(admin: Client, server: JenkinsServer) -> None:
    """hudson.model.ItemGroupMixIn.createTopLevelItem trims it."""
    assert admin.xml("/createItem?name=%20a%20b%20", pipeline()).status == 200
    assert list(server.items) == ["a b"]


@pytest.mark.parametrize("name", ["shop", "SHOP"])
def test_a_name_that_is_taken(admin: Client, shop: Folder, name: str) -> None:
    """hudson.model.Messages: Hudson.JobAlreadyExists; names are compared without their case."""
    answer = admin.xml(f"/createItem?name={name}", folder())
    assert answer.status == 400
    assert answer.headers["X-Error"] == f"A job already exists with the name  {name} "
    assert admin.get("/job/Shop/api/json?tree=name").json["name"] == "shop"


def test_unicode_and_blanks_in_names(admin: Client, server: JenkinsServer, shop: Folder) -> None:
    """hudson.Util.rawEncode: the URL in JSON is the one that the item is found at."""
    for name in ("größe", "a b", "日本", "a+b", "a~b=c", "o'neil"):
        shop.add(server.jenkins.read(shop, name, pipeline().encode()))
    jobs = admin.get("/job/shop/api/json?tree=jobs[name,url]").json["jobs"]
    assert len(jobs) == 6
    for job in jobs:
        path = "/" + job["url"].removeprefix(server.url)
        assert path.isascii()
        assert admin.get(f"{path}api/json?tree=name").json["name"] == job["name"]


def test_the_root_of_a_document_must_be_known(admin: Client, server: JenkinsServer) -> None:
    """com.thoughtworks.xstream.mapper.CannotResolveClassException; the page names only an id."""
    answer = admin.xml("/createItem?name=x", "<com.example.Job/>")
    assert answer.status == 500
    assert server.errors[-1].thrown.endswith("CannotResolveClassException: com.example.Job")
    assert f"Logging ID={server.errors[-1].logging_id}" in answer.text
    assert "com.example.Job" not in answer.text
    assert not server.items


def test_stack_traces_are_shown_where_they_are_wanted(admin: Client, server: JenkinsServer) -> None:
    """jenkins/model/Jenkins/oops.jelly and Jenkins.SHOW_STACK_TRACE"""
    server.app.show_stack_trace = True
    answer = admin.xml("/createItem?name=x", "<com.example.Job/>")
    assert "CannotResolveClassException: com.example.Job" in answer.text


def test_a_plugin_that_is_missing_has_no_items(connect: Connect) -> None:
    """Without workflow-multibranch its project is an unknown class like any other."""
    with JenkinsServer(plugins={"cloudbees-folder": "1", "branch-api": "1"}) as server:
        client = connect(url=server.url)
        client.fetch_crumb()
        assert client.xml("/createItem?name=f", folder()).status == 200
        assert client.xml("/createItem?name=x", multibranch()).status == 500
        assert "CannotResolveClassException" in server.errors[-1].thrown


def test_a_plugin_that_is_missing_further_down_is_not_told(
    admin: Client, server: JenkinsServer
) -> None:
    """hudson.util.RobustReflectionConverter: the item is made and lacks its source."""
    del server.jenkins.plugins.versions["git"]
    assert admin.xml("/createItem?name=orders", multibranch()).status == 200
    assert server.jenkins.old_data == [("orders", "jenkins.plugins.git.GitSCMSource")]
    assert REMOTE in server.config("orders")
    server.resave("orders")
    assert REMOTE not in server.config("orders")


def test_an_item_stays_of_its_kind(admin: Client, server: JenkinsServer, shop: Folder) -> None:
    """hudson.model.AbstractItem.updateByXml: "Expecting class … but got class … instead"."""
    answer = admin.xml("/job/shop/config.xml", pipeline())
    assert answer.status == 500
    assert "Expecting class com.cloudbees" in server.errors[-1].thrown
    assert isinstance(server.item("shop"), Folder)


@pytest.mark.parametrize("action", ["disable", "submitDescription?description=d"])
def test_what_jenkins_saves_it_writes_anew(
    admin: Client, server: JenkinsServer, action: str
) -> None:
    """Recorded for disable; hudson.model.AbstractItem.doSubmitDescription saves as well."""
    server.add("a", pipeline("d"))
    assert same(server.config("a"), pipeline("d"))
    assert admin.post(f"/job/a/{action}").status == 302
    assert server.config("a").startswith("<?xml version='1.1' encoding='UTF-8'?>\n")
    assert not same(server.config("a"), pipeline("d"))


def test_what_changes_nothing_saves_nothing(
    admin: Client, server: JenkinsServer, shop: Folder
) -> None:
    """makeDisabled returns early, and a plain folder cannot be disabled: supportsMakeDisabled."""
    server.add("a", pipeline())
    before = server.config("a"), server.config("shop")
    assert admin.post("/job/a/enable").status == 302
    assert admin.post("/job/shop/disable").status == 302
    assert (server.config("a"), server.config("shop")) == before
    assert not shop.disabled


def test_a_restart_writes_all_items_and_ends_all_sessions(
    admin: Client, server: JenkinsServer
) -> None:
    server.add("a", pipeline())
    session = admin.get("/api/json").headers["X-Jenkins-Session"]
    admin.fetch_crumb()
    server.restart()
    assert server.config("a").startswith("<?xml version='1.1'")
    assert admin.get("/api/json").headers["X-Jenkins-Session"] != session
    assert not server.security.has_session(admin.cookies["JSESSIONID"])


def test_builds_are_kept_by_all_but_a_delete(admin: Client, server: JenkinsServer) -> None:
    """Builds are in the directory of a job, which is renamed, moved, or removed with it."""
    server.add("shop", folder())
    server.add("a", pipeline())
    server.build("a", times=3)
    assert admin.xml("/job/a/config.xml", pipeline("changed")).status == 200
    assert admin.post("/job/a/confirmRename?newName=b").headers["Location"] == "/job/b"
    assert (
        admin.post("/job/b/move/move?destination=/shop").headers["Location"] == "/job/shop/job/b/"
    )
    assert len(server.job("shop/b").builds) == 3
    assert admin.post("/job/shop/job/b/doDelete").headers["Location"] == "/job/shop/"
    assert admin.xml("/job/shop/createItem?name=b", pipeline()).status == 200
    assert server.job("shop/b").builds == []
    assert server.job("shop/b").next_number == 1


def test_moves_that_cannot_be_are_not_told(admin: Client, server: JenkinsServer) -> None:
    """cloudbees-folder, RelocationAction.doMove goes back to the page before and does nothing."""
    for name in ("shop", "shop/in", "other", "other/a", "a"):
        server.add(name, pipeline() if name.endswith("a") else folder())
    for item, destination in [("a", "/nope"), ("a", "/other"), ("shop", "/shop/in"), ("a", "/")]:
        answer = admin.post(f"/job/{item}/move/move?destination={destination}")
        assert (answer.status, answer.headers["Location"]) == (302, f"/job/{item}/move/")
    assert sorted(server.items) == ["a", "other", "other/a", "shop", "shop/in"]


def test_a_folder_moves_with_all_that_is_in_it(admin: Client, server: JenkinsServer) -> None:
    for name in ("shop", "shop/in", "other"):
        server.add(name, folder())
    server.add("shop/in/a", pipeline())
    server.build("shop/in/a")
    admin.post("/job/shop/move/move?destination=/other")
    assert len(server.job("other/shop/in/a").builds) == 1
    assert admin.post("/job/other/job/shop/move/move?destination=/").status == 302
    assert "shop/in/a" in server.items


def test_folders_are_renamed_by_the_page_alone(admin: Client, server: JenkinsServer) -> None:
    """Recorded: doRename of a multibranch project is 404. AbstractItem.doConfirmRename does it."""
    server.add("shop", folder())
    assert admin.post("/job/shop/doRename?newName=b").status == 404
    assert admin.post("/job/shop/confirmRename?newName=b").status == 302
    assert list(server.items) == ["b"]


def test_a_name_is_not_given_twice_by_a_rename(admin: Client, server: JenkinsServer) -> None:
    """hudson.model.AbstractItem.doCheckNewName"""
    server.add("a", pipeline())
    server.add("b", pipeline())
    assert admin.post("/job/a/confirmRename?newName=b").status == 400
    assert admin.post("/job/a/confirmRename?newName=a").status == 400
    assert admin.post("/job/a/confirmRename?newName=A").status == 302
    assert sorted(server.items) == ["A", "b"]


def test_copies(admin: Client, server: JenkinsServer) -> None:
    """ItemGroupMixIn.copy: to the form of the copy, which is built only once it was saved."""
    server.add("a", pipeline("d"))
    server.build("a")
    answer = admin.post("/createItem?name=b&mode=copy&from=a")
    assert (answer.status, answer.headers["Location"]) == (302, "/job/b/configure")
    assert server.config("b") == server.config("a")
    assert server.job("b").builds == []
    assert admin.post("/job/b/build").status == 409
    admin.xml("/job/b/config.xml", pipeline("d"))
    assert admin.post("/job/b/build").status == 201


def test_copies_of_folders(admin: Client, server: JenkinsServer) -> None:
    """com.cloudbees.hudson.plugins.folder.Folder.onCopiedFrom copies what is in it."""
    server.add("shop", folder("the shop"))
    server.add("shop/a", pipeline("d"))
    assert admin.post("/createItem?name=other&mode=copy&from=shop").status == 302
    assert server.config("other/a") == server.config("shop/a")


def test_deleting_a_folder_deletes_all_that_is_in_it(admin: Client, server: JenkinsServer) -> None:
    server.add("shop", folder())
    server.add("shop/a", pipeline())
    assert admin.post("/job/shop/doDelete").status == 302
    assert server.items == {}


def test_names_that_are_no_items(server: JenkinsServer) -> None:
    server.add("a", pipeline())
    for name in ("b", "a/a", "a/b", ""):
        with pytest.raises(LookupError):
            server.item(name)
    assert server.item("a") is server.job("/a")


def test_the_method_delete(admin: Client, server: JenkinsServer) -> None:
    """hudson.model.AbstractItem.delete(StaplerRequest, StaplerResponse): 204."""
    server.add("a", pipeline())
    assert admin.send("DELETE", "/job/a/", None, {}).status == 204
    assert server.items == {}


def test_empty_items_are_made_by_the_form(admin: Client, server: JenkinsServer) -> None:
    """createTopLevelItem with a mode and no document; python-jenkins' create_folder does so."""
    mode = "mode=com.cloudbees.hudson.plugins.folder.Folder"
    answer = admin.form("/createItem?name=f", f"{mode}&json={{}}")
    assert (answer.status, answer.headers["Location"]) == (302, "/job/f/configure")
    assert "<healthMetrics/>" in server.config("f")
    assert admin.form("/createItem?name=g", "mode=nothing").headers["X-Error"].startswith("No item")


def test_what_only_takes_a_post(admin: Client, server: JenkinsServer) -> None:
    """@RequirePOST: 405 with a page that has a form."""
    server.add("a", pipeline())
    answer = admin.get("/job/a/doDelete")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert "a" in server.items


def test_items_of_others_are_left_as_they_are(admin: Client, server: JenkinsServer) -> None:
    server.add("foreign", FREESTYLE)
    shown = admin.get("/api/json?tree=jobs[name,description,color]").json["jobs"][0]
    assert shown["_class"] == "hudson.model.FreeStyleProject"
    assert shown["description"] == "of somebody else"
    assert admin.get("/job/foreign/description").text == "of somebody else"
