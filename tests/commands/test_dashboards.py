"""``pipelinegen dashboards``: what reaches a Grafana, and what is left alone there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelinegen.cli import main
from tests.configs import DOCKERFILE
from tests.helpers import write_tree
from tests.lab.grafana.server import Grafana, Kept, grafana

PLATFORM = """
apiVersion: pipelinegen/v1
registry: {{url: registry.example.com/shop}}
regions: {{eu: {{}}}}
accounts: {{production: {{clusters: {{eu-a: {{region: eu}}}}}}}}
monitoring:
  grafana: {{url: "{url}", dashboards: {how}}}
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grafana]:
    """A Grafana, and two services whose platform names it."""
    for name in ("GRAFANA_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GRAFANA_TOKEN", "s3cret")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setitem(sys.modules, "keyring", None)
    services = tmp_path / "services"
    with grafana(prefix="/grafana") as running:
        write_tree(services, {"platform.yaml": PLATFORM.format(url=running.url, how="api")})
        for name in ("orders", "stock"):
            text = f"apiVersion: pipelinegen/v1\nservice: {{name: {name}, team: shop}}\n"
            files = {"pipeline.yaml": f"{text}platform: ../platform.yaml\n"}
            write_tree(services / name, {**files, "Dockerfile": DOCKERFILE})
        monkeypatch.chdir(services)
        yield running


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["dashboards", *arguments])
    return int(str(ended.value.code or 0))


