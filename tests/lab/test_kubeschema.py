"""The schema check finds what it is there to find; one that finds nothing proves nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.lab.kubeschema import validate

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "orders"},
    "spec": {
        "selector": {"matchLabels": {"app": "orders"}},
        "replicas": 2,
        "template": {
            "metadata": {"labels": {"app": "orders"}},
            "spec": {
                "containers": [
                    {
                        "name": "orders",
                        "image": "orders:1",
                        "resources": {"limits": {"memory": "256Mi", "cpu": 1.5}},
                        "ports": [{"containerPort": 8080}],
                    }
                ]
            },
        },
    },
}


def _broken(*path: str | int, to: Any) -> dict[str, Any]:
    manifest = copy.deepcopy(DEPLOYMENT)
    part: Any = manifest
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = to
    return manifest


def test_a_right_manifest_has_no_problems() -> None:
    assert validate(DEPLOYMENT) == []


def test_a_misspelt_field_is_found() -> None:
    (problem,) = validate(_broken("spec", "template", "spec", "container", to=[]))
    assert problem.startswith("$.spec.template.spec: ")
    assert "'container'" in problem


@pytest.mark.parametrize("value", ["2", None, 1.5, True])
def test_a_wrong_type_is_found(value: Any) -> None:
    (problem,) = validate(_broken("spec", "replicas", to=value))
    assert problem.startswith("$.spec.replicas: ")


@pytest.mark.parametrize("value", ["256 Mi", "256MB", "lots", "", None, True])
def test_a_bad_quantity_is_found(value: Any) -> None:
    memory = ("spec", "template", "spec", "containers", 0, "resources", "limits", "memory")
    (problem,) = validate(_broken(*memory, to=value))
    assert problem.startswith("$.spec.template.spec.containers[0].resources.limits.memory: ")


def test_a_missing_field_is_found() -> None:
    (problem,) = validate(_broken("spec", "template", "spec", to={}))
    assert "'containers' is a required property" in problem


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("extensions/v1beta1", "Deployment"),
        ("policy/v1beta1", "PodDisruptionBudget"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler"),
        ("networking.k8s.io/v1beta1", "Ingress"),
        ("v1", "Deployment"),
        ("apps/v1", "Deploymnet"),
        ("apps/v1", None),
        (["apps/v1"], "Deployment"),
    ],
)
def test_an_unknown_or_removed_kind_is_found(version: Any, kind: Any) -> None:
    (problem,) = validate({**DEPLOYMENT, "apiVersion": version, "kind": kind})
    assert "has no" in problem
