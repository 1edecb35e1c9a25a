"""The generated Jenkinsfiles run: on the stand-in for Jenkins, with real containers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import docker
import pytest

from tests.e2e.conftest import CREDENTIALS, Clone, Start, leftovers
from tests.lab.docker.registry import Registry
from tests.lab.jenkins import Build
from tests.lab.jenkins.classes import SOURCES

SERVICES = {"python": "points", "java": "stock", "go": "fx--rates-2", "node": "basket"}
LABEL = "pipelinegen.build"


@pytest.fixture
def containers() -> Iterator[Callable[[], set[str]]]:
    """The ids of all containers that are there."""
    client = docker.from_env()
    yield lambda: {str(each.id) for each in client.containers.list(all=True, ignore_removed=True)}
    client.close()


def change(repository: Path, files: Mapping[str, Callable[[str], str]]) -> None:
    """Change files of a clone, generate anew, and commit."""
    for path, edit in files.items():
        text = (repository / path).read_text("utf-8")
        assert edit(text) != text, f"{path} is not changed"
        (repository / path).write_text(edit(text), "utf-8")
    command = [sys.executable, "-m", "pipelinegen", "generate"]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)
    who = ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "-c", "safe.directory=*"]
    for arguments in (["add", "--all"], [*who, "commit", "--quiet", "--message", "A change"]):
        subprocess.run(["git", *arguments], cwd=repository, check=True)


def counted(build: Build) -> dict[str, Counter[str]]:
    """How many tests passed and failed, by stage."""
    found: dict[str, Counter[str]] = {}
    for case in build.tests:
        found.setdefault(case.stage, Counter())[case.state] += 1
    return found


def pushed(build: Build) -> str:
    """The digest that the build says it pushed."""
    (line,) = re.findall(r"^Pushed (\S+)$", build.console, re.M)
    return str(line)


def assert_green(build: Build) -> None:
    assert build.result == "SUCCESS", build.console
    assert build.faults == ()
    assert {stage.state for stage in build.stages} <= {"SUCCESS", "SKIPPED"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_built_tested_and_pushed(
    jenkins: Start, clone: Clone, registry: Registry, service: str
) -> None:
    build = jenkins().run(clone(service), job=f"shop/my {service}")
    assert_green(build)
    tests = counted(build)
    system = {"System tests"} if service in ("java", "go") else set()
    assert tests.keys() == {"Unit tests", "Integration tests"} | system
    assert all(states.keys() <= {"passed", "skipped"} for states in tests.values())
    assert all(states["passed"] for states in tests.values())
    name, _, digest = pushed(build).partition("@")
    assert name == f"{registry.host}/shop/{SERVICES[service]}"
    assert digest in registry.digests(f"shop/{SERVICES[service]}").values()
    assert leftovers(f"{LABEL}=jenkins-shop-my-{service}-main-1") == {}


def test_the_sample_service_comes_to_its_temporary_release(jenkins: Start, clone: Clone) -> None:
    build = jenkins().run(clone("sample-service"), until="System tests beside what is deployed")
    assert_green(build)
    stages = {"Unit tests", "Integration tests", "Browser tests", "Contract"}
    assert counted(build).keys() == stages
    assert "/shop/orders@sha256:" in pushed(build)
    # The registry asks for no password, but the credential was bound and is not shown.
    assert "registry-push" in build.credentials
    assert CREDENTIALS["registry-push"]["password"] not in build.console
    assert build.stage("System tests with containers").state == "SKIPPED"


@pytest.mark.usefixtures("catalog", "as_root")
def test_on_a_branch_the_sample_is_tested_with_all_around_it_by_a_user_without_a_name(
    jenkins: Start, clone: Clone
) -> None:
    repository = clone("sample-service", uid=12345)
    branch = ["git", "-c", "safe.directory=*", "branch", "feature"]
    subprocess.run(branch, cwd=repository, check=True, user=12345)
    build = jenkins(12345).run(repository, branch="feature")
    assert_green(build)
    tests = counted(build)
    assert tests["System tests"]["passed"] == 5
    # Each in Chrome and in Firefox.
    assert tests["Browser tests"]["passed"] == 6
    variables = [command.environment for command in build.commands]
    (name,) = {each["PIPELINEGEN_BUILD"] for each in variables if "PIPELINEGEN_BUILD" in each}
    assert leftovers(f"{LABEL}={name}") == {}


def test_a_branch_is_tested_and_not_pushed(jenkins: Start, clone: Clone) -> None:
    repository = clone("python")
    subprocess.run(["git", "branch", "fix/the thing".replace(" ", "-")], cwd=repository, check=True)
    build = jenkins().run(repository, branch="fix/the-thing")
    assert_green(build)
    assert "docker push" not in build.console


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize("user", [1000, 12345])
def test_jenkins_may_run_as_a_user_that_no_image_knows(
    jenkins: Start, clone: Clone, user: int
) -> None:
    """And its controller may restart whenever a step has ended."""
    build = jenkins(user).run(clone("python", uid=user), restart=True)
    assert_green(build)
    assert f"docker run -t -d -u {user}:{user} " in build.console
    assert all(states["passed"] for states in counted(build).values())


def test_a_failed_test_is_reported_and_the_log_says_how_to_run_it(
    jenkins: Start, clone: Clone
) -> None:
    repository = clone("sample-service")
    broken = {
        "tests/unit/test_page.py": lambda text: text + "\n\ndef test_broken():\n    assert 1 == 2\n"
    }
    change(repository, broken)
    build = jenkins().run(repository, previous="SUCCESS")
    assert build.result == "FAILURE"
    assert counted(build)["Unit tests"]["failed"] == 1
    (failed,) = [case for case in build.tests if case.state == "failed"]
    assert failed.name == "test_broken"
    assert "assert 1 == 2" in failed.text
    assert "reports/unit.xml" in build.artifacts
    assert build.stage("Lint").state == "SUCCESS"
    assert build.stage("Image").state == "SKIPPED"
    assert build.console.splitlines()[-3:] == [
        "ERROR: Unit tests: pytest tests/unit ended with 1".replace("Unit tests", "unit"),
        "To run it on your machine: pipelinegen run unit",
        "Finished: FAILURE",
    ]
    assert [name for name, _ in build.steps] == ["slackSend", "mail"]
    assert leftovers(f"{LABEL}=jenkins-shop-orders-main-1") == {}


def test_the_command_of_the_log_does_run_it(clone: Clone, tmp_path: Path) -> None:
    """The same failure on the machine of whoever reads the log."""
    repository = clone("python")
    broken = {
        "tests/unit/test_balance.py": lambda text: (
            text + "\n\ndef test_broken():\n    assert 1 == 2\n"
        )
    }
    change(repository, broken)
    done = subprocess.run(
        [sys.executable, "-m", "pipelinegen", "run", "unit"],
        cwd=repository, capture_output=True, text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert "test_broken\n    assert 1 == 2" in done.stdout


def test_an_abort_leaves_nothing(
    jenkins: Start, clone: Clone, containers: Callable[[], set[str]]
) -> None:
    repository = clone("python")
    waits = """

