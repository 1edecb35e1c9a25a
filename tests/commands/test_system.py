"""What a person reads who brings a system up; with containers: tests/e2e/dependencies."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from pipelinegen.commands._dependencies import Duration
from pipelinegen.commands.system import command


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86400)]
)
def test_a_length_of_time(text: str, seconds: int) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "2", "0h", "-1h", "2 h", "1w", "1.5h"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 90m, 2h or 1d"):
        Duration().convert(text, None, None)


def test_a_name_that_docker_does_not_take_is_refused() -> None:
    result = CliRunner().invoke(command, ["down", "--name", "a b"])
    assert str(result.exception) == "--name a b: it takes letters, digits, `-`, `_` and `.`"
