"""Who may do what: logins, tokens, crumbs and permissions."""

from __future__ import annotations

import pytest

from tests.lab.jenkins_server import READER, JenkinsServer, User
from tests.lab.jenkins_server.client import Client
from tests.lab.jenkins_server.conftest import ADMIN, Connect
from tests.lab.jenkins_server.documents import folder, pipeline, view

READS = frozenset({"Overall/Read", "Job/Read"})


def test_a_password_needs_a_crumb_of_the_same_session(
    connect: Connect, server: JenkinsServer
) -> None:
    """hudson.security.csrf.CrumbFilter and DefaultCrumbIssuer; recorded as well."""
    client = connect("admin", "secret")
    assert client.xml("/createItem?name=a", pipeline()).status == 403
    client.fetch_crumb()
    assert client.xml("/createItem?name=a", pipeline()).status == 200
    client.cookies.clear()
    assert client.xml("/createItem?name=b", pipeline()).status == 403
    assert list(server.items) == ["a"]


def test_a_crumb_is_one_users(connect: Connect, server: JenkinsServer) -> None:
    """DefaultCrumbIssuer makes it of the name as well."""
    server.secure([ADMIN, User("other", "o")])
    admin = connect("admin", "secret")
    admin.fetch_crumb()
    other = connect("other", "o")
    other.cookies, other.headers = dict(admin.cookies), dict(admin.headers)
    assert other.xml("/createItem?name=a", pipeline()).status == 403
    assert "No valid crumb" in other.xml("/createItem?name=a", pipeline()).text


def test_a_crumb_as_a_field(connect: Connect, server: JenkinsServer) -> None:
    """CrumbFilter.extractCrumbFromRequest takes the header or a parameter."""
    server.add("a", pipeline())
    client = connect("admin", "secret")
    crumb = client.get("/crumbIssuer/api/json").json["crumb"]
    assert client.form("/job/a/disable", f"Jenkins-Crumb={crumb}").status == 302


def test_a_session_that_ended_ends_the_crumb(connect: Connect, server: JenkinsServer) -> None:
    client = connect("admin", "secret")
    client.fetch_crumb()
    server.security.end_sessions()
    assert client.xml("/createItem?name=a", pipeline()).status == 403
    client.fetch_crumb()
    assert client.xml("/createItem?name=a", pipeline()).status == 200


def test_a_token_needs_no_crumb_and_a_wrong_one_is_no_harm(admin: Client) -> None:
    """jenkins.security.ApiCrumbExclusion"""
    admin.headers["Jenkins-Crumb"] = "deadbeef"
    assert admin.xml("/createItem?name=a", pipeline()).status == 200


def test_a_jenkins_without_crumbs(connect: Connect, server: JenkinsServer) -> None:
    """Its crumb issuer is not there: 404, on which python-jenkins sends none."""
    server.security.crumbs = False
    client = connect("admin", "secret")
    assert client.fetch_crumb().status == 404
    assert client.xml("/createItem?name=a", pipeline()).status == 200


@pytest.mark.parametrize("secret", ["wrong", "", "11other"])
def test_a_wrong_secret_is_told_at_once(connect: Connect, secret: str) -> None:
    """jenkins.security.BasicHeaderProcessor: 401 even for what anonymous may read."""
    answer = connect("admin", secret or "x").get("/api/json")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Jenkins"'
    assert "X-Jenkins" not in answer.headers


def test_tokens_come_and_go(connect: Connect, server: JenkinsServer) -> None:
    client = connect("admin", "secret")
    client.fetch_crumb()
    path = "/me/descriptorByName/jenkins.security.ApiTokenProperty/generateNewToken"
    token = client.form(path, "newTokenName=ci").json["data"]["tokenValue"]
    assert connect("admin", token).xml("/createItem?name=a", pipeline()).status == 200
    server.security.revoke(token)
    assert connect("admin", token).get("/api/json").status == 401


@pytest.mark.parametrize("path", ["/api/json", "/job/a/config.xml", "/crumbIssuer/api/json"])
def test_nothing_is_read_without_overall_read(
    connect: Connect, server: JenkinsServer, path: str
) -> None:
    """jenkins.model.Jenkins.getTarget; anonymous is shown the way to the login, with 403."""
    server.secure([ADMIN, User("none", "n", permissions=frozenset())], frozenset())
    for client in (connect(), connect("none", "n")):
        answer = client.get(path)
        assert answer.status == 403
        assert answer.headers["X-Required-Permission"] == "hudson.model.Hudson.Read"
        assert ("/login?from=" in answer.text) == (client.user == "")
        assert answer.headers["X-Jenkins"] == "2.479.3"
        assert client.get("/login").status == 200
        assert client.get("/whoAmI/api/json").json["name"] == (client.user or "anonymous")


