"""``pipelinegen schema`` prints what editors read."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from pipelinegen import data
from pipelinegen.commands.schema import command


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [([], "pipeline"), (["pipeline"], "pipeline"), (["platform"], "platform")],
)
def test_it_prints_the_schema_that_is_shipped(arguments: list[str], kind: str) -> None:
    result = CliRunner().invoke(command, arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == data.schema(kind).read_text("utf-8")
    assert json.loads(result.stdout)["title"] == f"{kind}.yaml of pipelinegen"


def test_another_kind_is_refused_with_the_two_that_there_are() -> None:
    result = CliRunner().invoke(command, ["jenkins"])
    assert result.exit_code == 2
    assert "'jenkins' is not one of 'pipeline', 'platform'" in result.stderr
