"""The command line as a whole: help, suggestions, exit codes, and how failures are told."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from pipelinegen import __version__, cli
from pipelinegen.cli import main
from pipelinegen.errors import InputError, OutsideError, PipelinegenError, Problem, Refused
from tests.config.given import FILES, HEADER
from tests.helpers import write_tree

ROOT = Path(__file__).parents[1]
NAMES = sorted(
    path.stem.replace("_", "-") for path in (ROOT / "pipelinegen/commands").glob("[a-z]*.py")
)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def fails_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes the command ``chart`` raise."""

    @click.command()
    def command() -> None:
        raise error

    monkeypatch.setattr("pipelinegen.commands.chart.command", command)


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"pipelinegen {__version__}\n"


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(option) == 0
    shown = capsys.readouterr().out
    for name in NAMES:
        assert f"\n  {name} " in shown


def test_without_a_command_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert capsys.readouterr().out.startswith(f"Usage: pipelinegen {name} ")
    command = import_module(f"pipelinegen.commands.{name.replace('-', '_')}").command
    assert len((command.help or "").splitlines()) > 2


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("valdate", "No such command `valdate`. Did you mean `validate`?"),
        ("frobnicate", "No such command 'frobnicate'."),
    ],
)
def test_an_unknown_command_is_told_with_the_one_that_was_meant(
    typed: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(typed) == 2
    shown = capsys.readouterr()
    assert told in shown.err and shown.out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PipelinegenError("what is wrong"), 2),
        (InputError([Problem("f", 1, 2, "what is wrong")]), 2),
        (Refused("what is wrong"), 1),
        (OutsideError("what is wrong"), 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_one_message_and_its_exit_code(
    error: PipelinegenError,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fails_with(monkeypatch, error)
    assert run("chart") == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"{error}\n")
    assert "what is wrong" in shown.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()], ids=["ctrl-c", "abort"])
def test_an_interruption_is_told_and_ends_with_130(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails_with(monkeypatch, error)
    assert run("chart") == 130
    assert capsys.readouterr().err.endswith(
        "\nInterrupted; run the same command again to finish.\n"
    )


def test_a_bug_is_told_without_a_traceback_which_is_kept_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fails_with(monkeypatch, KeyError("replicas"))
    assert run("chart") == 3
    (log,) = tmp_path.iterdir()
    assert capsys.readouterr().err == (
        "This is a bug in pipelinegen, not in your files: KeyError: 'replicas'\n"
        f"      = please report it with the file {log}\n"
    )
    kept = log.read_text()
    assert kept.startswith(f"pipelinegen {__version__}, Python ")
    assert "Traceback (most recent call last):" in kept and "KeyError: 'replicas'" in kept


def pipelinegen(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipelinegen", *arguments]


def test_a_reader_that_goes_away_is_no_failure() -> None:
    ours, theirs = os.pipe()
    os.close(ours)  # as `| head -1` does, only sooner
    with subprocess.Popen(
        pipelinegen("schema"), stdout=theirs, stderr=subprocess.PIPE, cwd=ROOT
    ) as running:
        os.close(theirs)
        assert running.communicate()[1] == b""
    # Not 0: who writes `set -o pipefail` is told as by any other program.
    assert running.returncode in (1, 141)


def test_results_and_messages_do_not_mix(tmp_path: Path) -> None:
    write_tree(tmp_path, {**FILES, "pipeline.yaml": HEADER + "prot: 1\n"})
    done = subprocess.run(
        pipelinegen("explain", "port", str(tmp_path)), cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{tmp_path}/pipeline.yaml:4:1: unknown key `prot`\n")


def test_colours_are_for_terminals_only(tmp_path: Path) -> None:
    write_tree(tmp_path, {**FILES, "pipeline.yaml": HEADER})
    command = pipelinegen("explain", "port", str(tmp_path))
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    piped = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert piped.stdout == b"port = 8080  default\n"
    ours, theirs = pty.openpty()
    subprocess.run(
        command, cwd=ROOT, env={**environment, "TERM": "xterm"}, stdout=theirs, check=True
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert shown == b"port = 8080  \x1b[2mdefault\x1b[0m\r\n"


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1000)
    except OSError:  # how Linux says that the other end of a terminal is closed
        return b""


def test_every_command_that_is_listed_is_there() -> None:
    listed = set(cli.cli.list_commands(click.Context(cli.cli)))
    assert listed == set(NAMES)