ACTIONS = {
    "Job/Create": ("/createItem?name=new", pipeline()),
    "Job/Configure": ("/job/a/config.xml", pipeline()),
    "Job/Delete": ("/job/a/doDelete", ""),
    "Job/Build": ("/job/a/build", ""),
    "Job/Move": ("/job/a/move/move?destination=/shop", ""),
    "View/Create": ("/createView?name=v", view("v")),
}


@pytest.mark.parametrize("permission", ACTIONS)
def test_each_action_needs_its_permission(
    connect: Connect, server: JenkinsServer, permission: str
) -> None:
    """hudson.security.AccessDeniedException3: the headers and the page name what is missing."""
    server.add("a", pipeline())
    server.add("shop", folder())
    group, _, name = permission.partition("/")
    path, body = ACTIONS[permission]
    others = frozenset(ACTIONS) - {permission}
    server.secure([User("u", "p", "t", READS | others), User("v", "p", "s", READS | {permission})])
    denied = connect("u", "t").xml(path, body)
    assert denied.status == 403
    kind = {"Job": "Item", "View": "View"}[group]
    assert denied.headers["X-Required-Permission"] == f"hudson.model.{kind}.{name}"
    assert denied.headers["X-You-Are-Authenticated-As"] == "u"
    assert "hudson.model.Hudson.Administer" in denied.headers.get_all("X-Permission-Implied-By", [])
    assert f"u is missing the {permission} permission" in denied.text
    assert connect("v", "s").xml(path, body).status < 400


def test_a_document_is_read_by_who_may_configure_or_has_extended_read(
    connect: Connect, server: JenkinsServer
) -> None:
    """hudson.model.AbstractItem.doConfigDotXml checks Item.EXTENDED_READ."""
    server.add("a", pipeline())
    granted = {"r": READS, "c": READS | {"Job/Configure"}, "e": READS | {"Job/ExtendedRead"}}
    server.secure([User(name, token=name, permissions=has) for name, has in granted.items()])
    statuses = {name: connect(name, name).get("/job/a/config.xml").status for name in granted}
    assert statuses == {"r": 403, "c": 200, "e": 200}


def test_what_may_not_be_read_is_not_there(connect: Connect, server: JenkinsServer) -> None:
    """jenkins.model.Jenkins.getItem: 404, and with Job/Discover 403; lists leave it out."""
    server.add("shop", folder())
    server.add("shop/a", pipeline())
    server.add("b", pipeline())
    read = frozenset({"Overall/Read"})
    see = {"shop": frozenset({"Job/Read"})}
    server.secure(
        [
            User("u", token="u", permissions=read, inside=see),
            User("d", token="d", permissions=read | {"Job/Discover"}),
        ]
    )
    user, discoverer = connect("u", "u"), connect("d", "d")
    tree = "/api/json?tree=jobs[name,jobs[name]]"
    assert [job["name"] for job in user.get(tree).json["jobs"]] == ["shop"]
    assert user.get("/job/shop/job/a/api/json").status == 200
    assert user.get("/job/b/api/json").status == 404
    assert discoverer.get("/job/b/api/json").status == 403
    assert discoverer.get(tree).json["jobs"] == []


def test_permissions_in_one_folder(connect: Connect, server: JenkinsServer) -> None:
    """As matrix-auth's AuthorizationMatrixProperty gives them to a folder."""
    server.add("shop", folder())
    server.add("shopping", folder())
    inside = {"shop": frozenset({"Job/Create", "Job/Configure", "Job/Delete"})}
    server.secure([User("team", token="t", permissions=READER, inside=inside)])
    team = connect("team", "t")
    assert team.xml("/job/shop/createItem?name=a", pipeline()).status == 200
    assert team.xml("/job/shop/job/a/config.xml", pipeline("new")).status == 200
    assert team.xml("/job/shopping/createItem?name=a", pipeline()).status == 403
    assert team.xml("/createItem?name=a", pipeline()).status == 403


def test_the_list_of_plugins_is_not_for_everybody(
    connect: Connect, admin: Client, server: JenkinsServer
) -> None:
    """hudson.PluginManager.getTarget checks Jenkins.SYSTEM_READ."""
    server.secure([ADMIN, User("u", token="u", permissions=READER)])
    assert connect("u", "u").get("/pluginManager/api/json?depth=1").status == 403
    assert admin.get("/pluginManager/api/json?depth=1").status == 200


def test_pages_open_a_session_and_the_api_does_not(connect: Connect) -> None:
    """A page in Jenkins' layout has a crumb in it, and a crumb needs a session; recorded."""
    client = connect()
    assert "Set-Cookie" not in client.get("/api/json").headers
    assert "JSESSIONID" in client.get("/").headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get("/").headers
