"""No cluster but the one that is meant, and no word of a program is lost."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from pipelinegen.config.loaded import Site
from pipelinegen.deploy.access import (
    Access,
    ClusterError,
    Programs,
    Stopped,
    access,
    environment,
    variable,
)
from pipelinegen.errors import OutsideError, PipelinegenError

SITE = Site("eu-a", "production", "eu-west-1", "kubeconfig-eu-a", "the context")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs that are found before all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def reached(tmp_path: Path) -> Access:
    return Access("eu-a", tmp_path / "a kubeconfig", "the context", "shop")


def test_what_is_ambient_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/ann/.kube/config")
    for name in ("HELM_KUBECONTEXT", "HELM_NAMESPACE", "HELM_DRIVER", "HELM_KUBETOKEN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HELM_CACHE_HOME", "/cache")
    found = environment()
    assert found["KUBECONFIG"] == os.devnull
    assert {name for name in found if name.startswith("HELM_")} == {"HELM_CACHE_HOME"}


def test_every_call_names_kubeconfig_context_and_namespace(tmp_path: Path, programs: Path) -> None:
    for name in ("helm", "kubectl"):
        program(programs, name, 'printf "%s\\n" "$@"; cat')
    here = reached(tmp_path)
    kubeconfig = f"{tmp_path}/a kubeconfig"
    assert here.helm("history", "x").splitlines() == [
        "history", "x", "--kubeconfig", kubeconfig, "--kube-context", "the context",
        "--namespace", "shop",
    ]  # fmt: skip
    said = here.kubectl("get", "-f", "-", stdin="ü").splitlines()
    assert said[:3] == [f"--kubeconfig={kubeconfig}", "--context=the context", "--namespace=shop"]
    assert said[-1] == "ü"


def test_what_a_program_says_is_told_with_its_cluster(tmp_path: Path, programs: Path) -> None:
    program(programs, "helm", "echo 'Error: no such host' >&2; exit 1")
    with pytest.raises(ClusterError, match="eu-a: Error: no such host") as caught:
        reached(tmp_path).helm("history", "x")
    assert caught.value.gone


def test_a_context_that_is_not_there_is_told_with_the_mend(tmp_path: Path, programs: Path) -> None:
    said = 'Error: kubernetes cluster unreachable: context "the context" does not exist'
    program(programs, "helm", f"echo '{said}' >&2; exit 1")
    with pytest.raises(ClusterError, match="a kubeconfig has no context `the context`\n      = "):
        reached(tmp_path).helm("history", "x")


def test_one_that_takes_too_long_is_as_one_that_does_not_answer(
    tmp_path: Path, programs: Path
) -> None:
    program(programs, "helm", "exec sleep 60")
    with pytest.raises(ClusterError, match="took longer than 0 s") as caught:
        reached(tmp_path).helm("history", "x", seconds=0.1)
    assert caught.value.gone


def test_a_program_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutsideError, match="`helm` is not installed here"):
        reached(tmp_path).helm("history", "x")


def test_told_to_end_a_program_ends_and_none_begins(tmp_path: Path, programs: Path) -> None:
    program(programs, "helm", 'touch "$0.began"; exec sleep 60')
    here = reached(tmp_path)
    ended: list[BaseException] = []

    def call() -> None:
        try:
            here.helm("upgrade")
        except Stopped as error:
            ended.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    until = time.monotonic() + 10
    while not (programs / "helm.began").exists():
        assert time.monotonic() < until
    here.programs.stop()
    thread.join(10)
    assert len(ended) == 1
    with pytest.raises(Stopped):
        here.helm("history")
    program(programs, "helm", "echo done")
    assert here.helm("rollback", to_the_end=True) == "done\n"


def test_a_kubeconfig_is_the_option_s_or_the_variable_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.touch()
    assert variable("eu-a") == "KUBECONFIG_EU_A"
    monkeypatch.setenv("KUBECONFIG_EU_A", str(one))
    assert access(SITE, "shop", {}, Programs()).kubeconfig == one
    assert access(SITE, "shop", {"eu-a": two}, Programs()).kubeconfig == two
    monkeypatch.delenv("KUBECONFIG_EU_A")
    with pytest.raises(PipelinegenError, match="eu-a: which kubeconfig"):
        access(SITE, "shop", {}, Programs())
