"""Every query of the generated dashboards gives data on a real Prometheus."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.plan.links import dashboard_uid
from pipelinegen.render.dashboard import service_dashboard
from pipelinegen.render.dashboard_team import team_dashboard
from tests.configs import DOCKERFILE
from tests.helpers import write_tree
from tests.lab.grafana.queries import Shown, everything, one_of_each, options, panels
from tests.lab.grafana.seed import prometheus_of
from tests.lab.monitoring.servers import Server

PLATFORM = """
apiVersion: pipelinegen/v1
registry: {url: registry.example.com/shop}
regions: {eu: {}, us: {}}
accounts:
  test: {clusters: {test-eu: {region: eu}}}
  production: {clusters: {eu-a: {region: eu}, eu-b: {region: eu}, us-a: {region: us}}}
monitoring: {}
"""
HEAD = "apiVersion: pipelinegen/v1\nplatform: ../platform.yaml\n"
SERVICES = {
    "orders": """
service: {name: orders, team: shop}
observability:
  metrics: {}
  requests: {route: route, errors: "5..|$x|${y}|0$"}
  counters:
    orders_total: {labels: [currency, kind], description: "Orders in ${region} and [[region]]"}
    queue_length: {type: gauge}
    queue_age: {type: gauge, labels: [queue], unit: s}
    body_bytes: {type: histogram, unit: bytes}
    wait_seconds: {type: histogram, unit: s, labels: [reason]}
    work_seconds: {type: summary, unit: s, labels: [task]}
    rest_seconds: {type: summary, unit: s}
""",
    "stock": """
service: {name: stock, team: shop}
deploy: {namespace: warehouse}
observability:
  metrics: {}
  requests: {histogram: stock_seconds, status: code}
""",
    "a-service-with-a-name-beyond-forty-chars": """
service: {name: a-service-with-a-name-beyond-forty-chars, team: shop}
""",
}
HOURS = 6


@pytest.fixture(scope="module")
def configs(tmp_path_factory: pytest.TempPathFactory) -> list[Config]:
    top = tmp_path_factory.mktemp("services")
    write_tree(top, {"platform.yaml": PLATFORM})
    for name, text in SERVICES.items():
        write_tree(top / name, {"pipeline.yaml": HEAD + text, "Dockerfile": DOCKERFILE})
    return [Loader().service(top / name) for name in SERVICES]


@pytest.fixture(scope="module")
def end() -> int:
    return int(time.time()) // 60 * 60


@pytest.fixture(scope="module")
def server(
    configs: list[Config], end: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with prometheus_of(configs, end, tmp_path_factory.mktemp("prometheus")) as running:
        yield running


def dashboards(configs: list[Config]) -> dict[str, dict[str, Any]]:
    made = {config.model.service.name: service_dashboard(config) for config in configs}
    made["team"] = team_dashboard("shop", configs)
    return {name: json.loads(text) for name, text in made.items()}


def has_values(series: list[dict[str, Any]]) -> bool:
    values = [v for one in series for _, v in one.get("values", [one.get("value")])]
    return any(not math.isnan(float(value)) for value in values)


@pytest.mark.parametrize("name", [*SERVICES, "team"])
@pytest.mark.parametrize("choice", ["all", "one of each"])
def test_every_query_gives_values(
    name: str, choice: str, configs: list[Config], server: Server, end: int
) -> None:
    dashboard, start = dashboards(configs)[name], end - HOURS * 3600
    offered = options(server, dashboard, start, end)
    chosen = everything(dashboard) if choice == "all" else one_of_each(offered)
    if choice != "all":
        # The place where the alert fires.
        chosen |= {"account": "production", "region": "eu", "cluster": "eu-b", "pod": ".*"}
    shown = Shown(server, dashboard, start, end, chosen)
    empty = [
        f"{panel['title']}: {target['expr']}"
        for panel in panels(dashboard)
        for target in panel["targets"]
        if not has_values(shown.answer(target))
    ]
    empty += [
        f"{annotation['name']}: {annotation['expr']}"
        for annotation in dashboard["annotations"]["list"]
        if not shown.marks(annotation)
    ]
    assert empty == []


def test_variables_offer_what_fits_those_before_them(
    configs: list[Config], server: Server, end: int
) -> None:
    offered = options(server, dashboards(configs)["orders"], end - 3600, end)
    assert list(offered) == ["account", "region", "cluster", "pod"]
    assert offered["account"] == ["production", "test"]
    assert offered["region"] == ["eu", "us"]
    assert offered["cluster"] == ["eu-a", "eu-b", "test-eu", "us-a"]
    assert len(offered["pod"]) == 8


def test_the_teams_table_has_a_row_for_each_service(
    configs: list[Config], server: Server, end: int
) -> None:
    team = dashboards(configs)["team"]
    (panel,) = (p for p in panels(team) if p["title"] == "Services")
    shown = Shown(server, team, end - 3600, end, everything(team))
    answers = [shown.answer(target) for target in panel["targets"]]
    # Rows are merged by what else is the same in them.
    assert {frozenset(s["metric"]) - {"dashboard"} for a in answers for s in a} == {
        frozenset({"service"})
    }
    uids = {s["metric"]["service"]: s["metric"]["dashboard"] for s in answers[0]}
    assert uids == {name: dashboard_uid("shop", name) for name in SERVICES}
    values = [{s["metric"]["service"]: float(s["value"][1]) for s in a} for a in answers]
    long = "a-service-with-a-name-beyond-forty-chars"
    assert values[0] == values[1] == {"orders": 8, "stock": 8, long: 8}
    assert values[2] == {"orders": 1, "stock": 1, long: 1}
    assert set(values[3]) == {"orders", "stock"}
    assert values[4]["orders"] == pytest.approx(0.005, rel=0.01)
    assert 0.25 < values[5]["stock"] < 0.5


def test_each_deployment_is_marked_once_in_each_cluster(
    configs: list[Config], server: Server, end: int
) -> None:
    made = dashboards(configs)["orders"]
    versions, generations = made["annotations"]["list"]
    shown = Shown(server, made, end - HOURS * 3600, end, everything(made))
    marks = [series for series in shown.marks(versions) if series["metric"]["version"] == "1.5.0"]
    assert {series["metric"]["cluster"] for series in marks} == {"test-eu", "eu-a", "eu-b", "us-a"}
    for series in [*marks, *shown.marks(generations)]:
        times = [at for at, _ in series["values"]]
        assert times[-1] - times[0] == 60 * (len(times) - 1) <= 300
