"""What is to be done, by what is declared and what is on the server."""

from __future__ import annotations

from typing import Any

import pytest

from pipelinegen.config.jobs import PipelineJob
from tests.jenkins.given import apply, changes, errors, jobs, services
from tests.lab.jenkins_server import JenkinsServer
from tests.lab.jenkins_server.documents import FREESTYLE, folder, multibranch, pipeline

BOTH: dict[str, Any] = {"prune": True, "delete": True}
NIGHTLY = {"nightly": PipelineJob(script="ci/nightly.Jenkinsfile", cron="@daily")}


def todo(server: JenkinsServer, *names: str, **how: bool) -> list[str]:
    found = changes(server, services(*names), **how)
    return [f"{change.what} {change.path}" for change in found.changes]


def there(server: JenkinsServer, *names: str, **more: object) -> None:
    assert errors(apply(server, services(*names, **more), prune=False)) == []


def test_all_of_it_on_an_empty_server(server: JenkinsServer) -> None:
    assert todo(server, "shop/orders", "pay/billing") == [
        "create pay", "create shop", "create pay/billing", "create shop/orders",
    ]  # fmt: skip


def test_one_request_tells_that_nothing_is_to_do(server: JenkinsServer) -> None:
    names = [f"team{n % 7}/service{n}" for n in range(60)]
    there(server, *names)
    server.restart()
    server.forget_requests()
    assert todo(server, *names) == []
    assert len(server.requests) == 1
    assert todo(server, *names, deep=True) == []
    assert len(server.requests) == 2 + 60 + 7


def test_branches_are_not_read(server: JenkinsServer) -> None:
    there(server, "shop/orders")
    server.forget_requests()
    todo(server, "shop/orders")
    assert server.requests[0].target.count("jobs") == 2


def test_what_is_declared_otherwise_is_read_and_its_meaning_told(server: JenkinsServer) -> None:
    there(server, "shop/orders", "shop/stock")
    server.forget_requests()
    found = changes(server, services("shop/orders", "shop/stock", path="x"))
    (one, other) = found.changes
    # The marker's digest is another as well, which says nothing more.
    assert [d.path for d in one.differences] == ["factory.scriptPath"]
    assert one.differences[0].new == "x/Jenkinsfile" and other.path == "shop/stock"
    assert len(server.requests) == 3
    assert [one.item.path for one, _ in found.doubtful] == ["shop"]


@pytest.mark.parametrize(
    ("old", "new", "fast"),
    [
        ("<disabled>false", "<disabled>true", True),
        ("Team: shop", "by hand", True),
        ("</description>", "</description><displayName>Mine</displayName>", True),
        ("<scriptPath>Jenkinsfile", "<scriptPath>x", False),
    ],
)
def test_what_shows_without_reading_configurations(
    server: JenkinsServer, old: str, new: str, fast: bool
) -> None:
    there(server, "shop/orders")
    item = server.item("shop/orders")
    server.jenkins.update(item, item.config.text.replace(old, new).encode())
    assert bool(todo(server, "shop/orders")) == fast
    assert todo(server, "shop/orders", deep=True) == ["change shop/orders"]


# What is not ours.


def conflicts(server: JenkinsServer, *names: str) -> dict[str, str]:
    found = changes(server, services(*names), prune=True, delete=True)
    return {one.path: one.why for one in found.conflicts}


def test_a_job_that_somebody_made(server: JenkinsServer) -> None:
    there(server, "shop/stock")
    server.add("shop/orders", multibranch("by hand"))
    told = conflicts(server, "shop/orders", "shop/stock")
    assert "not ours: to hand it over, write `pipelinegen: orders`" in told["shop/orders"]
    assert todo(server, "shop/orders", "shop/stock") == []


def test_a_job_that_was_handed_over(server: JenkinsServer) -> None:
    there(server, "shop/stock")
    server.add("shop/orders", multibranch("by hand\npipelinegen: orders"))
    there(server, "shop/orders", "shop/stock")
    assert "Team: shop" in (server.item("shop/orders").description or "")


def test_a_folder_that_is_a_job(server: JenkinsServer) -> None:
    server.add("shop", pipeline("pipelinegen: shop"))
    told = conflicts(server, "shop/orders", "pay/billing")
    assert "a pipeline job of that name is there, and a folder is declared" in told["shop"]
    assert set(told) == {"shop"}  # its jobs are not told as well
    assert todo(server, "shop/orders", "pay/billing") == ["create pay", "create pay/billing"]


def test_names_that_differ_in_case(server: JenkinsServer) -> None:
    server.add("Shop", folder())
    assert (
        "`Shop` is there, and Jenkins tells no names apart by their case"
        in conflicts(server, "shop/orders")["shop"]
    )