def test_waits(store):
    import time
    print("it waits", flush=True)
    time.sleep(600)
"""
    tests = {
        "pipeline.yaml": lambda text: text.replace("pytest tests/i", "pytest -s -k waits tests/i"),
        "tests/integration/test_store.py": lambda text: text + waits,
    }
    change(repository, tests)
    before = containers()
    run = jenkins().start(repository)
    run.wait_for("it waits")
    assert len(containers() - before) >= 2  # the stage's, and the database
    run.abort()
    build = run.wait()
    assert build.result == "ABORTED"
    assert build.stage("Integration tests").state == "ABORTED"
    assert leftovers(f"{LABEL}=jenkins-shop-orders-main-1") == {}
    # The reaper of testcontainers takes ten seconds to be sure that nobody comes back.
    end = time.monotonic() + 60
    while containers() - before:
        assert time.monotonic() < end, containers() - before
        time.sleep(0.5)


def test_what_a_real_jenkins_ran_runs_here_step_by_step(jenkins: Start, tmp_path: Path) -> None:
    """The order of a parallel's branches alone is not the same each time."""
    ran = SOURCES / "ran"
    repository = tmp_path / "svc"
    shutil.copytree(ran / "repository", repository)
    shutil.copy(ran / "executed.Jenkinsfile", repository / "Jenkinsfile")
    subprocess.run(
        ["git", "init", "--quiet", "--initial-branch", "main"], cwd=repository, check=True
    )
    subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
    who = ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost"]
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "a"], cwd=repository, check=True)
    build = jenkins(libraries={"pipelinegen": {"main": ran}}).run(repository)
    assert_green(build)
    steps = [line for line in build.console.splitlines() if line.startswith("[Pipeline]")]
    known = (ran / "pipeline-lines.txt").read_text("utf-8").splitlines()
    fan = known.index("[Pipeline] parallel")
    assert steps[:fan] == known[:fan]
    assert Counter(steps) == Counter(known)
