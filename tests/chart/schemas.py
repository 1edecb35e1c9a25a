"""Parts of strict schemas of objects that an API server has only once they are installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAME = {
    "type": "string",
    "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "maxLength": 253,
}
TEXT = {"type": "string"}


def whole(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Any:
    """An object with these keys and no other."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


METADATA = whole({"name": NAME, "labels": {"type": "object", "additionalProperties": TEXT}})