def test_a_folder_that_only_leads_to_others_may_be_anybodys(server: JenkinsServer) -> None:
    server.add("Services", folder("of somebody else"))
    deep = services("shop/orders", jobs=jobs(folder="Services/{team}"))
    assert errors(apply(server, deep)) == []
    assert server.item("Services").description == "of somebody else"
    assert "Services/shop/orders" in server.items
    assert not changes(server, deep, deep=True).changes


def test_what_is_in_our_folders_and_not_ours_is_told(server: JenkinsServer) -> None:
    there(server, "shop/orders")
    server.add("hand", FREESTYLE)
    server.add("shop/hand", FREESTYLE)
    server.add("shop/theirs", folder())
    server.add("shop/theirs/deep", FREESTYLE)
    found = changes(server, services("shop/orders"), prune=True)
    assert [(live.path, live.kind) for live in found.foreign] == [
        ("shop/hand", "a FreeStyleProject"), ("shop/theirs", "a folder"),
    ]  # fmt: skip
    assert not found.changes


def test_a_copy_is_not_ours(server: JenkinsServer) -> None:
    there(server, "shop/orders")
    xml = server.config("shop/orders")
    server.add("shop/copy", xml)
    server.add("other", folder())
    server.add("other/orders", xml)
    assert todo(server, "shop/orders", prune=True, delete=True) == []


# Moves.


def test_a_service_that_changed_its_team(server: JenkinsServer) -> None:
    there(server, "shop/billing", pipelines=NIGHTLY)
    found = changes(server, services("pay/billing", pipelines=NIGHTLY), prune=True)
    told = [f"{c.what} {c.live.path if c.live else ''} {c.path}" for c in found.changes]
    assert told == [
        "create  pay", "move shop/billing pay/billing",
        "move shop/billing-nightly pay/billing-nightly",
    ]  # fmt: skip
    assert [live.path for live in found.undeclared] == ["shop"]


def test_where_it_is_not_clear_which_one_went_nothing_is_moved(server: JenkinsServer) -> None:
    there(server, "a/orders", "b/orders")
    assert todo(server, "c/orders", prune=True) == [
        "create c", "create c/orders", "disable a/orders", "disable b/orders",
    ]  # fmt: skip


def test_a_service_whose_new_place_is_taken_goes_on_at_its_old_one(server: JenkinsServer) -> None:
    there(server, "shop/billing")
    server.add("pay", folder("of somebody else"))
    found = changes(server, services("pay/billing"), prune=True)
    assert not found.changes
    assert [live.path for live in found.undeclared] == ["shop/billing", "shop"]


# What is declared no more.


def test_nothing_goes_without_being_told_to(server: JenkinsServer) -> None:
    there(server, "shop/orders", "shop/stock")
    found = changes(server, services("shop/orders"))
    assert not found.changes
    assert [live.path for live in found.undeclared] == ["shop/stock"]


def test_what_goes_is_disabled_first_and_deleted_by_a_later_run(server: JenkinsServer) -> None:
    there(server, "shop/orders", "shop/stock")
    assert todo(server, "shop/orders", **BOTH) == ["disable shop/stock"]
    assert errors(apply(server, services("shop/orders"), **BOTH)) == []
    assert server.item("shop/stock").disabled
    assert todo(server, "shop/orders", prune=True) == []
    assert todo(server, "shop/orders", **BOTH) == ["delete shop/stock"]


def test_what_somebody_disabled_is_not_deleted(server: JenkinsServer) -> None:
    there(server, "shop/orders", "shop/stock")
    server.jenkins.disable(server.item("shop/stock"), True)
    assert todo(server, "shop/orders", prune=True, delete=True) == ["disable shop/stock"]


def test_what_comes_back_is_enabled_and_keeps_its_builds(server: JenkinsServer) -> None:
    there(server, "shop/orders", "shop/stock")
    before = server.item("shop/stock")
    apply(server, services("shop/orders"), prune=True)
    there(server, "shop/orders", "shop/stock")
    assert server.item("shop/stock") is before
    assert not before.disabled and "Team: shop" in (before.description or "")


def test_a_folder_goes_when_nothing_is_left_in_it(server: JenkinsServer) -> None:
    there(server, "shop/orders", "pay/billing")
    apply(server, services("shop/orders"), **BOTH)
    assert todo(server, "shop/orders", **BOTH) == ["delete pay", "delete pay/billing"]
    server.add("pay/hand", FREESTYLE)
    assert todo(server, "shop/orders", **BOTH) == ["delete pay/billing"]


def test_a_folder_from_which_a_service_moved_goes_as_well(server: JenkinsServer) -> None:
    there(server, "shop/orders", "pay/billing")
    assert todo(server, "shop/orders", "shop/billing", **BOTH) == [
        "move shop/billing", "delete pay",
    ]  # fmt: skip
    assert errors(apply(server, services("shop/orders", "shop/billing"), **BOTH)) == []
    assert [path for path in server.items if path.count("/") < 2] == [
        "shop", "shop/billing", "shop/orders",
    ]  # fmt: skip
