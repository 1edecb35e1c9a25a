"""The stand-in refuses what the pages of Grafana's HTTP API say that Grafana refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.grafana.server import Grafana


@pytest.fixture
def known() -> Grafana:
    return Grafana(tokens={"e": "Editor", "v": "Viewer"}, folders={"f": "Folder"})


def post(known: Grafana, path: str, said: Any, token: str = "e") -> tuple[int, Any]:
    return known.answer("POST", path, token, json.dumps(said).encode())


def save(known: Grafana, folder: str = "f", **model: Any) -> tuple[int, Any]:
    whole = {"uid": "d", "title": "D", **model}
    return post(known, "/api/dashboards/db", {"dashboard": whole, "folderUid": folder})


def test_who_may_what(known: Grafana) -> None:
    assert known.answer("GET", "/api/folders/f", "", b"")[0] == 401
    assert known.answer("GET", "/api/folders/f", "v", b"")[0] == 200
    assert post(known, "/api/folders", {"title": "New"}, "v")[0] == 403


def test_what_is_not_there(known: Grafana) -> None:
    for path in ("/api/folders/x", "/api/dashboards/uid/x", "/api/dashboards/uid/x/versions"):
        assert known.answer("GET", path, "v", b"")[0] == 404


def test_what_is_no_dashboard(known: Grafana) -> None:
    assert known.answer("POST", "/api/dashboards/db", "e", b"{")[0] == 400
    assert save(known, title="")[0] == 400
    assert save(known, uid="u" * 41)[0] == 400
    assert save(known, folder="x")[0] == 400


def test_a_save_in_between(known: Grafana) -> None:
    assert save(known)[0] == 200
    assert save(known)[1]["status"] == "version-mismatch"
    assert save(known, version=1)[0] == 200
    status, said = save(known, version=1)
    assert (status, said["status"]) == (412, "version-mismatch")


def test_two_folders_of_one_title(known: Grafana) -> None:
    assert post(known, "/api/folders", {"uid": "g", "title": "Folder"})[0] == 409
    assert post(known, "/api/folders", {"uid": "g", "title": "Other"})[0] == 200
