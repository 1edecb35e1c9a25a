"""Builds, the queue, consoles and the linter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.jenkins_server import JenkinsServer, Outcome
from tests.lab.jenkins_server.client import Client
from tests.lab.jenkins_server.conftest import Connect
from tests.lab.jenkins_server.documents import folder, pipeline
from tests.lab.jenkins_server.lint import validator


@pytest.fixture
def held(server: JenkinsServer) -> JenkinsServer:
    server.executors.held = True
    server.add("a", pipeline())
    server.add("p", pipeline(parameters="REGION"))
    return server


def queue_number(client: Client, path: str) -> int:
    answer = client.post(path)
    assert answer.status == 201
    return int(answer.headers["Location"].rstrip("/").rpartition("/")[2])


def test_from_the_queue_to_the_end(admin: Client, held: JenkinsServer) -> None:
    """hudson.model.Queue: an item that waits has no `executable`; one that left it has."""
    number = queue_number(admin, "/job/a/build")
    item = f"/queue/item/{number}/api/json"
    assert "executable" not in admin.get(item).json
    assert admin.get("/job/a/api/json?tree=inQueue").json["inQueue"] is True
    assert admin.get("/queue/api/json").json["items"][0]["id"] == number
    held.executors.start(held.executors.waiting[0])
    shown = admin.get(item).json
    assert shown["_class"] == "hudson.model.Queue$LeftItem"
    assert shown["executable"]["url"] == f"{held.url}job/a/1/"
    assert admin.get("/job/a/1/api/json").json["building"] is True
    assert admin.get("/job/a/api/json?tree=color").json["color"] == "notbuilt_anime"
    held.run_builds()
    assert admin.get("/job/a/1/api/json?tree=result,building").json["result"] == "SUCCESS"
    assert admin.get("/job/a/lastSuccessfulBuild/api/json?tree=number").json["number"] == 1
    assert admin.get("/job/a/lastFailedBuild/api/json").status == 404


def test_builds_run_by_themselves(admin: Client, server: JenkinsServer) -> None:
    server.executors.waits = server.executors.runs = 0
    server.add("a", pipeline())
    queue_number(admin, "/job/a/build")
    assert admin.get("/job/a/1/api/json?tree=result").json["result"] == "SUCCESS"


def test_what_waits_takes_in_its_like(admin: Client, held: JenkinsServer) -> None:
    """hudson.model.Queue.scheduleInternal: the same job with the same parameters waits once."""
    first = queue_number(admin, "/job/p/buildWithParameters?REGION=eu")
    assert queue_number(admin, "/job/p/buildWithParameters?REGION=eu") == first
    assert queue_number(admin, "/job/p/buildWithParameters?REGION=us") != first


def test_parameters(admin: Client, held: JenkinsServer) -> None:
    """ParameterizedJobMixIn.doBuildWithParameters: what is not given has its default."""
    admin.post("/job/p/buildWithParameters?OTHER=x")
    held.run_builds()
    actions = admin.get("/job/p/1/api/json?tree=actions[parameters[name,value]]").json["actions"]
    wanted = {"_class": "hudson.model.StringParameterValue", "name": "REGION", "value": "region"}
    assert [wanted] in [action.get("parameters") for action in actions]
    assert admin.post("/job/a/buildWithParameters").status == 500
    assert admin.post("/job/p/build").status == 400


def test_a_disabled_job_is_not_built(admin: Client, held: JenkinsServer) -> None:
    """ParameterizedJobMixIn.doBuild: 409, "is not buildable!"."""
    admin.post("/job/a/disable")
    assert admin.post("/job/a/build").status == 409
    assert held.errors[-1].thrown.endswith("a is not buildable!")
    assert admin.get("/job/a/api/json?tree=color").json["color"] == "disabled"


def test_folders_are_not_built(admin: Client, server: JenkinsServer) -> None:
    server.add("shop", folder())
    assert admin.post("/job/shop/build").status == 404


def test_cancel_and_stop(admin: Client, held: JenkinsServer) -> None:
    """hudson.model.Queue.doCancelItem: 204; WorkflowRun.doStop"""
    number = queue_number(admin, "/job/a/build")
    assert admin.post(f"/queue/cancelItem?id={number}").status == 204
    assert admin.get(f"/queue/item/{number}/api/json?tree=cancelled").json["cancelled"] is True
    assert admin.post("/queue/cancelItem?id=999").status == 404
    queue_number(admin, "/job/a/build")
    held.executors.start(held.executors.waiting[0])
    assert admin.post("/job/a/1/stop").status == 302
    assert admin.get("/job/a/1/api/json?tree=result").json["result"] == "ABORTED"


def test_what_waits_for_a_job_that_is_gone_is_cancelled(admin: Client, held: JenkinsServer) -> None:
    """hudson.model.AbstractItem.delete cancels what is in the queue."""
    queue_number(admin, "/job/a/build")
    admin.post("/job/a/doDelete")
    assert admin.get("/queue/api/json").json["items"] == []
    held.run_builds()
    assert held.executors.queue[1].cancelled


def test_a_console_that_grows(admin: Client, held: JenkinsServer) -> None:
    """org.kohsuke.stapler.framework.io.LargeText: `start` is in bytes."""
    held.executors.outcome = lambda job, parameters: Outcome("FAILURE", "größe\n")
    admin.post("/job/a/build")
    held.executors.start(held.executors.waiting[0])
    first = admin.get("/job/a/1/logText/progressiveText")
    assert first.text == "Started by user admin\ngröße\n"
    assert first.headers["X-More-Data"] == "true"
    assert first.headers["X-Text-Size"] == str(len(first.body))
    held.run_builds()
    size = first.headers["X-Text-Size"]
    rest = admin.get(f"/job/a/1/logText/progressiveText?start={size}")
    assert rest.text == "Finished: FAILURE\n"
    assert "X-More-Data" not in rest.headers
    assert admin.get("/job/a/1/consoleText").body == first.body + rest.body
    assert admin.get("/job/a/api/json?tree=color").json["color"] == "red"


def test_history(admin: Client, server: JenkinsServer) -> None:
    """hudson.model.Job: `builds` has the newest hundred, `allBuilds` all, and only when named."""
    server.add("a", pipeline())
    server.build("a", times=120)
    shown = admin.get("/job/a/api/json").json
    assert "allBuilds" not in shown
    assert [len(shown["builds"]), shown["builds"][0]["number"]] == [100, 120]
    shown = admin.get("/job/a/api/json?tree=allBuilds[number],nextBuildNumber").json
    assert [len(shown["allBuilds"]), shown["nextBuildNumber"]] == [120, 121]
    assert admin.post("/job/a/7/doDelete").status == 302
    assert admin.get("/job/a/7/api/json").status == 404


def wrong(jenkinsfile: str) -> list[tuple[int, int, str]]:
    return [(1, 10, "Not a step")] if "bad" in jenkinsfile else []


def test_the_linter_in_text(admin: Client, server: JenkinsServer) -> None:
    """ModelConverterAction.doValidate; https://www.jenkins.io/doc/book/pipeline/development/#linter"""
    server.app.lint = wrong
    path = "/pipeline-model-converter/validate"
    assert admin.form(path, "jenkinsfile=pipeline {}").text == "Jenkinsfile successfully validated."
    assert admin.form(path, "jenkinsfile=pipeline bad").text == (
        "Errors encountered validating Jenkinsfile:\n"
        "WorkflowScript: 1: Not a step @ line 1, column 10.\n   pipeline bad\n            ^\n"
    )
    assert admin.form(path, "jenkinsfile=node {}").text.endswith(
        "did not contain the 'pipeline' step"
    )
    assert admin.post(path).text == "No Jenkinsfile specified"


