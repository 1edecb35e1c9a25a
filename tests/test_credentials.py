"""A token for a server that asks for no user: from the environment, the keyring or a safe file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from pipelinegen.credentials import Kind, find_token, in_the_clear
from pipelinegen.errors import PipelinegenError
from tests.helpers import write_tree

URL = "https://grafana.example.com/"
GRAFANA = Kind("Grafana", "monitoring.grafana.url")


@pytest.fixture(autouse=True)
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody has said anything."""
    for name in ("GRAFANA_URL", "GRAFANA_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keyring", None)


def test_the_environment_counts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_URL", "https://other.example.com/grafana")
    monkeypatch.setenv("GRAFANA_TOKEN", "s3cret\n")
    found = find_token(GRAFANA, URL)
    assert (found.url, found.token) == ("https://other.example.com/grafana/", "s3cret")
    assert "s3cret" not in repr(found)


def test_the_keyring_then_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_tree(tmp_path, {"pipelinegen/grafana.yaml": f"url: {URL}\ntoken: filed\n"})
    (tmp_path / "pipelinegen/grafana.yaml").chmod(0o600)
    assert find_token(GRAFANA, None).token == "filed"
    entry = SimpleNamespace(username="token", password="kept")
    module, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    vars(errors).update(KeyringError=OSError)
    vars(module).update(get_credential=lambda url, _: entry if url == URL else None, errors=errors)
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert find_token(GRAFANA, URL).token == "kept"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (None, "which Grafana? $GRAFANA_URL is not set"),
        ("ftp://x/", "is not the address of a Grafana"),
        ("https://me:s3cret@grafana.example.com/", "set GRAFANA_TOKEN"),
        (URL, "GRAFANA_TOKEN is not set"),
    ],
)
def test_what_is_missing_is_said_without_a_secret(url: str | None, told: str) -> None:
    with pytest.raises(PipelinegenError) as caught:
        find_token(GRAFANA, url)
    assert told in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_token_that_can_be_read_on_its_way_is_told_of() -> None:
    told = "http://logs.example.com/: without https the token can be read on its way"
    assert in_the_clear("http://logs.example.com/") == told
    for safe in ("https://logs.example.com/", "http://localhost:9000/", "http://[::1]:9000/"):
        assert in_the_clear(safe) is None
