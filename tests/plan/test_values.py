"""Helm values: each file holds only what differs, and together they are what Helm computes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelinegen import data
from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.config.names import printable
from pipelinegen.plan.helm import helm_values
from pipelinegen.plan.values import BASE, MONITORING, files_for, merged_values, regions, value_files
from pipelinegen.render.dashboard import service_dashboard
from pipelinegen.render.files import files as all_files
from tests.configs import DOCKERFILE, PLATFORM, load
from tests.helpers import write_tree
from tests.lab.helm import Helm, values_text
from tests.lab.monitoring.tools import promtool
from tests.strategies import texts

CHART_VALUES = yaml.safe_load((data.chart() / "values.yaml").read_text("utf-8"))

BODY = """
    dependencies:
      db: {type: postgres, env: DATABASE_URL}
      catalog: {type: service, env: CATALOG_URL}
      mail: {type: http, env: MAIL_URL, url: "https://mail.example.com/v1"}
      queue: {type: rabbitmq}
    deploy:
      env: {LOG_LEVEL: info, DEBUG: true, WORKERS: 3, GONE: x}
      regions:
        eu-west-1:
        us-east-1: {replicas: 4, env: {LOG_LEVEL: warning, CURRENCY: USD, GONE: null}}
      accounts: {test: {replicas: 1}}
      clusters: {us-b: {replicas: 4, env: {CURRENCY: null}}}
