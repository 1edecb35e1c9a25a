"""``pipelinegen values`` prints what helm computes in one place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from pipelinegen.commands.values import command
from pipelinegen.errors import PipelinegenError
from tests.config.given import FILES, HEADER
from tests.helpers import write_tree

PIPELINE = (
    HEADER
    + """\
deploy:
  replicas: 3
  env: {LOG: info, KEEP: "no"}
  regions: {eu-west-1: {}, us-east-1: {replicas: 4, env: {LOG: debug}}}
  clusters: {us-a: {env: {KEEP: null}}}
"""
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_tree(tmp_path, {**FILES, "pipeline.yaml": PIPELINE})


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize(
    ("arguments", "replicas", "env"),
    [
        ([], 3, {"LOG": "info", "KEEP": "no"}),
        (["--region", "eu-west-1"], 3, {"LOG": "info", "KEEP": "no"}),
        (["--region", "us-east-1"], 4, {"LOG": "debug", "KEEP": "no"}),
        (["--cluster", "eu-a"], 3, {"LOG": "info", "KEEP": "no"}),
        (["--cluster", "us-a"], 4, {"LOG": "debug"}),
        (["--cluster", "us-a", "--region", "us-east-1"], 4, {"LOG": "debug"}),
    ],
)
def test_each_place_gets_its_merged_values(
    arguments: list[str], replicas: int, env: dict[str, str]
) -> None:
    as_yaml, as_json = run(*arguments), run(*arguments, "--format", "json")
    assert (as_yaml.exit_code, as_yaml.stderr, as_json.exit_code) == (0, "", 0)
    values: dict[str, Any] = yaml.safe_load(as_yaml.stdout)
    assert values == json.loads(as_json.stdout)
    # What a null removes, helm may keep as null: the chart leaves it out.
    found = {name: value for name, value in values["env"].items() if value is not None}
    assert (values["replicas"], found) == (replicas, env)


def test_a_place_says_its_region() -> None:
    assert yaml.safe_load(run("--cluster", "us-a").stdout)["region"] == "us-east-1"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--region", "x"],
            "x: this service is not in that region (regions: eu-west-1, us-east-1)",
        ),
        (
            ["--cluster", "x"],
            "x: this service has no such cluster (clusters: test-eu, stage-eu, eu-a, eu-b, us-a)",
        ),
        (["--cluster", "us-a", "--region", "eu-west-1"], "us-a is in us-east-1, not in eu-west-1"),
    ],
)
def test_a_place_that_is_none_of_the_services_is_refused(arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, PipelinegenError)
    assert (str(result.exception), result.exception.exit_code) == (told, 2)
    assert result.stdout == ""


def test_rules_are_among_the_values_where_the_chart_makes_them(here: Path) -> None:
    monitored = "monitoring: {prometheus: {rules: prometheusRule}}\n"
    write_tree(here, {"platform.yaml": FILES["platform.yaml"] + monitored})
    values = yaml.safe_load(run("--cluster", "us-a").stdout)
    (group,) = values["prometheusRule"]["groups"]
    assert group["name"] == "shop/orders"
    assert values["replicas"] == 4
