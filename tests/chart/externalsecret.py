"""What of an ExternalSecret the chart may write, as its CustomResourceDefinition has it.

https://external-secrets.io/latest/api/spec/#external-secrets.io/v1.ExternalSecret
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft7Validator

KIND = "ExternalSecret"
_NAME = {
    "type": "string",
    "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "maxLength": 253,
}
_TEXT = {"type": "string"}


def _object(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Any:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


_SECRET_KEY = {"type": "string", "pattern": r"^[-._a-zA-Z0-9]+$", "maxLength": 253}
_STORE = _object({"name": _NAME, "kind": {"enum": ["SecretStore", "ClusterSecretStore"]}})
_DATA = _object(
    {"secretKey": _SECRET_KEY, "remoteRef": _object({"key": _TEXT}, {"property": _TEXT})},
    {"sourceRef": _object({"storeRef": _STORE})},
)
_SPEC = _object(
    {
        "target": _object({"name": _NAME}),
        "data": {"type": "array", "items": _DATA, "minItems": 1},
    }
)
_METADATA = _object({"name": _NAME, "labels": {"type": "object", "additionalProperties": _TEXT}})
_WHOLE = _object(
    {
        "apiVersion": {"const": "external-secrets.io/v1"},
        "kind": {"const": KIND},
        "metadata": _METADATA,
        "spec": _SPEC,
    }
)


def validate(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with it; nothing when it is right."""
    found = Draft7Validator(_WHOLE).iter_errors(manifest)
    return [f"{error.json_path}: {error.message}" for error in found]
