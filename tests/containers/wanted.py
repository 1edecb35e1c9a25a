"""What is brought up for a service of a few lines of pipeline.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelinegen.containers.need import Need
from pipelinegen.containers.system import wanted
from pipelinegen.plan.imagebuild import SERVICE_LABEL
from tests.configs import load

REGISTRY = "registry.example.com/shop"
IMAGE = "orders:local"
CATALOG = "dependencies: {catalog: {type: service, env: CATALOG_URL}}"
Labels = Mapping[str, Any]


def needs(
    folder: Path,
    body: str,
    labels: Labels | None = None,
    *,
    image: str | None = IMAGE,
    urls: Mapping[str, str] | None = None,
    images: Mapping[str, str] | None = None,
    service: bool = True,
    platform: bool = True,
) -> dict[str, Need]:
    """What is wanted, by name; a label is data, or text that is none."""

    def label(need: Need, name: str) -> str | None:
        assert name == SERVICE_LABEL
        assert need.type == "service", "no other image is pulled to be asked"
        said = (labels or {}).get(need.name)
        return said if said is None or isinstance(said, str) else json.dumps(said)

    def override(name: str, kind: str) -> tuple[str, str] | None:
        found = (images or {}).get(name) or (images or {}).get(kind)
        return (found, "--dependency-image") if found else None

    config = load(folder, body) if platform else load(folder, body, None)
    found = wanted(config, label, image, urls or {}, override, service=service)
    assert len({each.name for each in found}) == len(found), "a name is there once"
    return {each.name: each for each in found}


def env(need: Need) -> dict[str, str]:
    return dict(need.env)
