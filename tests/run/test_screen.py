"""What a run prints: a line of state on a terminal alone, and never in the way of the output."""

from __future__ import annotations

import io
import re
import sys
import threading

import pytest

from pipelinegen.run.screen import Screen

DEADLINE = 20


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def screen(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> Screen:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return Screen(["lint", "integration"], lambda: "lint · 3 s · 1 waiting")


def test_on_a_terminal_the_state_stands_below_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    with screen(monkeypatch, stream) as shown:
        shown.line("lint", "checked")
    lines = re.sub(r"\x1b\[\d*m", "", stream.getvalue()).split("\n")
    assert lines[0] == "lint        │ checked"
    # Drawn, and erased at the end: nothing of it stays.
    assert lines[-1].startswith("lint · 3 s · 1 waiting")
    assert lines[-1].endswith("\r\x1b[K")


def test_the_state_goes_on_while_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = threading.Event()
    monkeypatch.setattr("pipelinegen.run.screen.REDRAW_SECONDS", 0.01)
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with Screen(["lint"], lambda: drawn.set() or "state"):  # type: ignore[func-returns-value]
        assert drawn.wait(DEADLINE)


@pytest.mark.parametrize("terminal", [False, True])
def test_in_a_log_there_is_no_state_and_no_colour(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    shown = screen(monkeypatch, stream)
    if terminal:
        monkeypatch.setenv("TERM", "dumb")
        shown = Screen(["lint", "integration"], lambda: "state")
    with shown:
        shown.line("integration", "a\rb", dim=not terminal)
        shown.say("the end")
    told = re.sub(r"\x1b\[\d*m", "", stream.getvalue())
    assert told == "integration │ b\nthe end\n"
    assert terminal or "\x1b" not in stream.getvalue()
