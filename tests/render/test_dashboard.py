"""The dashboards: Grafana's model holds them, and text within them stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from hypothesis import example, given

from pipelinegen.config.loaded import Config
from pipelinegen.config.monitoring import Prometheus
from pipelinegen.config.observability import Counter, Requests
from pipelinegen.plan.links import dashboard_uid, folder_uid
from pipelinegen.plan.observed import Observed
from pipelinegen.render.dashboard import FILE, service_dashboard
from pipelinegen.render.dashboard_metrics import own_metrics
from pipelinegen.render.dashboard_panels import Asked, glance, requests_row
from pipelinegen.render.dashboard_parts import placed
from pipelinegen.render.dashboard_team import team_dashboard
from pipelinegen.render.dashboard_text import literal, text, words
from pipelinegen.render.files import files
from pipelinegen.render.quoting import xml
from pipelinegen.render.scrape import prometheus_configuration
from tests.configs import PLATFORM, load
from tests.lab.grafana.queries import VARIABLE, panels
from tests.lab.monitoring.servers import Server, prometheus
from tests.strategies import texts

ROOT = Path(__file__).parents[2]
MONITORING = (
    PLATFORM
    + """
monitoring:
  grafana: {url: "https://grafana.example.com"}
  graylog: {url: "https://graylog.example.com/logs/"}
"""
)
BODY = """
observability:
  metrics: {}
  requests: {route: route}
  counters:
    orders_total: {labels: [currency], description: "Paid in $currency"}
    queue_length: {type: gauge, unit: bytes}
    body_bytes: {type: histogram}
    wait_seconds: {type: summary}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(tmp_path, BODY, MONITORING)


@pytest.fixture(params=["service", "team"])
def dashboard(config: Config, request: pytest.FixtureRequest) -> dict[str, Any]:
    made = (
        service_dashboard(config)
        if request.param == "service"
        else team_dashboard("shop", [config])
    )
    return dict(json.loads(made))


# What the model of annotations leaves to the data source.
OF_PROMETHEUS = re.compile(r"/annotations/list/\d+/(step|titleFormat|tagKeys)\Z")


def lost(ours: Any, read: Any, path: str = "") -> Iterator[str]:
    """Where what was read is not what we wrote; what is read beyond that has its default."""
    if isinstance(ours, dict) and isinstance(read, dict):
        for key, value in ours.items():
            yield from lost(value, read.get(key, KeyError), f"{path}/{key}")
    elif isinstance(ours, list) and isinstance(read, list) and len(ours) == len(read):
        for number, (one, other) in enumerate(zip(ours, read, strict=True)):
            yield from lost(one, other, f"{path}/{number}")
    elif ours != read or type(ours) is not type(read):
        yield path


def test_grafanas_own_model_reads_all_of_it(dashboard: dict[str, Any]) -> None:
    plugins.register_default_plugins()
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    assert [path for path in lost(dashboard, read) if not OF_PROMETHEUS.search(path)] == []


def test_every_panel_says_what_it_shows(dashboard: dict[str, Any]) -> None:
    assert all(panel["title"] and panel["description"] for panel in panels(dashboard))
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in panels(dashboard))
    identities = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(identities)) == len(identities)