def test_a_plan_says_what_is_missing_and_changes_nothing(
    server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("plan") == 1
    said = capsys.readouterr()
    assert [line.split() for line in said.out.splitlines()] == [
        ["create", "folder", "folder_shop"],
        ["create", "dashboard", "team-shop"],
        ["create", "dashboard", "shop-orders"],
        ["create", "dashboard", "shop-stock"],
    ]
    assert said.err == "4 to create\n"
    assert server.writes == []


def test_applied_twice_the_second_time_writes_nothing(
    server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("apply") == 0
    assert set(server.dashboards) == {"team-shop", "shop-orders", "shop-stock"}
    assert server.folders == {"folder_shop": "shop"}
    assert {kept.folder for kept in server.dashboards.values()} == {"folder_shop"}
    assert "1 created" not in capsys.readouterr().err
    server.asked.clear()
    assert run("apply") == 0
    assert server.writes == []
    assert "nothing written" in capsys.readouterr().err
    assert run("plan") == 0


def test_only_what_differs_is_written(server: Grafana) -> None:
    run("apply")
    text = Path("orders/pipeline.yaml").read_text()
    Path("orders/pipeline.yaml").write_text(text + "observability: {metrics: {}}\n")
    server.asked.clear()
    assert run("plan") == 1
    assert run("apply") == 0
    assert server.writes == ["POST /api/dashboards/db"]
    assert server.dashboards["shop-orders"].model["version"] == 2
    assert run("plan") == 0


def test_what_somebody_changed_is_told_and_kept_until_overwrite(
    server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    run("apply")
    server.save_by_hand("shop-orders", "jane", title="My orders")
    capsys.readouterr()
    assert run("plan") == 1
    said = capsys.readouterr()
    assert "jane has changed it: --overwrite brings ours back" in said.out
    assert "           title\n" in said.out
    assert run("apply") == 1
    assert server.dashboards["shop-orders"].model["title"] == "My orders"
    assert run("apply", "--overwrite") == 0
    assert server.dashboards["shop-orders"].model["title"] == "orders"
    assert run("plan") == 0


def test_a_panel_that_somebody_added_is_seen(server: Grafana) -> None:
    run("apply")
    panels = server.dashboards["shop-orders"].model["panels"]
    server.save_by_hand("shop-orders", "jane", panels=[*panels, panels[-1]])
    assert run("apply") == 1
    assert len(server.dashboards["shop-orders"].model["panels"]) == len(panels) + 1


def test_what_a_newer_grafana_adds_is_no_difference(server: Grafana) -> None:
    run("apply")
    model = server.dashboards["shop-orders"].model
    model |= {"schemaVersion": 42, "liveNow": False, "weekStart": "", "fiscalYearStartMonth": 0}
    assert run("plan") == 0
    model["schemaVersion"] = 16
    assert run("plan") == 1


def test_a_dashboard_of_somebody_else_is_never_touched(
    server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = Kept({"uid": "shop-orders", "title": "Theirs", "tags": [], "id": 9, "version": 3}, "")
    server.dashboards["shop-orders"] = theirs
    assert run("apply", "--overwrite") == 1
    assert "another dashboard has its uid" in capsys.readouterr().err
    assert server.dashboards["shop-orders"] is theirs
    assert "shop-stock" in server.dashboards


def test_a_dashboard_that_was_moved_comes_back_to_its_folder(server: Grafana) -> None:
    run("apply")
    server.dashboards["shop-orders"].folder = ""
    assert run("apply") == 0
    assert server.dashboards["shop-orders"].folder == "folder_shop"


def test_a_provisioned_dashboard_is_left_to_its_file(
    server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    run("apply")
    kept = server.dashboards["shop-orders"]
    kept.provisioned, kept.model["title"] = True, "From a file"
    assert run("apply", "--overwrite") == 1
    assert "from a file or ConfigMap" in capsys.readouterr().err


def test_what_a_team_added_to_its_file_is_pushed(server: Grafana) -> None:
    main_generate("orders")
    file = Path("orders/monitoring/dashboard.json")
    made = json.loads(file.read_text())
    made["panels"].append({"type": "text", "id": 99, "title": "Ours"})
    file.write_text(json.dumps(made))
    assert run("apply") == 0
    assert server.dashboards["shop-orders"].model["panels"][-1]["title"] == "Ours"
    assert run("plan") == 0


@pytest.mark.parametrize("text", ["<<<<<<< yours\n{}", "[]", '{"uid": "x", "tags": []}'])
def test_a_file_that_is_no_dashboard_of_ours(
    server: Grafana, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tree(Path("orders"), {"monitoring/dashboard.json": text})
    assert run("apply") == 2
    assert "orders/monitoring/dashboard.json: is not the dashboard" in capsys.readouterr().err
    assert server.writes == []


def main_generate(folder: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["generate", folder])
    assert not ended.value.code


def test_json_for_machines(server: Grafana, capsys: pytest.CaptureFixture[str]) -> None:
    run("apply")
    server.save_by_hand("shop-orders", "jane", title="My orders")
    capsys.readouterr()
    assert run("plan", "--format", "json") == 1
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert change["what"] == "blocked" and change["differences"] == ["title"]
    assert run("apply", "--overwrite", "--format", "json") == 0
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert change["what"] == "change" and change["done"]


def test_configmaps_bring_them_where_the_platform_says_so(
    server: Grafana, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("platform.yaml").write_text(PLATFORM.format(url=server.url, how="configMap"))
    assert run("apply") == 0
    assert "ConfigMaps" in capsys.readouterr().err
    assert server.asked == []


def test_the_environments_address_counts_first(
    server: Grafana, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_URL", server.url)
    Path("platform.yaml").write_text(PLATFORM.format(url="http://127.0.0.1:9/", how="api"))
    assert run("apply") == 0


@pytest.mark.parametrize(
    ("token", "told"), [("wr0ng", "the token is not valid"), ("looks", "role Editor")]
)
def test_a_token_that_may_not(
    server: Grafana,
    token: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", token)
    assert run("apply") == 3
    said = capsys.readouterr()
    assert told in said.err and token not in said.err + said.out


def test_without_a_token_it_says_where_to_put_one(
    server: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN")
    assert run("plan") == 2
    said = capsys.readouterr().err
    assert "GRAFANA_TOKEN is not set" in said and "grafana.yaml" in said


@pytest.mark.parametrize("token", ["s3\ncret", "s3cr\u00e9t", "s3\x1bcret"])
def test_a_token_that_cannot_be_sent_is_not_repeated(
    server: Grafana,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", token)
    assert run("plan") == 2
    said = capsys.readouterr().err
    assert "characters that no token has" in said and token not in said


def test_a_token_in_a_file_is_for_its_server_alone(
    server: Grafana, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN")
    file = tmp_path / "config/pipelinegen/grafana.yaml"
    write_tree(file.parent, {"grafana.yaml": f"url: {server.url}\ntoken: s3cret\n"})
    file.chmod(0o600)
    assert run("plan") == 1
    file.write_text("url: http://other.example.com/\ntoken: s3cret\n")
    assert run("plan") == 2
    file.chmod(0o644)
    assert run("plan") == 2


ANSWERS: list[tuple[int, bytes, str]] = [
    (500, b'{"message": "database is locked"}', "500 database is locked"),
    (302, b"", "the answer is elsewhere"),
    (200, b"<html>", "the answer is no JSON"),
    (502, b"<html>", "502"),
]


@pytest.mark.parametrize(("status", "body", "told"), ANSWERS)
def test_a_server_that_fails(
    server: Grafana, status: int, body: bytes, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers.append((status, body))
    assert run("plan") == 3
    assert told in capsys.readouterr().err


def test_nobody_there(
    server: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRAFANA_URL", "http://127.0.0.1:9/")
    assert run("plan") == 3
    assert "nobody answers" in capsys.readouterr().err


def test_a_save_in_between_is_not_overwritten(
    server: Grafana, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("apply")
    server.dashboards["shop-orders"].model["title"] = "Old"
    before = Grafana.answer

    def saves_first(self: Grafana, method: str, *said: Any) -> tuple[int, Any]:
        if method == "POST":
            self.save_by_hand("shop-orders", "jane", title="Mine")
        return before(self, method, *said)

    monkeypatch.setattr(Grafana, "answer", saves_first)
    assert run("apply") == 1
    assert "changed by someone else" in capsys.readouterr().err
    assert server.dashboards["shop-orders"].model["title"] == "Mine"
