"""Which items a server should have for services."""

from __future__ import annotations

from typing import Any

import pytest

from pipelinegen.config.jobs import PipelineJob
from pipelinegen.errors import InputError
from pipelinegen.plan.jobs import Declared, Folder, Multibranch, Pipeline, items
from pipelinegen.plan.sources import Branches
from tests.jenkins.given import declared, jobs


def branches(kind: str, repository: str, **discover: Any) -> Branches:
    source = {"type": kind, "repository": repository}
    (item,) = (
        item
        for item in items([declared("orders", jobs=jobs(source=source, discover=discover))])
        if isinstance(item, Multibranch)
    )
    return item.branches


def wrong(*services: Declared) -> str:
    with pytest.raises(InputError) as caught:
        items(services)
    return str(caught.value)


def test_folders_come_before_what_is_in_them() -> None:
    deep = jobs(folder="Services/{team}")
    found = items([declared("orders", jobs=deep), declared("billing", "pay", jobs=deep)])
    assert [item.path for item in found] == [
        "Services", "Services/pay", "Services/shop", "Services/pay/billing", "Services/shop/orders",
    ]  # fmt: skip
    assert [isinstance(item, Folder) and item.path_only for item in found[:3]] == [
        True,
        False,
        False,
    ]


def test_the_order_of_the_services_does_not_matter() -> None:
    one, other = declared("orders"), declared("billing", "pay")
    assert items([one, other]) == items([other, one])


@pytest.mark.parametrize(
    ("kind", "repository", "server", "owner", "project"),
    [
        ("github", "https://github.com/acme/o.git", None, "acme", "o"),
        ("github", "git@github.com:acme/o", None, "acme", "o"),
        ("github", "https://gh.example.com/a/o.git", "https://gh.example.com/api/v3", "a", "o"),
        ("gitlab", "https://gitlab.com/a/b/c/o.git", "default", "a/b/c", "a/b/c/o"),
        ("gitlab", "ssh://git@gl.example.com:22/a/o", "default", "a", "a/o"),
        ("bitbucket", "https://bitbucket.org/acme/o", "https://bitbucket.org", "acme", "o"),
        ("bitbucket", "https://bb.example.com:84/scm/S/o", "https://bb.example.com:84", "S", "o"),
        ("bitbucket", "ssh://git@bb.example.com:7999/S/o.git", "https://bb.example.com", "S", "o"),
    ],
)  # fmt: skip
def test_what_the_hosting_services_want_instead_of_a_url(
    kind: str, repository: str, server: str | None, owner: str, project: str
) -> None:
    found = branches(kind, repository)
    assert (found.server, found.owner, found.project) == (server, owner, project)


@pytest.mark.parametrize(
    ("kind", "repository"),
    [("github", "https://github.com/orders"), ("github", "https://github.com/a/b/c"),
     ("gitlab", "https://gitlab.com/orders.git"), ("bitbucket", "/srv/git/orders.git")],
)  # fmt: skip
def test_a_repository_without_an_owner(kind: str, repository: str) -> None:
    service = declared("orders", jobs=jobs(source={"type": kind, "repository": repository}))
    assert f"is no repository of {kind}" in wrong(service)


def test_a_filter_of_names_lets_pull_requests_through() -> None:
    """It counts for all names, and theirs are PR-1."""
    names = ["main", "feature/*"]
    assert branches("github", "https://github.com/a/b", branches=names).includes.endswith(" PR-*")
    assert branches("gitlab", "https://gitlab.com/a/b", branches=names).includes.endswith(" MR-*")
    none = branches("github", "https://github.com/a/b", branches=names, pullRequests="none")
    assert none.includes == "main feature/*"
    assert branches("git", "https://git.example.com/a", branches=names).includes == none.includes


def test_in_a_monorepo_the_script_is_below_its_folder() -> None:
    nightly = PipelineJob(script="ci/nightly.Jenkinsfile")
    service = declared("orders", path="services/orders", pipelines={"nightly": nightly})
    scripts = {i.path: i.script for i in items([service]) if isinstance(i, (Multibranch, Pipeline))}
    assert scripts == {
        "shop/orders": "services/orders/Jenkinsfile",
        "shop/orders-nightly": "services/orders/ci/nightly.Jenkinsfile",
    }
    at_the_top = items([declared("orders", path=".")])[-1]
    assert isinstance(at_the_top, Multibranch) and at_the_top.script == "Jenkinsfile"


def test_the_clone_tells_the_repository_where_no_pattern_does() -> None:
    service = declared("orders", jobs=jobs(source={}), origin="https://git.example.com/x.git")
    found = items([service])[-1]
    assert isinstance(found, Multibranch)
    assert found.branches.repository == "https://git.example.com/x.git"
    lost = wrong(declared("orders", jobs=jobs(source={})))
    assert "has no remote `origin`" in lost and "source.repository" in lost


def test_two_services_of_one_name() -> None:
    same = wrong(declared("orders"), declared("orders", where="copy/pipeline.yaml", path="copy"))
    assert "the job `shop/orders` is declared in" in same


def test_a_job_of_a_service_that_is_another_service() -> None:
    nightly = {"nightly": PipelineJob(script="x")}
    told = wrong(declared("orders", pipelines=nightly), declared("orders-nightly"))
    assert "`shop/orders-nightly` is declared in" in told


def test_platforms_that_want_the_folder_differently() -> None:
    other = jobs(links={"Wiki": "https://wiki.example.com/{team}"})
    told = wrong(declared("orders"), declared("stock", jobs=other))
    assert "the folder `shop` would be another one for" in told


def test_links_of_a_service_are_not_on_its_folder() -> None:
    links = {"Logs": "https://logs.example.com/{service}", "Team": "https://x.example.com/{team}"}
    folder, job = items([declared("orders", jobs=jobs(links=links))])
    assert ("Team", "https://x.example.com/shop") in folder.about
    assert len(folder.about) == 2
    assert ("Logs", "https://logs.example.com/orders") in job.about


def test_the_platforms_links_count_before_those_that_are_known() -> None:
    links = {"Dashboard": "https://g/d/shop-orders", "Logs": "https://l"}
    service = declared("orders", links=links, jobs=jobs(links={"Logs": "https://other/{service}"}))
    (orders,) = (item for item in items([service]) if isinstance(item, Multibranch))
    assert orders.about[-2:] == (
        ("Dashboard", "https://g/d/shop-orders"),
        ("Logs", "https://other/orders"),
    )
