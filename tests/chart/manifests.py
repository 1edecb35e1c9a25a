"""What the chart renders from values, each manifest checked by Kubernetes' strict schemas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chart import externalsecret, operator
from tests.chart.security import unrestricted
from tests.lab.helm import Helm, values_text
from tests.lab.kubeschema import validate

CHART = Path(__file__).parents[2] / "pipelinegen/chart"
DIGEST = "sha256:" + "0123456789abcdef" * 4
LEAST: dict[str, Any] = {
    "service": {"name": "orders", "team": "shop"},
    "image": {"repository": "registry.example.com/shop/orders", "tag": "1.2"},
}
FULL: dict[str, Any] = {
    **LEAST,
    "account": "test",
    "region": "eu-west-1",
    "cluster": "eu-a",
    "probes": {
        "liveness": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10},
        "readiness": {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5},
        "startup": {"tcpSocket": {"port": "http"}, "failureThreshold": 30},
    },
    "env": {"LOG_LEVEL": "info"},
    "secretEnv": {
        "DATABASE_URL": {"name": "orders-db", "key": "url"},
        "API_KEY": {"store": "vault", "remote": "shop/orders", "property": "token"},
    },
    "metrics": {"path": "/metrics", "port": 8080},
    "autoscaling": {"minReplicas": 2, "maxReplicas": 10, "cpu": 70},
    "disruptionBudget": {"maxUnavailable": 1},
    "ingress": {
        "host": "orders.example.com",
        "path": "/",
        "className": "nginx",
        "tlsSecret": "orders-tls",
        "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "8m"},
    },
    "configFiles": {"/etc/orders/mode": "fast\n"},
    "networkPolicy": {"from": [{"service": "gateway"}, {"namespace": "monitoring"}]},
    "prometheusRule": {
        "groups": [
            {
                "name": "shop/orders",
                "rules": [
                    {"record": "service:up:count", "expr": "count(up)", "labels": {"team": "shop"}},
                    {
                        "alert": "restarts",
                        "expr": 'increase(restarts_total{container="orders"}[15m])\n>= 3',
                        "for": "5m",
                        "annotations": {"summary": "{{ $labels.cluster }}: {{ $value }}"},
                    },
                ],
            }
        ]
    },
    "dashboards": {"orders": '{"title": "orders {{pod}}"}\n'},
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/o"}},
}
SELECTOR = {"app.kubernetes.io/name": "orders", "app.kubernetes.io/instance": "orders"}

Render = Callable[..., dict[str, Any]]


def rendered(
    helm: Helm, directory: Path, *values: Any, release: str = "orders", chart: Path = CHART
) -> dict[str, Any]:
    """The manifests by kind, from values laid one over the other; all of them are valid.

    Every pod among them passes the restricted Pod Security Standard.
    """
    files = []
    for number, content in enumerate(values or [LEAST]):
        files.append(directory / f"{number}.yaml")
        files[-1].write_text(values_text(content))
    manifests = helm.template(release, chart, files)
    problems = {m["metadata"]["name"]: found for m in manifests if (found := _problems(m))}
    assert not problems
    for manifest in manifests:
        if manifest["kind"] == "Deployment":
            assert not unrestricted(manifest["spec"]["template"]["spec"])
    named = {_named(m, release): m for m in manifests}
    assert len(named) == len(manifests)
    return named


def _named(manifest: dict[str, Any], release: str) -> str:
    """Its kind, with what its name has behind that of the release."""
    return f"{manifest['kind']}{manifest['metadata']['name'].removeprefix(release)}"


def _problems(manifest: dict[str, Any]) -> list[str]:
    if manifest["kind"] == externalsecret.KIND:  # an API server has it only once it is installed
        return externalsecret.validate(manifest)
    if manifest["kind"] in operator.KINDS:
        return operator.validate(manifest)
    return validate(manifest)


def container(manifests: dict[str, Any]) -> Any:
    (only,) = manifests["Deployment"]["spec"]["template"]["spec"]["containers"]
    return only


def environment(manifests: dict[str, Any]) -> dict[str, Any]:
    entries = container(manifests).get("env", [])
    assert len({entry["name"] for entry in entries}) == len(entries)
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in entries}
