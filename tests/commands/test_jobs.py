"""``pipelinegen jobs`` as a person and as CI run it, against a stand-in for Jenkins."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelinegen.cli import main
from tests.configs import DOCKERFILE
from tests.helpers import write_tree
from tests.jenkins.given import PASSWORD, TOKEN, URL, jenkins_server
from tests.lab.jenkins_server import JenkinsServer, Outcome, User, faults
from tests.lab.jenkins_server.documents import FREESTYLE
from tests.lab.jenkins_server.security import READER
from tests.workspace.repository import ENVIRONMENT, commit, git, repository

TOP = Path(__file__).parents[2]
SERVICES = {"orders": "shop", "stock": "shop", "billing": "pay"}
PLATFORM = f"""
apiVersion: pipelinegen/v1
jenkins:
  jobs:
    source: {{repository: "{URL}"}}
    links: {{Dashboard: "https://grafana.example.com/d/{{service}}"}}
    repositories:
      orders: {{team: shop}}
      ledger: {{team: pay, repository: https://git.example.com/x/mono.git, path: ledger}}
"""


@dataclass(frozen=True)
class Said:
    """What a command has said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Run = Callable[..., Said]


@pytest.fixture
def server() -> Iterator[JenkinsServer]:
    with jenkins_server() as running:
        yield running
        assert TOKEN not in str(running.requests)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three services of two teams, with one platform."""
    write_tree(tmp_path, {"platform.yaml": PLATFORM})
    for name, team in SERVICES.items():
        add(tmp_path, name, team)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add(folder: Path, name: str, team: str, more: str = "") -> None:
    head = f"apiVersion: pipelinegen/v1\nservice: {{name: {name}, team: {team}}}\n"
    text = f"{head}platform: ../platform.yaml\n{more}"
    write_tree(folder / name, {"pipeline.yaml": text, "Dockerfile": DOCKERFILE})


@pytest.fixture
def run(
    server: JenkinsServer,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a sub-command of `jobs` in this process, as the user `ci`."""
    for name, value in variables(server).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    monkeypatch.setattr("pipelinegen.patience.FIRST_SECONDS", 0)

    def command(*arguments: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["jobs", *arguments])
        out, err = capsys.readouterr()
        assert TOKEN not in out + err and PASSWORD not in out + err
        assert "bug" not in err
        return Said(int(ended.value.code or 0), out, err)

    return command


def variables(server: JenkinsServer) -> dict[str, str]:
    return {"JENKINS_URL": server.url, "JENKINS_USER": "ci", "JENKINS_TOKEN": TOKEN}


def ok(said: Said) -> Said:
    assert said.code == 0, said.all
    return said


# plan and apply


def test_a_plan_shows_and_changes_nothing(run: Run, server: JenkinsServer) -> None:
    said = run("plan")
    assert said.code == 1
    assert said.out.splitlines() == [
        "create   pay          folder",
        "create   shop         folder",
        "create   pay/billing  multibranch job",
        "create   shop/orders  multibranch job",
        "create   shop/stock   multibranch job",
    ]
    assert said.err == "5 to create\n"
    assert not server.writes


def test_an_apply_makes_it_so_and_then_there_is_nothing_to_do(
    run: Run, server: JenkinsServer
) -> None:
    said = ok(run("apply", "--yes"))
    assert sorted(said.out.splitlines()) == [
        "created  pay", "created  pay/billing", "created  shop", "created  shop/orders",
        "created  shop/stock",
    ]  # fmt: skip
    assert said.err.splitlines()[-1] == "5 created"
    server.restart()
    server.forget_requests()
    assert ok(run("apply", "--yes")).err.splitlines() == ["5 as pushed", "nothing to do"]
    assert not server.writes and len(server.requests) == 1
    assert ok(run("plan")).out == ""
    assert ok(run("plan", "--deep")).out == ""


def test_a_change_is_told_by_its_meaning(run: Run, folder: Path, server: JenkinsServer) -> None:
    ok(run("apply", "--yes"))
    text = PLATFORM.replace("jobs:\n", "jobs:\n    orphans: {keepDays: 3}\n", 1)
    write_tree(folder, {"platform.yaml": text})
    said = run("plan")
    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[0] == "change   pay/billing  multibranch job"
    assert lines[1] == "           orphanedItemStrategy.daysToKeep: 14 → 3"
    said = ok(run("apply", "--yes"))
    assert "orphanedItemStrategy.daysToKeep: 14 → 3" in said.err
    assert "changed  shop/orders" in said.out


def test_for_a_machine(run: Run, folder: Path, server: JenkinsServer) -> None:
    ok(run("apply", "--yes"))
    server.add("shop/hand", FREESTYLE)
    add(folder, "billing", "shop")
    add(folder, "new", "shop")
    (folder / "stock" / "pipeline.yaml").unlink()
    found = json.loads(run("plan", "--prune", "--format", "json").out)
    whats = {change["path"]: change["what"] for change in found["changes"]}
    assert whats == {"shop/new": "create", "shop/billing": "move", "shop/stock": "disable"}
    (moved,) = (c for c in found["changes"] if c["what"] == "move")
    assert moved["from"] == "pay/billing"
    assert {"path": "description"}.items() <= moved["differences"][0].items()
    assert found["undeclared"] == ["pay"]
    assert found["foreign"] == [{"path": "shop/hand", "class": "hudson.model.FreeStyleProject"}]
    assert (found["blocked"], found["unchanged"]) == ([], 2)


def test_prune_then_delete(run: Run, folder: Path, server: JenkinsServer) -> None:
    ok(run("apply", "--yes"))
    (folder / "stock" / "pipeline.yaml").unlink()
    assert "gone     shop/stock  ours, and declared no more" in ok(run("plan")).out
    said = run("plan", "--prune").out
    assert said == "disable  shop/stock  multibranch job, nothing declares it any more\n"
    assert "disabled  shop/stock" in ok(run("apply", "--prune", "--yes")).out
    assert ok(run("apply", "--prune", "--yes")).out == ""
    assert "shop/stock  multibranch job, with its builds" in run("plan", "--prune", "--delete").out
    assert "deleted  shop/stock" in ok(run("apply", "--prune", "--delete", "--yes")).out
    assert "shop/stock" not in server.items


def test_delete_is_for_prune(run: Run) -> None:
    said = run("apply", "--delete", "--yes")
    assert said.code == 2 and "--delete is for --prune" in said.err


def test_what_is_in_the_way_is_told_and_the_rest_is_done(run: Run, server: JenkinsServer) -> None:
    server.add("pay", FREESTYLE)
    said = run("apply", "--yes")
    assert said.code == 1
    assert "blocked  pay: a FreeStyleProject of that name is there" in said.err
    assert "shop/orders" in server.items


def test_nobody_is_there_to_ask(run: Run, server: JenkinsServer) -> None:
    said = run("apply")
    assert said.code == 2
    assert "Change 5 items on" in said.err and "say --yes" in said.err
    assert not server.writes
    assert run("apply", "--dry-run").code == 1
    assert not server.writes


def test_a_list_of_repositories(run: Run, server: JenkinsServer) -> None:
    ok(run("apply", "--platform", "platform.yaml", "--yes"))
    assert {"shop/orders", "pay/ledger"} <= set(server.items)
    config = server.config("pay/ledger")
    assert "<remote>https://git.example.com/x/mono.git</remote>" in config
    assert "<scriptPath>ledger/Jenkinsfile</scriptPath>" in config


def test_a_platform_that_lists_none(run: Run, folder: Path) -> None:
    write_tree(folder, {"platform.yaml": "apiVersion: pipelinegen/v1\n"})
    said = run("plan", "--platform", "platform.yaml")
    assert said.code == 2 and "lists no services in `jenkins.jobs.repositories`" in said.err


def test_root_and_platform_are_two_ways(run: Run) -> None:
    assert "not both" in run("plan", "--root", ".", "--platform", "platform.yaml").err


def test_all_faults_of_all_services_come_at_once(run: Run, folder: Path) -> None:
    add(folder, "orders", "shop", "prot: 1\n")
    add(folder, "stock", "shop", "port: x\n")
    said = run("plan")
    assert said.code == 2
    assert "orders/pipeline.yaml:4:1" in said.err and "stock/pipeline.yaml:4:7" in said.err


def test_the_clone_says_where_it_came_from_but_not_its_token(
    run: Run, folder: Path, server: JenkinsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    write_tree(folder, {"platform.yaml": "apiVersion: pipelinegen/v1\n"})
    top = repository(folder / "orders")
    git(top, "remote", "add", "origin", "https://ci:t0ken@git.example.com/shop/orders.git")
    commit(top)
    (top / "pipeline.yaml").write_text(
        "apiVersion: pipelinegen/v1\nservice: {name: orders, team: shop}\n"
    )
    ok(run("apply", "--root", "orders", "--yes"))
    assert "<remote>https://git.example.com/shop/orders.git</remote>" in server.config(
        "shop/orders"
    )


def test_services_that_name_different_servers(run: Run, folder: Path) -> None:
    for name in ("orders", "stock"):
        text = PLATFORM.replace("jenkins:\n", f"jenkins:\n  url: https://{name}.example.com/\n", 1)
        write_tree(folder, {f"{name}.yaml": text})
        head = f"apiVersion: pipelinegen/v1\nservice: {{name: {name}, team: shop}}\n"
        write_tree(folder / name, {"pipeline.yaml": f"{head}platform: ../{name}.yaml\n"})
    said = run("plan")
    assert said.code == 2 and "its Jenkins is https://orders.example.com/" in said.err


# What goes wrong outside


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (faults.status(403), "not by Jenkins but by something before it"),
        (faults.login_page(), "a web page (Sign in), not one of Jenkins"),
        (faults.login_redirect(), "a proxy wants a login"),
        (faults.status(503), "the server answers 503"),
        (faults.drop(), "the connection broke off"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_server_that_answers_something_else(
    run: Run, server: JenkinsServer, fault: faults.Fault, says: str
) -> None:
    server.faults.add(fault)
    for command in (["plan"], ["apply", "--yes"], ["status"], ["logs", "orders"]):
        said = run(*command)
        assert said.code == 3 and says in said.err, said.err


def test_a_token_that_may_only_read(run: Run, server: JenkinsServer) -> None:
    server.secure([User("ci", token=TOKEN, permissions=READER)])
    assert run("plan").code == 1
    said = run("apply", "--yes")
    assert said.code == 3
    assert "`ci` lacks the permission Job/Create" in said.err
    assert "2 failed, 3 not begun" in said.err or "failed" in said.err


def test_a_wrong_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JENKINS_TOKEN", "wr0ng")
    said = run("plan")
    assert said.code == 3 and "was refused" in said.err and "wr0ng" not in said.err


def test_nobody_said_who_we_are(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JENKINS_TOKEN")
    said = run("plan")
    assert said.code == 2 and "JENKINS_TOKEN is not set" in said.err


def test_missing_plugins(run: Run, server: JenkinsServer) -> None:
    del server.jenkins.plugins.versions["workflow-multibranch"]
    said = run("plan")
    assert said.code == 3 and "workflow-multibranch, which `pay/billing` needs" in said.err


def test_without_a_look_at_the_plugins(run: Run, server: JenkinsServer) -> None:
    maker = READER | {"Job/Create", "Job/Configure"}
    server.secure([User("ci", token=TOKEN, permissions=maker)])
    said = ok(run("apply", "--yes"))
    assert "ci may not see which plugins there are (Overall/SystemRead)" in said.err


# As processes


def command_line(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipelinegen", "jobs", *arguments]


def environment(server: JenkinsServer) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TOP), **variables(server)}


def test_ctrl_c_finishes_what_is_under_way_and_run_again_finishes(
    server: JenkinsServer, folder: Path
) -> None:
    for number in range(15):
        add(folder, f"service{number}", "shop")
    seen = threading.Event()
    answer = server.app.answer

    def slowly(request: object) -> object:
        if len(server.requests) > 10:
            seen.set()
        return answer(request)  # type: ignore[arg-type]

    server.app.answer = slowly  # type: ignore[assignment, method-assign]
    server.latency = 40
    process = subprocess.Popen(
        command_line("apply", "--yes", "--at-once", "2"),
        cwd=folder, env=environment(server), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert seen.wait(60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "not begun" in err and "run the same command again to finish" in err
    assert len(out.splitlines()) == len(server.items) < 20
    server.latency = 0
    done = subprocess.run(
        command_line("apply", "--yes"), cwd=folder, env=environment(server), check=False,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(server.items) == 20


def test_on_a_terminal_it_asks_and_says_how_far_it_is(server: JenkinsServer, folder: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command_line("apply"), cwd=folder, env=environment(server),
        stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    told = b""
    while b"[y/N]" not in told:
        told += os.read(ours, 1000)
    os.write(ours, b"y\n")
    while True:
        try:
            piece = os.read(ours, 1000)
        except OSError:  # Linux, when the other side is closed
            break
        told += piece
    assert process.wait(60) == 0
    os.close(ours)
    assert b"4/5" in told and b"5 created" in told


# lint, build, logs, status


@pytest.fixture
def built(run: Run, server: JenkinsServer) -> Run:
    """The jobs are there, and the branches of `orders` built."""
    server.jenkins.branches["https://git.example.com/shop/orders.git"] = ["main", "feature/ü"]
    server.executors.waits = server.executors.runs = 0
    ok(run("apply", "--yes"))
    server.run_builds()
    return run


def test_a_build_is_started(built: Run, server: JenkinsServer) -> None:
    said = ok(built("build", "orders"))
    assert said.out == f"{server.url}job/shop/job/orders/job/main/2/\n"
    assert "shop/orders/main: waits at" in said.err


def test_a_build_is_followed_to_its_end(built: Run, server: JenkinsServer) -> None:
    server.executors.outcome = lambda job, parameters: Outcome("FAILURE", "went wrong")
    said = built("build", "orders", "--branch", "feature/ü", "--follow")
    assert said.code == 1
    assert "went wrong\nFinished: FAILURE\n" in said.out
    assert "FAILURE" in said.err


def test_the_console_of_the_last_build(built: Run, server: JenkinsServer) -> None:
    said = ok(built("logs", "orders"))
    assert said.out.endswith("Finished: SUCCESS\n")
    assert ok(built("logs", "orders", "--follow")).out == said.out


def test_a_service_that_is_not_there(built: Run) -> None:
    said = built("build", "ordres")
    assert said.code == 2 and "did you mean `orders`?" in said.err


def test_a_branch_that_is_not_there(built: Run) -> None:
    said = built("logs", "orders", "--branch", "nope")
    assert said.code == 1 and "feature/ü, main" in said.err


def test_the_last_builds_of_all_services(built: Run, server: JenkinsServer) -> None:
    lines = [line.split() for line in ok(built("status")).out.splitlines()]
    assert lines[0] == ["SERVICE", "TEAM", "BRANCH", "BUILD", "RESULT", "WHEN", "TOOK"]
    rows = {line[0]: line[1:] for line in lines[1:]}
    assert rows["orders"][:4] == ["shop", "main", "#1", "SUCCESS"]
    assert rows["stock"] == ["shop", "main", "no", "branch"]
    found = json.loads(ok(built("status", "--format", "json")).out)
    assert [row["service"] for row in found] == ["billing", "orders", "stock"]
    assert found[1]["build"]["result"] == "SUCCESS"


def test_a_finding_of_the_linter_tells_where_it_comes_from(
    run: Run, server: JenkinsServer, folder: Path
) -> None:
    add(folder, "orders", "shop", "tests: {unit: {run: pytest tests/unit}}\n")
    with pytest.raises(SystemExit):
        main(["generate", "orders"])
    text = (folder / "orders" / "Jenkinsfile").read_text()
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "runTests(" in one)
    assert ok(run("lint", "orders")).out == ""
    server.app.lint = lambda jenkinsfile: [(line, 21, "Missing required parameter")]
    said = run("lint", "orders")
    assert said.code == 1
    told = said.out.splitlines()
    assert told[0] == f"orders/Jenkinsfile:{line}:21: Missing required parameter"
    assert told[1].strip() == f"{line} | {' ' * 16}runTests("
    assert told[-1] == (
        "      = this is the stage 'Unit tests', made from `tests.unit` (orders/pipeline.yaml:4:15)"
    )


def test_lint_without_a_jenkinsfile(run: Run) -> None:
    said = run("lint", "orders")
    assert said.code == 2 and "orders/Jenkinsfile: there is no such file" in said.err
