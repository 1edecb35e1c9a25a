"""What a person reads who brings a system up; with containers: tests/e2e/dependencies."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from pipelinegen.commands._dependencies import Address, Duration
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


@pytest.mark.parametrize("text", ["localhost:12201", "10.0.0.7:1", "logs.example.com:65535"])
def test_an_address(text: str) -> None:
    assert Address().convert(text, None, None) == text


@pytest.mark.parametrize("text", ["", "localhost", ":1", "a:b", "a:0", "a:65536", "udp://a:1"])
def test_what_is_no_address_is_refused_before_anything_is_started(text: str) -> None:
    result = CliRunner().invoke(command, ["up", "--gelf", text])
    assert result.exit_code == 2
    assert f"`{text}` is not an address: write `host:port`" in result.output


def test_a_name_that_docker_does_not_take_is_refused() -> None:
    result = CliRunner().invoke(command, ["down", "--name", "a b"])
    assert str(result.exception) == "--name a b: it takes letters, digits, `-`, `_` and `.`"
