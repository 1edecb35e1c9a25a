"""A changed service beside the deployed one."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.e2e.deploy.service import DEPLOY, NAMESPACE, Make, Service, ask, image

NEEDS = """
dependencies:
  friend: {type: service, env: FRIEND_URL}
"""
BUILD = {"PIPELINEGEN_BUILD": "lab-main-7", "BRANCH_NAME": "feature/ü"}


def put(service: Service, mode: str) -> None:
    said = service.run("deploy", "--account", "test", "--image", image(mode), "--version", "stable")
    assert said.code == 0, said.err


def test_it_takes_no_traffic_of_the_deployed_one_and_is_gone_again(make: Make) -> None:
    friend, service = make("friend"), make("changed", NEEDS + DEPLOY)
    put(friend, "good")
    put(service, "good")
    said = service.run("temp", "up", "--image", image("slow"), "--ttl", "1h", env=BUILD)
    assert said.code == 0, said.err
    found = dict(line.split("=", 1) for line in said.out.splitlines())
    assert {*found} == {"FRIEND_URL", "SYSTEM_URL"}
    own = ask(found["SYSTEM_URL"].removeprefix("http://"), port=80)
    around = ask(found["FRIEND_URL"].removeprefix("http://"), port=80)
    assert (own["mode"], around["mode"]) == ("slow", "good")
    assert own["FRIEND_URL"] == "http://friend"
    _test_it(service, said.out)
    cluster = service.clusters["test-eu"]
    stable = cluster.get("service", "changed", "-n", NAMESPACE)["spec"]["clusterIP"]
    assert {ask(stable, port=80)["mode"] for _ in range(20)} == {"good"}
    other = service.run("temp", "up", "--image", image("good"), "--build", "other")
    assert other.code == 0, other.err
    listed = json.loads(service.run("temp", "list", "--format", "json").out)
    mine = [each for each in listed if each["service"] == "changed"]
    assert {each["build"] for each in mine} == {"lab-main-7", "other"}
    assert [each["branch"] for each in mine if each["build"] == "lab-main-7"] == ["feature"]
    for more in (["--build", "lab-main-7"], ["--build", "other"]):
        down = service.run("temp", "down", *more)
        assert down.code == 0, down.err
    assert [pod["metadata"]["name"] for pod in service.pods("test-eu", "changed")]
    for each in mine:
        assert service.pods("test-eu", each["release"]) == []
        kept = service.folder / "reports/temporary" / each["release"]
        assert "the tap runs" in "".join(path.read_text() for path in kept.glob("*.log"))
        assert json.loads((kept / "events.json").read_text())


SYSTEM_TEST = """
def test_the_changed_one_is_beside_the_deployed(system):
    assert system.get("/").json()["mode"] == "slow"
    assert system.dependency("friend").get("/").json()["mode"] == "good"
"""


def _test_it(service: Service, variables: str) -> None:
    """The same system tests as in the other modes, with the helper package."""
    (service.folder / "test_system.py").write_text(SYSTEM_TEST)
    (service.folder / "system.env").write_text(variables)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--dependency-file", "system.env", "--dependency-report", "test_system.py"],
        cwd=service.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "from SYSTEM_URL in system.env" in done.stdout


def test_what_is_forgotten_is_swept(make: Make) -> None:
    service = make("forgotten")
    said = service.run("temp", "up", "--image", image("good"), "--build", "old", "--ttl", "1s")
    assert said.code == 0, said.err
    swept = service.run("temp", "sweep")
    assert "Removed forgotten-t-" in swept.err
    listed = json.loads(service.run("temp", "list", "--format", "json").out)
    assert not [each for each in listed if each["service"] == "forgotten"]


def test_what_does_not_become_ready_is_removed_and_told(make: Make) -> None:
    service = make("never")
    said = service.run("temp", "up", "--image", image("crash"), "--build", "bad")
    assert said.code == 1
    assert "the tap has no water" in said.err
    listed = json.loads(service.run("temp", "list", "--format", "json").out)
    assert not [each for each in listed if each["service"] == "never"]
