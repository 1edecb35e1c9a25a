"""What of an ExternalSecret the chart may write, as its CustomResourceDefinition has it.

https://external-secrets.io/latest/api/spec/#external-secrets.io/v1.ExternalSecret
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft7Validator

from tests.chart.schemas import METADATA, NAME, TEXT, whole

KIND = "ExternalSecret"

_SECRET_KEY = {"type": "string", "pattern": r"^[-._a-zA-Z0-9]+$", "maxLength": 253}
_STORE = whole({"name": NAME, "kind": {"enum": ["SecretStore", "ClusterSecretStore"]}})
_DATA = whole(
    {"secretKey": _SECRET_KEY, "remoteRef": whole({"key": TEXT}, {"property": TEXT})},
    {"sourceRef": whole({"storeRef": _STORE})},
)
_SPEC = whole(
    {
        "target": whole({"name": NAME}),
        "data": {"type": "array", "items": _DATA, "minItems": 1},
    }
)
_WHOLE = whole(
    {
        "apiVersion": {"const": "external-secrets.io/v1"},
        "kind": {"const": KIND},
        "metadata": METADATA,
        "spec": _SPEC,
    }
)


def validate(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with it; nothing when it is right."""
    found = Draft7Validator(_WHOLE).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in found]
