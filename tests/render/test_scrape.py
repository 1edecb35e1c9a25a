"""Each cluster's Prometheus finds the pods, and gives their metrics the labels that rules ask."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelinegen.config.loaded import Site
from pipelinegen.config.monitoring import Prometheus
from pipelinegen.render.scrape import prometheus_configuration
from tests.lab.monitoring.tools import promtool

SITE = Site("eu-a", "production", "eu-west-1", "kubeconfig-eu-a", "eu-a")


def made(**settings: object) -> str:
    return prometheus_configuration(SITE, Prometheus.model_validate(settings))


def test_promtool_takes_it(tmp_path: Path) -> None:
    text = made(alertmanagers=["alertmanager:9093"], intervalSeconds=15)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/orders.yaml").write_text("groups: []\n")
    # Debian's knows no Kubernetes; the one that does runs in tests/e2e/monitoring.
    bare = yaml.safe_load(text)
    assert [c.pop("kubernetes_sd_configs") for c in bare["scrape_configs"]] == [
        [{"role": "pod"}],
        [{"role": "endpointslice"}],
        [{"role": "node"}],
    ]
    for each in bare["scrape_configs"]:
        # Files of a pod.
        each.pop("authorization", None)
        each.pop("tls_config", None)
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(bare))
    assert "1 rule files found" in promtool("check", "config", tmp_path / "prometheus.yaml")


def test_it_says_where_it_is_and_where_alerts_go() -> None:
    said = yaml.safe_load(made(alertmanagers=["a:1", "b:2"], intervalSeconds=15))
    assert said["global"] == {
        "scrape_interval": "15s",
        "evaluation_interval": "15s",
        "external_labels": {"account": "production", "region": "eu-west-1", "cluster": "eu-a"},
    }
    assert said["alerting"]["alertmanagers"] == [{"static_configs": [{"targets": ["a:1", "b:2"]}]}]
    assert "alerting" not in yaml.safe_load(made())


@pytest.mark.parametrize("job", ["pods", "kube-state-metrics", "cadvisor"])
def test_all_that_is_scraped_says_from_which_cluster_it_is(job: str) -> None:
    (config,) = (c for c in yaml.safe_load(made())["scrape_configs"] if c["job_name"] == job)
    fixed = {
        rule["target_label"]: rule["replacement"]
        for rule in config["relabel_configs"]
        if "source_labels" not in rule
    }
    where = {"account": "production", "region": "eu-west-1", "cluster": "eu-a"}
    assert fixed.items() >= where.items()