"""


def test_a_service_that_says_nothing_gets_two_pods_with_limits_probes_and_a_budget(
    tmp_path: Path,
) -> None:
    assert value_files(load(tmp_path))["deploy/values.yaml"] == {
        "service": {"name": "orders", "team": "shop"},
        "image": {"repository": "registry.example.com/shop/orders"},
        "port": 8080,
        "replicas": 2,
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": "256Mi"},
        },
        "probes": {
            "liveness": {"tcpSocket": {"port": "http"}},
            "readiness": {"tcpSocket": {"port": "http"}},
        },
        "disruptionBudget": {"maxUnavailable": 1},
        "terminationGracePeriodSeconds": 30,
        "drainSeconds": 5,
    }


def test_every_region_has_a_file_and_a_cluster_only_where_it_differs(tmp_path: Path) -> None:
    assert list(value_files(load(tmp_path, BODY))) == [
        "deploy/values.yaml",
        "deploy/values-eu-west-1.yaml",
        "deploy/values-us-east-1.yaml",
        "deploy/values-test-eu.yaml",
        "deploy/values-us-b.yaml",
    ]


def test_a_regions_file_holds_only_what_differs(tmp_path: Path) -> None:
    made = value_files(load(tmp_path, BODY))
    assert made["deploy/values-eu-west-1.yaml"] == {"region": "eu-west-1"}
    assert made["deploy/values-us-east-1.yaml"] == {
        "region": "us-east-1",
        "replicas": 4,
        "env": {"LOG_LEVEL": "warning", "CURRENCY": "USD", "GONE": None},
    }


def test_a_clusters_file_holds_only_what_differs_from_its_region(tmp_path: Path) -> None:
    made = value_files(load(tmp_path, BODY))
    assert made["deploy/values-us-b.yaml"] == {"env": {"CURRENCY": None}}
    assert made["deploy/values-test-eu.yaml"] == {"replicas": 1}


def test_dependencies_are_reached_by_name_by_url_or_through_a_secret(tmp_path: Path) -> None:
    base = value_files(load(tmp_path, BODY))["deploy/values.yaml"]
    assert base["env"] == {
        "CATALOG_URL": "http://catalog",
        "MAIL_URL": "https://mail.example.com/v1",
        "LOG_LEVEL": "info",
        "DEBUG": "true",
        "WORKERS": "3",
        "GONE": "x",
    }
    assert base["secretEnv"] == {"DATABASE_URL": {"name": "orders-db", "key": "url"}}


def test_a_variable_may_come_from_a_secret_in_one_region_only(tmp_path: Path) -> None:
    body = """
    deploy:
      env: {KEY: plain}
      regions:
        eu-west-1:
        us-east-1: {env: {KEY: null}, secrets: {KEY: {name: us-key, key: token}}}
    """
    made = value_files(load(tmp_path, body))
    assert made["deploy/values-us-east-1.yaml"] == {
        "region": "us-east-1",
        "env": None,
        "secretEnv": {"KEY": {"name": "us-key", "key": "token"}},
    }


def test_a_worker_has_no_port_and_no_probes(tmp_path: Path) -> None:
    base = value_files(load(tmp_path, "port: null"))["deploy/values.yaml"]
    assert base["port"] is None
    assert "probes" not in base


def test_metrics_are_scraped_where_they_are(tmp_path: Path) -> None:
    own = load(tmp_path / "a", "observability: {metrics: {port: 9000}}")
    same = load(tmp_path / "b", "observability: {metrics: {path: /m}}")
    assert value_files(own)["deploy/values.yaml"]["metrics"] == {"path": "/metrics", "port": 9000}
    assert value_files(same)["deploy/values.yaml"]["metrics"] == {"path": "/m", "port": 8080}


def test_null_takes_a_default_away(tmp_path: Path) -> None:
    body = "deploy: {resources: {limits: null}, health: {liveness: null}, disruptionBudget: null}"
    base = value_files(load(tmp_path, body))["deploy/values.yaml"]
    assert base["resources"] == {"requests": {"cpu": "100m", "memory": "128Mi"}}
    assert list(base["probes"]) == ["readiness"]
    assert "disruptionBudget" not in base


NAMES = st.sampled_from(["LOG_LEVEL", "A", "B_2", "_C", "HTTP_PROXY"])
VALUES = st.none() | st.booleans() | st.integers(-5, 10**6) | texts(max_size=30)


def allowed(text: object) -> bool:
    try:
        printable(str(text))
    except ValueError:
        return False
    return True


PROBE = st.fixed_dictionaries(
    {},
    optional={
        "path": st.sampled_from(["/healthz", "/a/b"]),
        "periodSeconds": st.integers(1, 60),
        "failureThreshold": st.integers(1, 5),
    },
)
NO_STORE = {"store": None, "remote": None, "property": None}
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 9),
        "env": st.dictionaries(NAMES, VALUES.filter(allowed), max_size=4),
        "secrets": st.dictionaries(
            st.sampled_from(["S_1", "S_2"]),
            st.none()
            | st.sampled_from(
                [
                    {"name": "a", "key": "k", **NO_STORE},
                    {"name": "b", **NO_STORE},
                    {"store": "vault", "remote": "x", "property": "y", "name": None, "key": None},
                ]
            ),
        ),
        "resources": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "requests": st.none() | st.just({"cpu": "50m"}) | st.just({"memory": "1Mi"}),
                "limits": st.none() | st.just({"cpu": 4, "memory": "8Gi"}) | st.just({}),
            },
        ),
        "health": st.fixed_dictionaries(
            {}, optional={"liveness": st.none() | PROBE, "readiness": PROBE, "startup": PROBE}
        ),
        "disruptionBudget": st.none() | st.just({"minAvailable": 1}) | st.just({}),
        "ingress": st.none() | st.just({"host": "a.example.com", "annotations": {"x": "y"}}),
        "serviceAccount": st.just({"annotations": {"role": "r"}}),
        "spread": st.none() | st.sampled_from([{"zone": "required"}, {"zone": None}]),
        "networkPolicy": st.none() | st.just({"from": [{"service": "gateway"}]}),
        "nodeSelector": st.dictionaries(
            st.sampled_from(["a", "b/c"]), st.sampled_from(["x", "", None])
        ),
        "tolerations": st.sampled_from([None, [], [{"key": "a"}], [{"key": "a", "value": "b"}]]),
        "security": st.none() | st.just({"readOnlyRootFilesystem": False}),
        "configFiles": st.dictionaries(
            st.sampled_from(["/etc/a", "/etc/ü.d/b"]),
            st.none() | texts(max_size=30).filter(allowed),
        ),
        "writable": st.dictionaries(
            st.sampled_from(["/data", "/var/cache"]), st.sampled_from(["unlimited", "1Mi", None])
        ),
        "shutdown": st.none() | st.just({"graceSeconds": 60}) | st.just({"drainSeconds": None}),
    },
)
DEPLOY = st.builds(
    lambda base, eu, us, test, cluster: {
        **base,
        "regions": {"eu-west-1": eu, "us-east-1": us},
        "accounts": {"test": test},
        "clusters": {"us-b": cluster},
    },
    *[SETTINGS] * 5,
)


def written(folder: Path, deploy: dict[str, Any]) -> Config:
    """The service with this `deploy`."""
    config = {
        "apiVersion": "pipelinegen/v1",
        "service": {"name": "orders", "team": "shop"},
        "platform": "platform.yaml",
        "deploy": deploy,
    }
    files = {"Dockerfile": DOCKERFILE, "platform.yaml": PLATFORM}
    write_tree(folder, {**files, "pipeline.yaml": values_text(config)})
    return Loader().service(folder)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(deploy=DEPLOY)
def test_merged_values_are_what_helm_itself_computes(helm: Helm, deploy: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        config = written(folder, deploy)
        write_tree(folder, all_files(config))
        places: list[tuple[str, str | None]] = [("us-east-1", "us-b"), ("eu-west-1", "test-eu")]
        for region, cluster in places:
            paths = [folder / path for path in files_for(config, region, cluster)]
            ours = merged_values(config, CHART_VALUES, region, cluster)
            assert helm.values(data.chart(), paths) == ours


@given(deploy=DEPLOY)
def test_the_files_of_a_place_together_are_its_settings(deploy: dict[str, Any]) -> None:
    """What a region and a cluster override arrives, and what they remove is gone."""
    with tempfile.TemporaryDirectory() as temporary:
        config = written(Path(temporary), deploy)
        assert regions(config) == ["eu-west-1", "us-east-1"]
        values = merged_values(config, CHART_VALUES, "us-east-1", "us-b")
        wanted: dict[str, Any] = {}
        for layer in (deploy, deploy["regions"]["us-east-1"], deploy["clusters"]["us-b"]):
            wanted |= {"replicas": layer["replicas"]} if "replicas" in layer else {}
            for name, value in layer.get("env", {}).items():
                text = str(value).lower() if isinstance(value, bool) else str(value)
                wanted[name] = None if value is None else text
        env = values.get("env") or {}
        assert values["replicas"] == wanted.pop("replicas", 2)
        assert {n: v for n, v in env.items() if v is not None} == {
            n: v for n, v in wanted.items() if v is not None
        }


def test_helm_brings_a_default_back_after_null_and_a_map() -> None:
    assert helm_values({"m": {"x": 1}}, {"m": None}, {"m": {"y": 2}}) == {"m": {"x": 1, "y": 2}}


def test_a_service_that_takes_long_to_be_ready_is_given_the_time(tmp_path: Path) -> None:
    body = "deploy: {readyMinutes: 25, regions: {eu-west-1: {}, us-east-1: {enabled: false}}}"
    assert value_files(load(tmp_path / "a", body))[BASE]["progressDeadlineSeconds"] == 1500
    assert "progressDeadlineSeconds" not in value_files(load(tmp_path / "b", ""))[BASE]


MONITORED = """
monitoring:
  prometheus: {{scrape: {scrape}, rules: {rules}}}
  grafana: {{dashboards: {dashboards}}}
