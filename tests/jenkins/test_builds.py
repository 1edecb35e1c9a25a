"""Builds: started once, followed to their end, and the last ones of all services."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.config.jobs import PipelineJob
from pipelinegen.errors import PipelinegenError, Refused
from pipelinegen.jenkins import builds
from pipelinegen.jenkins.answers import ServerError
from pipelinegen.jenkins.client import Server
from pipelinegen.plan.jobs import items
from tests.jenkins.given import apply, connections, declared
from tests.lab.jenkins_server import JenkinsServer, Outcome, faults
from tests.lab.jenkins_server.names import branch_item
from tests.strategies import texts

ORDERS = declared("orders")
BRANCHES = ["main", "feature/ü x", "release/1.0"]


@pytest.fixture
def ready(server: JenkinsServer) -> Iterator[Server]:
    """A server with the job of `orders`, and its branches built once."""
    server.jenkins.branches["https://git.example.com/shop/orders.git"] = BRANCHES
    assert apply(server, items([ORDERS]))
    server.run_builds()
    with connections(server) as connected:
        yield connected.server


def no_time(seconds: float) -> bool:
    return False


def refused(ready: Server, branch: str | None = None) -> str:
    with pytest.raises(PipelinegenError) as caught:
        builds.start(ready, ORDERS, branch)
    return str(caught.value)


@given(texts(min_size=1, max_size=30))
def test_a_branch_has_the_name_that_jenkins_gives_it(branch: str) -> None:
    assert builds.encoded(branch) == branch_item(branch)


@pytest.mark.parametrize("branch", [None, *BRANCHES])
def test_a_build_is_started_and_followed(
    server: JenkinsServer, ready: Server, branch: str | None
) -> None:
    server.executors.waits = server.executors.runs = 0
    server.executors.outcome = lambda job, parameters: Outcome("FAILURE", "größe\n")
    queued = builds.start(ready, ORDERS, branch)
    job = builds.branch_job(ORDERS, branch)
    build = builds.started(ready, job, queued, no_time)
    assert build is not None
    assert (build.number, build.job) == (2, job)
    assert quote(builds.encoded(branch or "main")) in build.url
    text = "".join(builds.console(ready, build, no_time))
    assert text.endswith("größe\nFinished: FAILURE\n")
    assert builds.result(ready, build) == "FAILURE"


def test_a_console_grows_while_it_is_followed(server: JenkinsServer, ready: Server) -> None:
    """In pieces of bytes, which may end within a character."""
    server.executors.waits, server.executors.held = 0, True
    server.executors.outcome = lambda job, parameters: Outcome("SUCCESS", "ü" * 10)
    queued = builds.start(ready, ORDERS, None)
    with server.lock:
        (waiting,) = server.executors.waiting
        running = server.executors.start(waiting)
    build = builds.started(ready, builds.branch_job(ORDERS, None), queued, no_time)
    assert build is not None and not build.result
    turns = iter(["finish"])

    def wait(seconds: float) -> bool:
        if next(turns, ""):
            with server.lock:
                server.executors.finish(running)
        return False

    pieces = list(builds.console(ready, build, wait))
    assert len(pieces) == 2
    assert "".join(pieces).splitlines()[-2:] == ["ü" * 10, "Finished: SUCCESS"]


def test_a_build_that_nobody_waits_for_longer(server: JenkinsServer, ready: Server) -> None:
    server.executors.held = True
    queued = builds.start(ready, ORDERS, None)
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    assert builds.started(ready, "x", queued, wait, 4) is None
    assert waits == [0.1, 0.2, 0.4]


def test_a_build_that_is_cancelled_in_the_queue(server: JenkinsServer, ready: Server) -> None:
    server.executors.held = True
    queued = builds.start(ready, ORDERS, None)
    with server.lock:
        server.executors.cancel(server.executors.waiting[0])
    assert builds.started(ready, "x", queued, no_time) is None


def test_a_job_with_parameters_gets_their_defaults(server: JenkinsServer, ready: Server) -> None:
    """A Jenkinsfile with `parameters` makes its job one after its first build."""
    job = server.job("shop/orders/main")
    defined = (
        "<properties><hudson.model.ParametersDefinitionProperty><parameterDefinitions>"
        "<hudson.model.StringParameterDefinition><name>REGION</name><defaultValue>eu</defaultValue>"
        "</hudson.model.StringParameterDefinition></parameterDefinitions>"
        "</hudson.model.ParametersDefinitionProperty>"
    )
    text = job.config.text.replace("<properties>", defined)
    job.config = type(job.config).parse(text.encode())
    builds.start(ready, ORDERS, None)
    server.run_builds()
    assert job.builds[-1].parameters == {"REGION": "eu"}


def test_a_branch_that_jenkins_does_not_know(ready: Server) -> None:
    said = refused(ready, "mian")
    assert "there is no job of the branch `mian`" in said
    assert "feature/ü x, main, release/1.0" in said
    assert "job/shop/job/orders/indexing/console" in said


def test_a_service_without_a_job(server: JenkinsServer) -> None:
    with connections(server) as connected:
        assert "run `pipelinegen jobs apply`" in refused(connected.server)


def test_a_branch_that_is_gone(server: JenkinsServer, ready: Server) -> None:
    server.jenkins.branches["https://git.example.com/shop/orders.git"] = ["main"]
    server.scan("shop/orders")
    assert "it is disabled, or its branch is gone" in refused(ready, "release/1.0")


def test_a_lost_answer_is_not_asked_for_again(server: JenkinsServer, ready: Server) -> None:
    server.faults.add(faults.drop(after=True), when=faults.writes)
    with pytest.raises(ServerError) as caught:
        builds.start(ready, ORDERS, None)
    assert "it may have been started: look before you repeat" in str(caught.value)
    server.run_builds()
    assert len(server.job("shop/orders/main").builds) == 2


def test_the_last_build(server: JenkinsServer, ready: Server) -> None:
    server.build("shop/orders/main", times=2)
    found = builds.last(ready, ORDERS, None)
    assert (found.number, found.result) == (3, "SUCCESS")
    with pytest.raises(Refused):
        builds.last(ready, ORDERS, "nope")


def test_a_branch_that_was_never_built(server: JenkinsServer) -> None:
    server.executors.held = True
    server.jenkins.branches["https://git.example.com/shop/orders.git"] = BRANCHES
    apply(server, items([ORDERS]))
    with connections(server) as connected, pytest.raises(Refused) as caught:
        builds.last(connected.server, ORDERS, None)
    assert "it was never built" in str(caught.value)


def test_an_overview_is_one_request(server: JenkinsServer, ready: Server) -> None:
    nightly = {"nightly": PipelineJob(script="n")}
    stock = declared("stock", pipelines=nightly)
    apply(server, items([ORDERS, stock]))
    server.build("shop/stock-nightly")
    gone = declared("gone")
    server.forget_requests()
    rows = builds.overview(ready, "shop", [ORDERS, stock, gone])
    assert [(row.service, row.build and row.build.number, row.why) for row in rows] == [
        ("orders", 1, ""), ("stock", None, "no branch"), ("stock-nightly", 1, ""),
        ("gone", None, "no job"),
    ]  # fmt: skip
    assert len(server.requests) == 1
    (missing,) = builds.overview(ready, "nope", [ORDERS])
    assert missing.why == "no folder"


@given(st.sampled_from(["", "x/y", "%", "ü"]))
def test_names_with_a_percent_sign_are_encoded_twice_in_addresses(branch: str) -> None:
    assert "/" not in builds.encoded(branch)
