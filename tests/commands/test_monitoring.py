"""``pipelinegen monitoring``: the folder that it writes, and what it refuses."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from pipelinegen.cli import main
from tests.configs import DOCKERFILE
from tests.helpers import read_tree, write_tree
from tests.lab.helm import kubectl_binary
from tests.lab.monitoring.tools import amtool
from tests.workspace.repository import commit, repository

PLATFORM = """
apiVersion: pipelinegen/v1
registry: {url: registry.example.com/shop}
regions: {eu: {}, us: {}}
accounts:
  test: {clusters: {test-eu: {region: eu}}}
  production: {clusters: {eu-a: {region: eu}, us-a: {region: us}}}
monitoring:
  prometheus: {alertmanagers: ["alertmanager:9093"]}
  graylog: {gelf: "graylog:12201"}
  receivers:
    shop: {slack: {channel: "#shop", urlFile: /etc/secrets/slack}}
"""


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two services with one platform."""
    write_tree(tmp_path, {"platform.yaml": PLATFORM})
    for name in ("orders", "stock"):
        add(tmp_path, name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def add(folder: Path, name: str, platform: str = "../platform.yaml") -> None:
    text = f"apiVersion: pipelinegen/v1\nservice: {{name: {name}, team: shop}}\n"
    text += f"platform: {platform}\nobservability: {{metrics: {{}}}}\n"
    write_tree(folder / name, {"pipeline.yaml": text, "Dockerfile": DOCKERFILE})


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["monitoring", *arguments])
    return int(str(ended.value.code or 0))


def test_each_cluster_has_a_prometheus_and_all_have_an_alertmanager(services: Path) -> None:
    assert run("out put") == 0
    files = read_tree(services / "out put")
    assert {
        "prometheus/test-eu/prometheus.yaml",
        "prometheus/us-a/prometheus.yaml",
        "fluent-bit/fluent-bit.yaml",
        "graylog/content-pack.json",
    } <= set(files)
    amtool("check-config", services / "out put/alertmanager/alertmanager.yaml")


def test_where_configmaps_bring_dashboards_the_teams_are_there_too(services: Path) -> None:
    run("out")
    assert not (services / "out/grafana").exists()
    text = PLATFORM.replace("  graylog:", "  grafana: {dashboards: configMap}\n  graylog:")
    (services / "platform.yaml").write_text(text)
    run("out")
    command = [str(kubectl_binary()), "kustomize", str(services / "out/grafana")]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (configmap,) = yaml.safe_load_all(made)
    assert configmap["kind"] == "ConfigMap"
    assert configmap["metadata"] == {"name": "team-shop", "labels": {"grafana_dashboard": "1"}}
    dashboard = json.loads(configmap["data"]["team-shop.json"])
    assert dashboard["uid"] == "team-shop"
    assert "orders" in configmap["data"]["team-shop.json"]


def test_run_twice_it_writes_nothing(services: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("out")
    before = read_tree(services / "out")
    assert run("out") == 0
    assert "up to date" in capsys.readouterr().err
    assert read_tree(services / "out") == before


def test_check_and_diff_write_nothing_and_show_what_would_change(
    services: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("out", "--diff") == 0
    assert run("out", "--check") == 1
    assert not (services / "out").exists()
    said = capsys.readouterr()
    assert "+  external_labels:" in said.out
    assert "Run `pipelinegen monitoring` and commit the result." in said.err
    run("out")
    assert run("out", "--check") == 0


def test_a_cluster_that_is_gone_takes_its_files_along(services: Path) -> None:
    run("out")
    text = (services / "platform.yaml").read_text().replace(", us-a: {region: us}", "")
    (services / "platform.yaml").write_text(text)
    run("out")
    assert not (services / "out/prometheus/us-a/prometheus.yaml").exists()
    assert (services / "out/prometheus/eu-a/prometheus.yaml").exists()


def test_graylog_is_offered_another_revision_only_when_the_pack_has_changed(
    services: Path,
) -> None:
    def revision() -> int:
        assert run("out") == 0
        return int(json.loads((services / "out/graylog/content-pack.json").read_text())["rev"])

    assert [revision(), revision()] == [1, 1]
    add(services, "third")
    assert [revision(), revision()] == [2, 2]


def test_a_content_pack_that_was_edited_settles(services: Path) -> None:
    repository(services / "out")
    run("out")
    commit(services / "out")
    file = services / "out/graylog/content-pack.json"
    file.write_text(file.read_text().replace('"vendor": "pipelinegen"', '"vendor": "the shop"'))
    run("out")
    settled = read_tree(services / "out")
    assert run("out", "--check") == 0
    assert run("out") == 0
    assert read_tree(services / "out") == settled
    assert '"vendor": "the shop"' in file.read_text()


def test_an_edit_by_hand_stays(services: Path) -> None:
    repository(services / "out")
    run("out")
    commit(services / "out")
    file = services / "out/alertmanager/alertmanager.yaml"
    file.write_text(file.read_text().replace('repeat_interval: "12h"', "repeat_interval: 4h"))
    text = (services / "platform.yaml").read_text().replace("#shop", "#other")
    (services / "platform.yaml").write_text(text)
    assert run("out") == 0
    said = yaml.safe_load(file.read_text())
    assert said["route"]["repeat_interval"] == "4h"
    assert said["receivers"][0]["slack_configs"][0]["channel"] == "#other"


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("orders", "orders: holds something else that pipelinegen writes"),
        ("library", "library: holds something else that pipelinegen writes"),
    ],
)
def test_a_folder_that_is_not_its_own_is_left_alone(
    services: Path, capsys: pytest.CaptureFixture[str], folder: str, says: str
) -> None:
    lock = f"version: 0.1.0\nfiles:\n  vars/x.groovy: {'a' * 40}\n"
    write_tree(services / "library", {"pipelinegen.lock": lock, "vars/x.groovy": "x"})
    before = read_tree(services / folder)
    assert run(folder) == 2
    assert says in capsys.readouterr().err
    assert read_tree(services / folder) == before


def test_services_of_two_platforms_are_too_many(
    services: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tree(services, {"other.yaml": PLATFORM.replace("#shop", "#other")})
    add(services, "third", "../other.yaml")
    assert run("out") == 2
    assert "its platform is another one than that of orders/pipeline.yaml" in (
        capsys.readouterr().err
    )


def test_a_platform_without_monitoring(services: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (services / "platform.yaml").write_text(PLATFORM.partition("monitoring:")[0])
    assert run("out") == 2
    assert "its platform has no `monitoring`" in capsys.readouterr().err