def test_panels_lie_beside_and_below_each_other(dashboard: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells


def test_the_same_config_gives_the_same_bytes(config: Config) -> None:
    assert service_dashboard(config) == service_dashboard(config)
    assert files(config)[FILE] == service_dashboard(config)


def test_without_monitoring_there_is_none(tmp_path: Path) -> None:
    assert FILE not in files(load(tmp_path))


def test_logs_open_at_the_time_shown_and_the_team_keeps_the_choice(config: Config) -> None:
    logs, team = json.loads(service_dashboard(config))["links"]
    assert logs["url"] == (
        "https://graylog.example.com/logs/search?rangetype=absolute"
        "&from=${__from:date:iso}&to=${__to:date:iso}&q=service:orders"
    )
    assert (team["url"], team["includeVars"], team["keepTime"]) == ("/d/team-shop", True, True)


def test_without_graylog_there_is_no_link_to_logs(tmp_path: Path) -> None:
    made = json.loads(service_dashboard(load(tmp_path, BODY, PLATFORM + "monitoring: {}\n")))
    assert [link["title"] for link in made["links"]] == ["Team shop"]


def test_production_is_shown_first(dashboard: dict[str, Any]) -> None:
    current = {v["name"]: v.get("current") for v in dashboard["templating"]["list"]}
    assert current["account"] == {"text": ["production"], "value": ["production"]}
    assert current["cluster"] == {"text": ["All"], "value": ["$__all"]}


def test_a_service_without_requests_and_metrics_has_what_the_cluster_knows(tmp_path: Path) -> None:
    made = json.loads(service_dashboard(load(tmp_path, "", MONITORING)))
    titles = [panel["title"] for panel in panels(made)]
    assert "CPU by pod" in titles and "Alerts that fire" in titles
    assert not any(
        title.startswith(("Requests", "Duration", "Pods by version")) for title in titles
    )
    (marks,) = made["annotations"]["list"]
    assert marks["enable"] and "observed_generation" in marks["expr"]


def test_a_description_never_is_a_variable(config: Config) -> None:
    (panel,) = (
        p for p in panels(json.loads(service_dashboard(config))) if "orders_total" in p["title"]
    )
    assert panel["description"].startswith("Paid in $\u2060currency. ")


@example("a $HOME ${x:raw} [[x]] [[[x:raw]]]]")
@example("\\$x\\\\${x}\\[[x]]")
@given(texts())
def test_words_look_the_same_and_hold_no_variable(said: str) -> None:
    assert not VARIABLE.search(words(said))
    assert words(said).replace("\u2060", "") == said.replace("\u2060", "")


KNOWN = {
    *("datasource", "account", "region", "cluster", "pod"),
    *("__rate_interval", "__range", "__from", "__to"),
}


@example("$x ${x} [[x]]", "$x ${x} [[x]]", "$x ${x} [[x]]")
@given(texts(), texts(), texts())
def test_no_text_of_a_config_becomes_a_variable(said: str, unit: str, errors: str) -> None:
    types: tuple[Literal["counter", "gauge", "histogram", "summary"], ...]
    types = ("counter", "gauge", "histogram", "summary")
    counters = {
        f"{kind}_{len(labels)}": Counter.model_construct(
            type=kind, description=said, unit=unit, labels=labels
        )
        for kind in types
        for labels in ([], ["kind"])
    }
    requests = Requests.model_construct(
        histogram="seconds", status="status", errors=errors, route="route"
    )
    asked = Asked(Observed("orders", "shop", True, requests, counters, []), "shop")
    rows = [(words(said), [*glance(asked), *requests_row(asked), *own_metrics(asked)])]
    found = VARIABLE.finditer(json.dumps(placed(rows), ensure_ascii=False))
    assert {match[1] or match[2] or match[4] for match in found} <= KNOWN


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "prometheus.yaml").write_text("global: {}\n")
    with prometheus(folder / "prometheus.yaml", folder / "server") as running:
        yield running


@example(said="a $HOME ${x:raw} [[x]] [[[x:raw]]]]")
@example(said="\\$x\\\\${x}\\[[x]]")
@given(said=texts(min_size=1))
def test_a_literal_is_read_as_its_text_and_holds_no_variable(server: Server, said: str) -> None:
    assert not VARIABLE.search(literal(said))
    # A replacement has `$` twice for one.
    value = literal(said.replace("$", "$$"))
    (series,) = server.query(f'label_replace(vector(1), "x", {value}, "", "")')
    assert series["metric"] == {"x": said}


@given(texts(), texts())
def test_a_file_is_read_as_its_dashboard(one: str, other: str) -> None:
    made = {"title": one, "panels": [{"title": other, "x": [1, None, True, one]}] * 3, "e": {}}
    assert json.loads(text(made)) == made


def test_no_identity_is_longer_than_grafana_takes() -> None:
    name, team = "s" * 63, "t" * 63
    uids = [dashboard_uid(team, name), dashboard_uid(team), folder_uid(team)]
    assert len(set(uids)) == 3
    assert all(len(uid) <= 40 for uid in uids)
    assert folder_uid("shop") != dashboard_uid("shop")


def test_the_picture_in_the_docs_is_that_of_the_samples_dashboard() -> None:
    drawn = (ROOT / "docs/dashboard.svg").read_text("utf-8")
    made = json.loads((ROOT / "sample-service" / FILE).read_text("utf-8"))
    assert [p["title"] for p in panels(made) if f">{xml(p['title'])}<" not in drawn] == []
    assert "no screenshot of Grafana" in drawn


def test_prometheus_keeps_what_is_asked_of_containers(config: Config) -> None:
    site = config.sites()[0]
    kept = prometheus_configuration(site, Prometheus())
    asked = set(re.findall(r"\bcontainer_[a-z_]+(?=\{)", service_dashboard(config)))
    assert len(asked) == 4
    assert [metric for metric in asked if metric not in kept] == []