"""


def operated(scrape: str = "annotations", rules: str = "files", dashboards: str = "api") -> str:
    """A platform whose Prometheus and Grafana get what they know in this way."""
    return PLATFORM + MONITORED.format(scrape=scrape, rules=rules, dashboards=dashboards)


@pytest.mark.parametrize(
    ("scrape", "port", "monitor"),
    [
        ("annotations", "8080", None),
        ("podMonitor", "8080", "PodMonitor"),
        ("serviceMonitor", "8080", "ServiceMonitor"),
        # A worker has no Service that could be monitored.
        ("serviceMonitor", "null", "PodMonitor"),
    ],
)
def test_how_the_platform_scrapes_is_a_value(
    tmp_path: Path, scrape: str, port: str, monitor: str | None
) -> None:
    platform = operated(scrape=scrape, rules="files", dashboards="api")
    body = f"port: {port}\nobservability: {{metrics: {{port: 9000}}}}\n"
    metrics = value_files(load(tmp_path, body, platform))[BASE]["metrics"]
    wanted = {"path": "/metrics", "port": 9000}
    assert metrics == (wanted | {"monitor": monitor} if monitor else wanted)


@pytest.mark.parametrize(
    ("rules", "dashboards", "there"),
    [
        ("files", "api", False),
        ("prometheusRule", "api", True),
        ("files", "configMap", True),
        ("prometheusRule", "configMap", True),
    ],
)
def test_what_the_chart_monitors_is_a_file_after_the_base(
    tmp_path: Path, rules: str, dashboards: str, there: bool
) -> None:
    platform = operated(scrape="annotations", rules=rules, dashboards=dashboards)
    config = load(tmp_path, BODY, platform)
    first = [BASE, MONITORING] if there else [BASE]
    places = ["deploy/values-us-east-1.yaml", "deploy/values-us-b.yaml"]
    assert files_for(config, "us-east-1", "us-b") == [*first, *places]
    made = all_files(config)
    assert (MONITORING in made) is there
    # All that helm is given is there, and nothing of it is in the file that people read.
    assert set(files_for(config, "us-east-1", "us-b")) <= set(made)
    assert "prometheusRule" not in made[BASE] and "dashboards" not in made[BASE]
    if there:
        values = yaml.safe_load(made[MONITORING]) or {}
        assert ("prometheusRule" in values) is (rules == "prometheusRule")
        shown = {"orders": service_dashboard(config)} if dashboards == "configMap" else None
        assert values.get("dashboards") == shown
    assert files_for(load(tmp_path, BODY), None) == [BASE]


def test_the_rules_in_the_cluster_are_those_of_the_file(helm: Helm, tmp_path: Path) -> None:
    """Through helm's own reading and the chart, as promtool reads it."""
    platform = operated(scrape="podMonitor", rules="prometheusRule", dashboards="api")
    body = """
    observability:
      metrics: {}
      requests: {errors: "5..|'4\\\\d\\\\d'"}
      alerts: {often: {restarts: 3, summary: '"{{ $x }} `\\'}, errors: {errorRate: 5%}}
    """
    config = load(tmp_path, body, platform)
    made = all_files(config)
    write_tree(tmp_path, made)
    paths = [tmp_path / path for path in files_for(config, "us-east-1", "us-b")]
    last = {"image": {"tag": "1"}, "account": "production", "cluster": "us-b"}
    (tmp_path / "last.yaml").write_text(values_text(last))
    manifests = helm.template("orders", data.chart(), [*paths, tmp_path / "last.yaml"])
    (rule,) = (one for one in manifests if one["kind"] == "PrometheusRule")
    assert rule["spec"] == yaml.safe_load(made["monitoring/rules.yaml"])
    (tmp_path / "monitoring/rules.yaml").write_text(values_text(rule["spec"]))
    promtool("test", "rules", tmp_path / "monitoring/rules.test.yaml")
    monitored = yaml.safe_load(made[MONITORING])
    ours = merged_values(config, CHART_VALUES, "us-east-1", "us-b", monitored)
    assert helm.values(data.chart(), paths) == ours
