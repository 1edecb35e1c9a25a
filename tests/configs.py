"""Services made from a few lines, for tests that are about one thing."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.model import Plan
from tests.helpers import write_tree

DOCKERFILE = "FROM python:3.12-slim AS test\nFROM python:3.12-slim AS runtime\n"

# Three accounts, two regions, four production clusters.
PLATFORM = """
apiVersion: pipelinegen/v1
registry: {url: registry.example.com/shop, credentials: registry-push}
jenkins: {label: docker, dockerGroup: 999}
regions:
  eu-west-1: {description: Ireland}
  us-east-1: {description: N. Virginia}
accounts:
  test:
    clusters:
      test-eu: {region: eu-west-1}
  stage:
    clusters:
      stage-eu: {region: eu-west-1}
  production:
    clusters:
      us-a: {region: us-east-1}
      eu-a: {region: eu-west-1}
      eu-b: {region: eu-west-1}
      us-b: {region: us-east-1}
"""

HEAD = """
apiVersion: pipelinegen/v1
service: {name: orders, team: shop}
"""


def load(folder: Path, body: str = "", platform: str | None = PLATFORM) -> Config:
    """The service of a body of pipeline.yaml, in a folder with a Dockerfile and a platform."""
    head = HEAD + ("platform: platform.yaml\n" if platform else "")
    files = {"Dockerfile": DOCKERFILE, "pipeline.yaml": head + dedent(body)}
    if platform:
        files["platform.yaml"] = platform
    write_tree(folder, files)
    return Loader().service(folder)


def plan(folder: Path, body: str = "", platform: str | None = PLATFORM) -> Plan:
    """The plan of such a service."""
    return build_plan(load(folder, body, platform))
