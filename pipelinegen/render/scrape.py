"""The configuration of each cluster's Prometheus: what it scrapes, and which labels that gets.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/. It runs in its cluster,
with a service account that may list and watch pods, nodes, Services and EndpointSlices, and get
`nodes/proxy`.
"""

from __future__ import annotations

from typing import Any

from pipelinegen.config.loaded import Site
from pipelinegen.config.monitoring import Prometheus
from pipelinegen.render.header import header
from pipelinegen.render.yamltext import dump

_POD = "__meta_kubernetes_pod"
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"
_CA = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
# What dashboards ask of the many series of a node.
_OF_CONTAINERS = (
    "container_cpu_usage_seconds_total",
    "container_cpu_cfs_throttled_periods_total",
    "container_cpu_cfs_periods_total",
    "container_memory_working_set_bytes",
)
# A label of the chart's pods, and the label that their metrics have.
OF_PODS = {
    "app_kubernetes_io_name": "service",
    "pipelinegen_team": "team",
    "app_kubernetes_io_version": "version",
}


def prometheus_file(cluster: str) -> str:
    """The path of a cluster's configuration."""
    return f"prometheus/{cluster}/prometheus.yaml"


def rules_file(cluster: str, team: str, service: str) -> str:
    """The path of a service's rules for the Prometheus of a cluster."""
    return f"prometheus/{cluster}/rules/{team}-{service}.yaml"


def prometheus_configuration(site: Site, settings: Prometheus) -> str:
    """The configuration of the Prometheus of one cluster."""
    every = f"{settings.interval_seconds}s"
    where = {"account": site.account, "region": site.region, "cluster": site.name}
    made: dict[str, Any] = {
        "global": {
            "scrape_interval": every,
            "evaluation_interval": every,
            "external_labels": where,
        },
        "rule_files": ["rules/*.yaml"],
    }
    if settings.alertmanagers:
        targets = {"targets": settings.alertmanagers}
        made["alerting"] = {"alertmanagers": [{"static_configs": [targets]}]}
    here = [{"target_label": name, "replacement": value} for name, value in where.items()]
    made["scrape_configs"] = [_pods(here), _states(here), _containers(here)]
    return header(source="platform.yaml", command="monitoring") + dump(made)


def _pods(here: list[dict[str, str]]) -> dict[str, Any]:
    """Pods by their annotations, as the chart writes them."""
    annotation = f"{_POD}_annotation_prometheus_io"
    port = [f"{_POD}_ip", f"{annotation}_port"]
    return {
        "job_name": "pods",
        "kubernetes_sd_configs": [{"role": "pod"}],
        "relabel_configs": [
            _only(f"{annotation}_scrape", "true"),
            # A pod that has ended keeps its address until it is removed.
            {**_only(f"{_POD}_phase", "Succeeded|Failed"), "action": "drop"},
            _into("__metrics_path__", [f"{annotation}_path"], "(/.*)", "$1"),
            # Also those of several ports, which become one by this.
            _into("__address__", port, r"([0-9.]+);([0-9]+)", "$1:$2"),
            _into("__address__", port, r"(.*:.*);([0-9]+)", "[$1]:$2"),
            *(_into(label, [f"{_POD}_label_{name}"]) for name, label in OF_PODS.items()),
            _into("namespace", ["__meta_kubernetes_namespace"]),
            _into("pod", [f"{_POD}_name"]),
            *here,
        ],
    }


def _states(here: list[dict[str, str]]) -> dict[str, Any]:
    """kube-state-metrics, which tells of pods and Deployments in labels of its own."""
    name = "__meta_kubernetes_service_label_app_kubernetes_io_name"
    return {
        "job_name": "kube-state-metrics",
        "honor_labels": True,
        "kubernetes_sd_configs": [{"role": "endpointslice"}],
        "relabel_configs": [
            _only(name, "kube-state-metrics"),
            _only("__meta_kubernetes_endpointslice_port_name", "http|http-metrics"),
            *here,
        ],
    }


def _containers(here: list[dict[str, str]]) -> dict[str, Any]:
    """Each node's cAdvisor, through the API server."""
    return {
        "job_name": "cadvisor",
        "scheme": "https",
        "authorization": {"credentials_file": _TOKEN},
        "tls_config": {"ca_file": _CA},
        "kubernetes_sd_configs": [{"role": "node"}],
        "relabel_configs": [
            _into(
                "__metrics_path__",
                ["__meta_kubernetes_node_name"],
                "(.+)",
                "/api/v1/nodes/$1/proxy/metrics/cadvisor",
            ),
            {"target_label": "__address__", "replacement": "kubernetes.default.svc:443"},
            *here,
        ],
        "metric_relabel_configs": [
            _only("__name__", "|".join(_OF_CONTAINERS)),
            {**_only("container", "|POD"), "action": "drop"},
        ],
    }


def _only(label: str, regex: str) -> dict[str, Any]:
    return {"action": "keep", "source_labels": [label], "regex": regex}


def _into(
    target: str, labels: list[str], regex: str | None = None, replacement: str | None = None
) -> dict[str, Any]:
    made: dict[str, Any] = {"source_labels": labels, "target_label": target}
    if regex is not None:
        made |= {"regex": regex, "replacement": replacement}
    return made
