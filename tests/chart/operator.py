"""What of the Prometheus Operator's objects the chart may write, as their definitions have it.

https://prometheus-operator.dev/docs/api-reference/api/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft7Validator

from tests.chart.schemas import METADATA, TEXT, whole

_DURATION = {"type": "string", "pattern": r"^([0-9]+(ms|[smhdwy]))+$"}
_TEXTS = {"type": "object", "additionalProperties": TEXT}
_LABEL = {"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"}
_PORT_NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 15}
_RELABELING = whole(
    {"targetLabel": _LABEL},
    {"sourceLabels": {"type": "array", "items": _LABEL, "minItems": 1}, "replacement": TEXT},
)
_SCRAPED = {
    "path": {"type": "string", "pattern": "^/"},
    "relabelings": {"type": "array", "items": _RELABELING},
}
_SELECTOR = whole({"matchLabels": _TEXTS})
_RULE = {
    "oneOf": [
        whole({"record": TEXT, "expr": TEXT}, {"labels": _TEXTS}),
        whole(
            {"alert": TEXT, "expr": TEXT},
            {"for": _DURATION, "labels": _TEXTS, "annotations": _TEXTS},
        ),
    ]
}
_GROUP = whole(
    {"name": {"type": "string", "minLength": 1}, "rules": {"type": "array", "items": _RULE}},
    {"interval": _DURATION},
)


def _endpoints(port: str) -> Any:
    return {"type": "array", "minItems": 1, "items": whole({port: _PORT_NAME}, _SCRAPED)}


_SPECS = {
    "PodMonitor": whole({"selector": _SELECTOR, "podMetricsEndpoints": _endpoints("port")}),
    # targetPort is the container's port, port would be the Service's.
    "ServiceMonitor": whole({"selector": _SELECTOR, "endpoints": _endpoints("targetPort")}),
    "PrometheusRule": whole({"groups": {"type": "array", "items": _GROUP}}),
}
KINDS = frozenset(_SPECS)


def validate(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with it; nothing when it is right."""
    kind = manifest["kind"]
    version = {"const": "monitoring.coreos.com/v1"}
    schema = whole({"apiVersion": version, "kind": {}, "metadata": METADATA, "spec": _SPECS[kind]})
    found = Draft7Validator(schema).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in found]
