"""The changes made: what is written, what is kept, and what happens when others do the same."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest

from pipelinegen.errors import OutsideError
from pipelinegen.jenkins import plugins
from pipelinegen.jenkins.apply import Done, Run
from pipelinegen.jenkins.reading import find
from tests.jenkins.given import (
    PLUGINS,
    TOKEN,
    apply,
    changes,
    connections,
    errors,
    jenkins_server,
    jobs,
    services,
)
from tests.lab.jenkins_server import JenkinsServer, User, faults
from tests.lab.jenkins_server.documents import FREESTYLE, folder, multibranch
from tests.lab.jenkins_server.security import READER

REMOTE = "https://git.example.com/{}/{}.git"
CREDENTIALS = (
    "<com.cloudbees.hudson.plugins.folder.properties."
    "FolderCredentialsProvider_-FolderCredentialsProperty><secret>{{AQAA}}</secret>"
    "</com.cloudbees.hudson.plugins.folder.properties."
    "FolderCredentialsProvider_-FolderCredentialsProperty>"
)
VIEW = "<hudson.model.ListView><name>Mine</name></hudson.model.ListView>"


def between(
    server: JenkinsServer, names: list[str], meanwhile: Callable[[], Any], **how: bool
) -> list[str]:
    """Somebody does something after the plan was made."""
    with connections(server) as connected:
        found = find(connected, services(*names), **how)
        meanwhile()
        return errors(Run(connected, 4, lambda done: None).run(found.changes))


def edit(server: JenkinsServer, path: str, old: str, new: str) -> None:
    text = server.config(path)
    assert old in text
    server.jenkins.update(server.item(path), text.replace(old, new).encode())


def test_a_job_is_made_with_one_request(server: JenkinsServer) -> None:
    names = [f"shop/service{n}" for n in range(20)]
    assert errors(apply(server, services(*names))) == []
    assert server.writes == {"createItem": 21}
    assert len(server.requests) == 22  # one to look


def test_again_nothing_is_written(server: JenkinsServer) -> None:
    apply(server, services("shop/orders"))
    server.forget_requests()
    assert apply(server, services("shop/orders")) == []
    assert not server.writes


def test_folders_come_first_level_by_level(server: JenkinsServer) -> None:
    deep = services("shop/orders", "pay/billing", jobs=jobs(folder="a/b/{team}"))
    assert errors(apply(server, deep)) == []
    made = [seen.target for seen in server.requests if seen.write]
    assert made[:2] == ["/createItem?name=a", "/job/a/createItem?name=b"]


def test_what_is_declared_otherwise_keeps_its_builds_and_what_others_added(
    server: JenkinsServer,
) -> None:
    server.jenkins.branches[REMOTE.format("shop", "orders")] = ["main"]
    apply(server, services("shop/orders"))
    server.build("shop/orders/main", times=3)
    edit(server, "shop", "<properties>", f"<properties>{CREDENTIALS}")
    edit(server, "shop", "</views>", f"{VIEW}</views>")
    edit(server, "shop/orders", "<properties/>", f"<properties>{CREDENTIALS}</properties>")
    how = jobs(links={"Wiki": "https://wiki.example.com/{team}"})
    assert errors(apply(server, services("shop/orders", jobs=how))) == []
    for path in ("shop", "shop/orders"):
        assert "{{AQAA}}" in server.config(path)
        assert "Wiki: https://wiki.example.com/shop" in server.config(path)
    assert [view.name for view in server.item("shop").views] == ["All", "Main branches", "Mine"]  # type: ignore[attr-defined]
    assert len(server.job("shop/orders/main").builds) == 3


def test_a_service_that_changed_its_team_keeps_its_builds(server: JenkinsServer) -> None:
    server.jenkins.branches[REMOTE.format("shop", "billing")] = ["main"]
    server.jenkins.branches[REMOTE.format("pay", "billing")] = ["main"]
    apply(server, services("shop/billing"))
    server.build("shop/billing/main", times=2)
    assert errors(apply(server, services("pay/billing"))) == []
    assert len(server.job("pay/billing/main").builds) >= 2
    assert "Team: pay" in (server.item("pay/billing").description or "")
    assert "shop/billing" not in server.items


def test_a_move_whose_answer_is_lost(server: JenkinsServer) -> None:
    apply(server, services("shop/billing"))
    server.faults.add(faults.drop(after=True), when=faults.path_ends("/move/move"))
    assert errors(apply(server, services("pay/billing"))) == []
    assert server.writes["move"] == 1


def test_a_move_that_was_stopped_halfway_is_finished(server: JenkinsServer) -> None:
    apply(server, services("shop/billing"))
    server.faults.add(faults.status(500), when=faults.path_ends("/pay/job/billing/config.xml"))
    assert errors(apply(server, services("pay/billing"), tries=1))
    assert "Team: shop" in (server.item("pay/billing").description or "")
    server.faults.clear()
    assert errors(apply(server, services("pay/billing"))) == []
    assert "Team: pay" in (server.item("pay/billing").description or "")


def test_a_move_that_jenkins_does_not_do(server: JenkinsServer) -> None:
    """It says nothing about it."""
    apply(server, services("shop/billing"))
    apply(server, services("pay/other"))
    (told,) = between(
        server,
        ["pay/billing", "pay/other"],
        lambda: server.secure([User("ci", token=TOKEN, permissions=frozenset(
            {"Overall/Read", "Job/Read", "Job/Move", "Job/Configure", "Job/ExtendedRead"}
        ))]),
    )  # fmt: skip
    assert "shop/billing: Jenkins did not move it to `pay`" in told and "Job/Create" in told


# Lost answers, and others at the same time.


@pytest.mark.parametrize("after", [True, False])
def test_a_job_whose_answer_is_lost_is_made_once(server: JenkinsServer, after: bool) -> None:
    server.faults.add(faults.drop(after=after), when=faults.writes, nth=(1, 3))
    assert errors(apply(server, services("shop/a", "shop/b"), at_once=1)) == []
    assert set(server.items) == {"shop", "shop/a", "shop/b"}
    assert server.writes["createItem"] == 3


def test_a_line_that_always_breaks(server: JenkinsServer) -> None:
    server.faults.add(faults.drop(), when=faults.writes)
    (told,) = errors(apply(server, services("shop/orders"), at_once=1))
    assert "the connection broke off" in told
    assert len([seen for seen in server.requests if seen.write]) <= 4


def test_two_at_once_make_each_job_once(server: JenkinsServer) -> None:
    wanted = services(*(f"shop/service{n}" for n in range(30)))
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(errors(apply(server, wanted))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [[], [], []]
    assert not changes(server, wanted, deep=True).changes


def test_somebody_else_makes_a_job_of_that_name_meanwhile(server: JenkinsServer) -> None:
    apply(server, services("shop/stock"))
    told = between(
        server, ["shop/stock", "shop/orders"], lambda: server.add("shop/orders", FREESTYLE)
    )
    assert told == ["shop/orders: somebody else has made a FreeStyleProject of that name"]
    assert server.config("shop/orders").count("somebody else") == 1


def test_another_version_of_ours_is_made_meanwhile(server: JenkinsServer) -> None:
    apply(server, services("shop/stock"))
    other = lambda: apply(server, services("shop/stock", "shop/orders", path="x"))  # noqa: E731
    assert between(server, ["shop/stock", "shop/orders"], other) == []
    assert "<scriptPath>Jenkinsfile" in server.config("shop/orders")


def test_the_folder_goes_meanwhile(server: JenkinsServer) -> None:
    apply(server, services("shop/stock"))
    told = between(
        server,
        ["shop/stock", "shop/orders"],
        lambda: server.jenkins.delete(server.item("shop")),
    )
    assert told == ["shop/orders: its folder `shop` is not there\n      = run it again"]


@pytest.mark.parametrize("how", [{}, {"prune": True}, {"prune": True, "delete": True}])
def test_what_loses_its_marker_meanwhile_is_left_alone(
    server: JenkinsServer, how: dict[str, bool]
) -> None:
    apply(server, services("shop/orders", "shop/stock"))
    if how.get("delete"):
        apply(server, services("shop/orders"), prune=True)
    names = ["shop/orders", "shop/stock"] if not how else ["shop/orders"]
    if not how:
        server.jenkins.disable(server.item("shop/stock"), True)
    theirs = multibranch("theirs")
    (told,) = between(
        server,
        names,
        lambda: server.jenkins.update(server.item("shop/stock"), theirs.encode()),
        **how,
    )
    assert told == "shop/stock: its marker is gone, so it is somebody else's now"
    assert server.item("shop/stock").config.posted == theirs.encode()


@pytest.mark.parametrize("delete", [True, False])
def test_what_somebody_else_removed_meanwhile_is_gone(server: JenkinsServer, delete: bool) -> None:
    apply(server, services("shop/orders", "shop/stock"))
    if delete:
        apply(server, services("shop/orders"), prune=True)
    gone = lambda: server.jenkins.delete(server.item("shop/stock"))  # noqa: E731
    assert between(server, ["shop/orders"], gone, prune=True, delete=delete) == []


def test_what_is_used_again_meanwhile_is_not_deleted(server: JenkinsServer) -> None:
    apply(server, services("shop/orders", "shop/stock"))
    apply(server, services("shop/orders"), prune=True)
    (told,) = between(
        server,
        ["shop/orders"],
        lambda: apply(server, services("shop/orders", "shop/stock")),
        prune=True,
        delete=True,
    )
    assert told == "shop/stock: somebody uses it again, so it is not deleted"


def test_a_folder_with_credentials_is_not_deleted(server: JenkinsServer) -> None:
    apply(server, services("shop/orders", "pay/billing"))
    apply(server, services("shop/orders"), prune=True)
    edit(server, "pay", "<properties>", f"<properties>{CREDENTIALS}")
    done = apply(server, services("shop/orders"), prune=True, delete=True)
    assert errors(done) == ["pay: it holds credentials, permissions or the like: delete it by hand"]
    assert "pay" in server.items and "pay/billing" not in server.items


def test_a_folder_into_which_somebody_put_something_is_not_deleted(server: JenkinsServer) -> None:
    apply(server, services("shop/orders", "pay/billing"))
    apply(server, services("shop/orders"), prune=True)
    (told,) = between(
        server,
        ["shop/orders"],
        lambda: server.add("pay/hand", FREESTYLE),
        prune=True,
        delete=True,
    )
    assert told == "pay: it is not empty, so it is not deleted"


# Refusals.


def test_a_read_only_token_is_not_tried_a_thousand_times(server: JenkinsServer) -> None:
    apply(server, services("shop/x"))
    names = [f"shop/service{n}" for n in range(100)]
    user = User("ci", token=TOKEN, permissions=READER)
    told = between(server, ["shop/x", *names], lambda: server.secure([user]))
    assert "`ci` lacks the permission Job/Create" in told[0]
    assert len(told) < 20


def test_a_token_that_ends_meanwhile(server: JenkinsServer) -> None:
    names = [f"shop/service{n}" for n in range(100)]
    (told,) = set(between(server, names, lambda: server.security.revoke(TOKEN)))
    assert "`ci` or the token was refused" in told
    assert not server.items


def test_a_server_that_goes_away(server: JenkinsServer) -> None:
    names = [f"shop/service{n}" for n in range(50)]
    fault = lambda: server.faults.add(faults.status(503))  # noqa: E731
    (told,) = between(server, names, fault)
    assert "shop: the server answers 503" in told or "createItem" in told


def test_missing_plugins_are_told_by_name() -> None:
    few = {name: version for name, version in PLUGINS.items() if "branch" not in name}
    source = {"type": "github", "repository": "https://github.com/acme/{service}"}
    with jenkins_server(plugins=few) as server, connections(server) as connected:
        with pytest.raises(OutsideError) as caught:
            plugins.check(connected.server, services("shop/orders", jobs=jobs(source=source)))
        said = str(caught.value)
        assert "branch-api, which `shop/orders` needs" in said
        assert "github-branch-source, which `shop/orders` needs" in said
        assert "cloudbees-folder" not in said


def test_the_older_plugin_for_libraries_will_do() -> None:
    older = {**PLUGINS, "workflow-cps-global-lib": "1"}
    del older["pipeline-groovy-lib"]
    library = jobs(library={"repository": "https://git.example.com/ci/library"})
    with jenkins_server(plugins=older) as server, connections(server) as connected:
        assert plugins.check(connected.server, services("shop/orders", jobs=library))


def test_who_may_not_see_the_plugins_is_told_them_when_it_fails() -> None:
    no_multibranch = {k: v for k, v in PLUGINS.items() if k != "workflow-multibranch"}
    maker = READER | {"Job/Create", "Job/Configure"}
    user = User("ci", token=TOKEN, permissions=maker)
    with jenkins_server(users=[user], plugins=no_multibranch) as server:
        with connections(server) as connected:
            assert not plugins.check(connected.server, services("shop/orders"))
        (told,) = errors(apply(server, services("shop/orders")))
        assert "Jenkins failed with an exception" in told
        assert "it needs branch-api, cloudbees-folder, git, workflow-multibranch" in told


def test_who_may_not_read_a_configuration_sees_that_it_is_another() -> None:
    with jenkins_server() as server:
        apply(server, services("shop/orders"))
        server.secure([User("ci", token=TOKEN, permissions=READER)])
        (one,) = changes(server, services("shop/orders", path="x")).changes
        assert [d.path for d in one.differences] == ["description"]
        assert one.differences[0].new.startswith("pipelinegen: orders ")


# Stopping.


def test_a_stop_lets_finish_what_is_under_way_and_begins_nothing_else(
    server: JenkinsServer,
) -> None:
    wanted = services(*(f"shop/service{n}" for n in range(40)))
    server.latency = 10
    with connections(server) as connected:
        found = find(connected, wanted)

        def tell(done: Done) -> None:
            if len(run.done) == 10:
                raise KeyboardInterrupt

        run = Run(connected, 4, tell)
        with pytest.raises(KeyboardInterrupt):
            run.run(found.changes)
        made = len(server.items)
        assert 10 <= len(run.done) == made < len(found.changes)
    assert errors(apply(server, wanted)) == []
    assert len(server.items) == 41


def test_the_library_is_on_the_folder(server: JenkinsServer) -> None:
    library = {"repository": "https://git.example.com/ci/library.git", "credentials": "git-read"}
    assert errors(apply(server, services("shop/orders", jobs=jobs(library=library)))) == []
    root = ET.fromstring(server.config("shop").encode())
    assert root.findtext("properties/*/libraries/*/name") == "pipelinegen"
    assert errors(apply(server, services("shop/orders"))) == []
    assert "FolderLibraries" not in server.config("shop")


def test_a_folder_that_was_handed_over(server: JenkinsServer) -> None:
    server.add("shop", folder("pipelinegen: shop"))
    server.add("shop/hand", FREESTYLE)
    assert errors(apply(server, services("shop/orders"))) == []
    assert "Services of the team shop" in server.config("shop")
    assert "shop/hand" in server.items
