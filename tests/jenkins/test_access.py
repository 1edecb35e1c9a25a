"""Where the server is and who we are: from the environment, the keyring or a safe file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from pipelinegen.errors import PipelinegenError
from pipelinegen.jenkins.access import find

URL = "https://jenkins.example.com/"


@pytest.fixture(autouse=True)
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody has said anything."""
    for name in ("JENKINS_URL", "JENKINS_USER", "JENKINS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", None)


def write(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "pipelinegen" / "jenkins.yaml"
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(mode)
    return path


def refused(said: str | None = URL) -> str:
    with pytest.raises(PipelinegenError) as caught:
        find(said)
    assert caught.value.exit_code == 2
    assert "s3cret" not in str(caught.value)
    return str(caught.value)


def test_the_environment_counts_before_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JENKINS_URL", "https://other.example.com/jenkins")
    monkeypatch.setenv("JENKINS_USER", "ci")
    monkeypatch.setenv("JENKINS_TOKEN", "s3cret")
    found = find(URL)
    assert (found.url, found.user, found.token) == (
        "https://other.example.com/jenkins/", "ci", "s3cret",
    )  # fmt: skip
    assert "s3cret" not in repr(found)


def test_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    write(tmp_path, f"url: {URL}\nuser: ci\ntoken: s3cret\n")
    assert find(None).token == "s3cret"
    assert find("https://jenkins.example.com").user == "ci"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read(tmp_path: Path, mode: int) -> None:
    write(tmp_path, f"url: {URL}\nuser: ci\ntoken: s3cret\n", mode)
    assert "others may read it" in refused() and "chmod 600" in refused()


def test_a_token_goes_to_no_other_server(tmp_path: Path) -> None:
    write(tmp_path, f"url: {URL}\nuser: ci\ntoken: s3cret\n")
    assert "who are we there?" in refused("https://other.example.com/")


def test_a_token_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, f"url: {URL}\nuser: ci\ntoken: s3cret\n")
    monkeypatch.setenv("JENKINS_USER", "somebody")
    assert "JENKINS_TOKEN is not set" in refused()


@pytest.mark.parametrize(
    "text",
    ["token: s3cret", "[s3cret]", "s3cret", "url: x\nuser: 1\ntoken: s3cret", "{s3cret",
     "url: x\nuser: y\ntoken: s3cret\npassword: s3cret"],
)  # fmt: skip
def test_a_file_that_says_something_else(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    assert "it must hold `url`, `user` and `token`" in refused()


def keyring(
    monkeypatch: pytest.MonkeyPatch, *, broken: bool = False
) -> list[tuple[str, str | None]]:
    asked: list[tuple[str, str | None]] = []

    class KeyringError(Exception):
        pass

    def get_credential(service: str, user: str | None) -> SimpleNamespace | None:
        asked.append((service, user))
        if broken:
            raise KeyringError
        return SimpleNamespace(username=user or "ci", password="s3cret") if service == URL else None

    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    vars(module).update(get_credential=get_credential, errors=errors)
    vars(errors).update(KeyringError=KeyringError)
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return asked


def test_the_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = keyring(monkeypatch)
    write(tmp_path, f"url: {URL}\nuser: file\ntoken: t\n")
    assert (find(URL).user, find(URL).token) == ("ci", "s3cret")
    monkeypatch.setenv("JENKINS_USER", "me")
    assert find(URL).user == "me"
    assert asked[-1] == (URL, "me")


def test_a_keyring_that_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(monkeypatch, broken=True)
    assert "who are we there?" in refused()


def test_no_address_at_all() -> None:
    assert "which Jenkins?" in refused(None)


@pytest.mark.parametrize("said", ["jenkins.example.com", "ftp://x/", "https://", "file:///x"])
def test_what_is_no_address(said: str) -> None:
    assert "is not the address of a Jenkins" in refused(said)


def test_a_secret_in_the_address_is_not_repeated() -> None:
    assert "has no place in the address" in refused("https://ci:s3cret@jenkins.example.com/")


def test_what_is_to_do_is_said() -> None:
    said = refused()
    assert f"make a token at {URL}me/security" in said
    assert f"keyring set {URL} USER" in said
    assert "jenkins.yaml" in said
