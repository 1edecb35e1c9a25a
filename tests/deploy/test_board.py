"""What is printed while clusters are deployed."""

from __future__ import annotations

import re

import pytest

from pipelinegen.deploy.board import Board, clock

MOVE = re.compile(r"\033\[(\d+)A\033\[J")


def screen(written: str) -> list[str]:
    """The lines that a terminal shows of what was written."""
    lines: list[str] = []
    position = 0
    for move in [*MOVE.finditer(written), None]:
        end = move.start() if move else len(written)
        lines += re.sub(r"\033\[[0-9;]*m", "", written[position:end]).splitlines()
        if move:
            del lines[len(lines) - int(move[1]) :]
            position = move.end()
    return lines


def test_without_a_terminal_each_change_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Board(live=False) as board:
        board.say("Wave 1: eu-a")
        tell = board.teller("eu-a")
        for text in ("upgrading", "0/2 ready", "0/2 ready", "2/2 ready"):
            tell(text)
        board.tell("eu-a", "deployed", done=True)
        board.forget()
    assert capsys.readouterr().err.splitlines() == [
        "Wave 1: eu-a",
        "eu-a: upgrading",
        "eu-a: 0/2 ready",
        "eu-a: 2/2 ready",
        "eu-a: deployed (0 s)",
    ]


def test_on_a_terminal_each_cluster_has_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelinegen.deploy.board.REDRAW_SECONDS", 0.001)
    monkeypatch.setenv("COLUMNS", "40")
    with Board(live=True) as board:
        board.say("Wave 1: eu-a, us-b")
        board.tell("eu-a", "upgrading")
        board.tell("us-b", "it has a long word to say, that no line holds")
        board.say("eu-a: something that stays")
        board.tell("eu-a", "deployed", done=True)
        board.tell("us-b", "failed", done=True)
        board.forget()
        board.say("Wave 2: eu-b")
        board.tell("eu-b", "upgrading")
    assert screen(capsys.readouterr().err) == [
        "Wave 1: eu-a, us-b",
        "eu-a: something that stays",
        "eu-a         0 s  deployed",
        "us-b         0 s  failed",
        "Wave 2: eu-b",
    ]


@pytest.mark.parametrize(("seconds", "text"), [(0.9, "0 s"), (59, "59 s"), (61.5, "1 min 01 s")])
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert clock(seconds) == text
