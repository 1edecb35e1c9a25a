"""Strict JSON Schemas of Kubernetes 1.35, made from an API server's own OpenAPI document.

Unlike the published ones they refuse unknown fields and know what a quantity looks like.
"""

from __future__ import annotations

import functools
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT7

SCHEMAS = Path(__file__).with_name("kubernetes-1.35-schemas.tar.xz")
DEFINITIONS = "_definitions.json"


def validate(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with it, each with its path; nothing when it is right."""
    version, kind = manifest.get("apiVersion"), manifest.get("kind")
    validator = _validators().get(f"{version} {kind}")
    if validator is None:
        return [f"$: Kubernetes 1.35 has no {kind} in {version}"]
    problems = []
    for error in validator.iter_errors(manifest):
        deepest = best_match([error]) or error
        problems.append(f"{deepest.json_path}: {deepest.message}")
    return problems


@functools.cache
def _validators() -> dict[str, Draft7Validator]:
    schemas: dict[str, Any] = {}
    with tarfile.open(SCHEMAS) as tar:
        for member in tar:
            stream = tar.extractfile(member)
            if stream is not None and member.name.endswith(".json"):
                schemas[PurePosixPath(member.name).name] = json.load(stream)
    definitions = DRAFT7.create_resource(schemas.pop(DEFINITIONS))
    registry: Registry[Any] = Registry().with_resource(DEFINITIONS, definitions)
    found = {}
    for schema in schemas.values():
        (version,) = schema["properties"]["apiVersion"]["enum"]
        (kind,) = schema["properties"]["kind"]["enum"]
        found[f"{version} {kind}"] = Draft7Validator(schema, registry=registry)
    return found
