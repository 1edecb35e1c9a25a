"""Which clusters a deploy stage reaches, and where the tests beside it find what is secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.plan.model import Sequence, Stage
from tests.configs import PLATFORM, plan

WAVES = "production: {waves: [[eu-a], [eu-b], [us-a, us-b]], rollback: %s}"


@pytest.mark.parametrize(
    ("rollback", "reached"),
    [
        ("wave", [["eu-a"], ["eu-b"], ["us-a", "us-b"]]),
        ("all", [["eu-a"], ["eu-a", "eu-b"], ["eu-a", "eu-b", "us-a", "us-b"]]),
    ],
)
def test_a_wave_reaches_the_clusters_that_go_back_with_it(
    tmp_path: Path, rollback: str, reached: list[list[str]]
) -> None:
    made = plan(tmp_path, f"deploy: {{{WAVES % rollback}}}")
    production = next(node for node in made.nodes if node.title == "Production")
    assert isinstance(production, Sequence)
    assert [[*stage.step.arguments["kubeconfigs"]] for stage in production.stages] == reached  # type: ignore[misc]


def test_a_secret_url_comes_from_its_credential_beside_what_is_deployed_alone(
    tmp_path: Path,
) -> None:
    said = "test:\n    dependencies: {db: {credentials: test-db}, catalog: {url: 'http://c'}}"
    body = """
    dependencies:
      db: {type: postgres, env: DATABASE_URL}
      catalog: {type: service, env: CATALOG_URL}
    tests: {system: {run: pytest, modes: {branch: containers, main: deployed}}}
    """
    made = plan(tmp_path, body, PLATFORM.replace("test:", said, 1))
    found = {
        node.title: stage.step.arguments.get("credentials")
        for node in made.nodes
        if isinstance(node, Sequence)
        for stage in node.stages
        if isinstance(stage, Stage) and stage.name == "system"
    }
    assert found == {
        "System tests with containers": None,
        "System tests beside what is deployed": {"DATABASE_URL": "test-db"},
    }
