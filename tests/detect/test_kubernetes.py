"""What runs in a cluster today is taken over, with its lines."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.detect.given import Look, loaded, port, said

IMAGE = {"Dockerfile": "FROM a\nUSER 1\n"}


def deployment(
    *containers: object, kind: str = "Deployment", metadata: object = None, **spec: object
) -> dict[str, str]:
    template = {"metadata": metadata, "spec": {"containers": list(containers)}}
    document = {"kind": kind, "spec": {**spec, "template": template}}
    return {**IMAGE, "k8s/app.yaml": "kind: Service\n---\n" + yaml.safe_dump(document)}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_replicas_port_probes_and_variables_are_taken_over(look: Look, kind: str) -> None:
    secret = {"secretKeyRef": {"name": "shop", "key": "token"}}
    container = {
        "ports": [{"containerPort": 9000, "name": "metrics"}, {"containerPort": 8081}],
        "livenessProbe": {"httpGet": {"path": "/live"}, "periodSeconds": 7},
        "readinessProbe": {"tcpSocket": {}, "failureThreshold": 2},
        "env": [
            {"name": "A", "value": "1.10"},
            {"name": "B", "valueFrom": secret},
            {"name": "C", "valueFrom": {"fieldRef": {}}},
        ],
    }
    found = look(deployment(container, kind=kind, replicas=3))
    assert (port(found), found.replicas and found.replicas.value) == (8081, 3)
    assert said(found.health) == {
        "liveness": {"path": "/live", "periodSeconds": 7},
        "readiness": {"failureThreshold": 2},
    }
    assert (said(found.env), said(found.secrets)) == (
        {"A": "1.10"},
        {"B": {"name": "shop", "key": "token"}},
    )
    assert ["the variable `C` is left out" in note for note in found.notes] == [True]


def test_of_several_containers_the_one_with_the_services_name_counts(look: Look) -> None:
    proxy = {"name": "proxy", "ports": [{"containerPort": 1}]}
    found = look(deployment(proxy, {"name": "shop", "ports": [{"containerPort": 2}]}))
    assert port(found) == 2


def test_the_port_of_a_probe_counts_where_there_is_no_other(look: Look) -> None:
    probe = {"httpGet": {"path": "/live", "port": 8082}}
    assert port(look(deployment({"livenessProbe": probe}))) == 8082


def test_a_scrape_annotation_is_the_metrics_route(look: Look) -> None:
    annotations = {"prometheus.io/scrape": "true", "prometheus.io/path": "/m"}
    found = look(deployment({}, metadata={"annotations": annotations}))
    assert found.metrics is not None
    assert found.metrics.value == "/m"


@pytest.mark.parametrize(
    ("resources", "kept"),
    [
        ({"requests": {"memory": "64Mi"}}, {"requests": {"memory": "64Mi"}}),
        (
            {"requests": {"cpu": "1", "memory": "1Gi"}},
            {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": None}},
        ),
        (
            {"limits": {"cpu": "50m", "memory": "64Mi"}},
            {
                "requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"cpu": "50m", "memory": "64Mi"},
            },
        ),
        ({"limits": {"memory": "1Gi", "nvidia.com/gpu": 1}}, {"limits": {"memory": "1Gi"}}),
        ({"requests": {"cpu": "lots"}}, None),
        ("none", None),
    ],
)
def test_resources_mean_what_they_meant_without_the_defaults(
    look: Look, resources: object, kept: Any
) -> None:
    found = look(deployment({"resources": resources}))
    assert (found.resources.value if found.resources else None) == kept
    loaded(found)  # it contradicts no default


def test_a_secret_that_holds_a_dependencys_url_is_the_dependencys(look: Look) -> None:
    secret = {"secretKeyRef": {"name": "db", "key": "uri"}}
    files = deployment({"env": [{"name": "DB_URL", "valueFrom": secret}]})
    services = {
        "shop": {"build": ".", "environment": {"DB_URL": "postgres://db"}},
        "db": {"image": "postgres"},
    }
    found = look({**files, "compose.yaml": yaml.safe_dump({"services": services})})
    assert found.secrets == {}
    assert said(found.dependencies) == {
        "db": {"type": "postgres", "env": "DB_URL", "secret": {"name": "db", "key": "uri"}}
    }


def test_a_charts_values_are_taken_over(look: Look) -> None:
    values = {
        "replicaCount": 4,
        "env": {"A": "b", "N": True},
        "resources": {"limits": {"cpu": 2}},
        "probes": {"liveness": {"path": "/l"}},
    }
    template = "kind: Deployment\nspec: {replicas: {{ .Values.replicaCount }}}\n"
    files = {
        "chart/values.yaml": yaml.safe_dump(values),
        "chart/templates/deployment.yaml": template,
    }
    found = look({**IMAGE, **files})
    assert found.replicas is not None
    assert (found.replicas.value, found.replicas.because) == (4, "chart/values.yaml:7")
    assert (said(found.env), said(found.health)) == (
        {"A": "b", "N": "true"},
        {"liveness": {"path": "/l"}},
    )
    assert found.notes == []


def test_a_template_is_not_read_and_that_is_told(look: Look) -> None:
    found = look({**IMAGE, "k8s/app.yaml": "kind: Deployment\nspec: {replicas: {{ n }}}\n"})
    assert (found.replicas, found.notes) == (
        None,
        ["k8s/app.yaml: not read, since it is a template"],
    )