def test_the_linter_by_curl(admin: Client, server: JenkinsServer) -> None:
    """The documentation has `curl -F "jenkinsfile=<Jenkinsfile"`, which sends multipart."""
    server.app.lint = wrong
    part = 'Content-Disposition: form-data; name="jenkinsfile"\r\n\r\npipeline bad ü'
    answer = admin.post(
        "/pipeline-model-converter/validate",
        f"--x\r\n{part}\r\n--x--\r\n",
        **{"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert "   pipeline bad ü\n" in answer.text


def test_the_linter_in_json(admin: Client, server: JenkinsServer) -> None:
    """ModelConverterAction.doValidateJenkinsfile: one error alone is no list."""
    server.app.lint = wrong
    path = "/pipeline-model-converter/validateJenkinsfile"
    assert admin.form(path, "jenkinsfile=pipeline bad").json["data"] == {
        "result": "failure",
        "errors": [{"error": "Not a step @ line 1, column 10."}],
    }


def test_the_linter_asks_for_no_crumb(connect: Connect, server: JenkinsServer) -> None:
    """ModelConverterActionCrumbExclusion; without the plugin there is no such address."""
    client = connect("admin", "secret")
    path = "/pipeline-model-converter/validate"
    assert client.form(path, "jenkinsfile=pipeline {}").status == 200
    assert client.form("/createItem?name=a", "").status == 403
    del server.jenkins.plugins.versions["pipeline-model-definition"]
    assert client.form(path, "jenkinsfile=pipeline {}").status == 404


def test_the_harness_can_be_the_linter(admin: Client, server: JenkinsServer) -> None:
    """Its validator says what the real one said in exchange 45 of the recording. Needs Java."""
    recording = Path(__file__).with_name("recorded-http.jsonl").read_text("utf-8").splitlines()
    exchange = json.loads(recording[45])
    with validator() as lint:
        server.app.lint = lint
        path = exchange["request"]["path"]
        answer = admin.form(path, exchange["request"]["body"])
    assert answer.json == json.loads(exchange["response"]["body"])
