"""What a run prints: each line with its stage's name, and on a terminal one line of state."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

import click

REDRAW_SECONDS = 0.5
_COLOURS = ("cyan", "magenta", "blue", "yellow", "green")


class Screen:
    """Lines for people, on stderr: results would be on stdout.

    Args:
        names: the stages' names, for the width of the column.
        state: the line of state; only shown on a terminal.
    """

    def __init__(self, names: list[str], state: Callable[[], str]) -> None:
        self._width = max(map(len, names), default=0)
        self._colour = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(names)}
        self._state = state
        self._live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.RLock()
        self._done = threading.Event()
        self._drawn = False
        self._timer = threading.Thread(target=self._redraw, daemon=True)

    def __enter__(self) -> Screen:
        if self._live:
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._live:
            self._timer.join()
        with self._lock:
            self._erase()

    def line(self, stage: str, text: str, *, dim: bool = False) -> None:
        """One line of a stage's output."""
        name = click.style(stage.ljust(self._width), fg=self._colour.get(stage))
        # What a tool writes over its own line would go over ours.
        text = text.rsplit("\r", 1)[-1]
        self._print(f"{name} │ {click.style(text, dim=True) if dim else text}")

    def say(self, text: str) -> None:
        """A line that belongs to no stage."""
        self._print(text)

    def _print(self, text: str) -> None:
        with self._lock:
            self._erase()
            click.echo(text, err=True)
            self._draw()

    def _redraw(self) -> None:
        while not self._done.wait(REDRAW_SECONDS):
            with self._lock:
                self._erase()
                self._draw()

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._drawn = False

    def _draw(self) -> None:
        if self._live and not self._done.is_set() and (text := self._state()):
            columns = shutil.get_terminal_size().columns
            sys.stderr.write(click.style(text[: columns - 1], bold=True))
            sys.stderr.flush()
            self._drawn = True


def duration(seconds: float) -> str:
    """A time for people: ``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def now() -> float:
    """Seconds of a clock that nobody sets."""
    return time.monotonic()
