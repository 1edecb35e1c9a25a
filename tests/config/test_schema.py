"""The JSON Schemas: shipped as the models are, described, and right about real files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml

from pipelinegen import data
from pipelinegen.config import schema
from tests.config.given import PLATFORM
from tests.config.test_load import VALID

KINDS = get_args(schema.Kind)
SAMPLE = Path(__file__).parents[2] / "sample-service"


def properties(model: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(model["properties"].items())


def validator(kind: schema.Kind) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema.schema(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_schema_is_what_the_models_say(kind: schema.Kind) -> None:
    mend = f"{data.schema(kind).name} is stale: run `python -m pipelinegen.config.schema`"
    assert data.schema(kind).read_text("utf-8") == schema.text(kind), mend


def test_that_command_writes_both(tmp_path: Path) -> None:
    code = (
        "import pathlib, runpy\n"
        "from pipelinegen import data\n"
        "data.schema = lambda kind: pathlib.Path(kind)\n"
        "runpy.run_module('pipelinegen.config.schema', run_name='__main__', alter_sys=True)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == {
        kind: schema.text(kind) for kind in KINDS
    }


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_schema(kind: schema.Kind) -> None:
    assert schema.schema(kind)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema.schema(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_a_description(kind: schema.Kind) -> None:
    whole = schema.schema(kind)
    models = {"": whole, **whole["$defs"]}
    found = [(model, key, says) for model in models for key, says in properties(models[model])]
    assert len(found) > 20
    for model, key, says in found:
        below = models[says["$ref"].rsplit("/", 1)[1]] if "$ref" in says else {}
        assert says.get("description") or below.get("description"), f"{model}.{key}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_one(kind: schema.Kind) -> None:
    whole = schema.schema(kind)
    for model in [whole, *whole["$defs"].values()]:
        for says in model["properties"].values():
            check = jsonschema.Draft202012Validator({**says, "$defs": whole["$defs"]})
            for example in says.get("examples", []):
                check.validate(example)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("pipeline", VALID),
        ("platform", PLATFORM),
        ("pipeline", "apiVersion: pipelinegen/v1\nservice: {name: a, team: b}\n"),
        ("pipeline", "apiVersion: pipelinegen/v1\nservice: {name: a, team: b}\nport: null\n"),
    ],
)
def test_an_editor_finds_nothing_wrong_in_a_right_file(kind: schema.Kind, text: str) -> None:
    assert [error.message for error in validator(kind).iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize("file", sorted(SAMPLE.glob("p*.yaml")), ids=lambda file: file.name)
def test_an_editor_finds_nothing_wrong_in_the_sample(file: Path) -> None:
    kind: schema.Kind = "platform" if file.stem == "platform" else "pipeline"
    errors = validator(kind).iter_errors(yaml.safe_load(file.read_text("utf-8")))
    assert [error.message for error in errors] == []


@pytest.mark.parametrize(
    "change",
    [
        {"prot": 1},
        {"service": {"name": "a", "team": "b", "x": 1}},
        {"service": {"name": "A", "team": "b"}},
        {"service": {"name": "a"}},
        {"deploy": {"replica": 1}},
        {"deploy": {"regions": {"eu": {"waves": []}}}},
        {"tests": {"unit": {"run": "x", "docker": "yes"}}},
        {"port": 0},
        {"apiVersion": "v1"},
    ],
    ids=str,
)
def test_an_editor_refuses_what_validate_refuses(change: dict[str, Any]) -> None:
    right = {"apiVersion": "pipelinegen/v1", "service": {"name": "a", "team": "b"}}
    assert validator("pipeline").is_valid(right)
    assert not validator("pipeline").is_valid({**right, **change})
