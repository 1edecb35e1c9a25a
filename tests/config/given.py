"""A service in a folder, with ``‸`` in its text where a fault is due."""

from __future__ import annotations

import re
from pathlib import Path

from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.errors import InputError, Problem
from tests.helpers import write_tree

MARK = "‸"

HEADER = """\
apiVersion: pipelinegen/v1
service: {name: orders, team: shop}
platform: platform.yaml
"""

PLATFORM = """\
apiVersion: pipelinegen/v1
registry: {url: registry.example.com/shop}
regions: {eu-west-1: {}, us-east-1: {}}
accounts:
  test: {clusters: {test-eu: {region: eu-west-1}}}
  stage: {clusters: {stage-eu: {region: eu-west-1}}}
  production:
    clusters:
      eu-a: {region: eu-west-1}
      eu-b: {region: eu-west-1}
      us-a: {region: us-east-1}
"""

FILES = {
    "platform.yaml": PLATFORM,
    "Dockerfile": "FROM a AS test\nFROM --platform=x b AS Runtime # the last\n",
}


def with_header(text: str) -> str:
    """``text`` below those lines of the header that it does not have itself."""
    keys = re.findall(r"^‸?(\w+):", text, re.MULTILINE)
    kept = [line for line in HEADER.splitlines() if line.partition(":")[0] not in keys]
    return "\n".join([*kept, text])


def marks(text: str) -> tuple[str, list[tuple[int, int]]]:
    """``text`` without its marks, and where they stood."""
    places = []
    while MARK in text:
        before, _, rest = text.partition(MARK)
        places.append((before.count("\n") + 1, len(before) - before.rfind("\n")))
        text = before + rest
    return text, places


def problems(root: Path, pipeline: str, **files: str) -> list[Problem]:
    """What loading says; ``platform="…"`` replaces platform.yaml."""
    named = {"platform.yaml": files.pop("platform")} if "platform" in files else {}
    write_tree(root, {**FILES, **named, **files, "pipeline.yaml": pipeline})
    try:
        Loader().service(root)
    except InputError as error:
        return error.problems
    return []


def config(root: Path, text: str, platform: str = PLATFORM) -> Config:
    """A service that is right."""
    write_tree(root, {**FILES, "platform.yaml": platform, "pipeline.yaml": with_header(text)})
    return Loader().service(root)
