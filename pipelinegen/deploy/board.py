"""What a deployment prints: on a terminal a table of its clusters, else a line for each change."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

import click

REDRAW_SECONDS = 0.5
_COLOURS = {"deployed": "green", "unchanged": "green", "failed": "red", "rolled back": "yellow"}


def clock(seconds: float) -> str:
    """A length of time for people."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"


class Board:
    """The clusters with what each is doing, on stderr: results go to stdout.

    Args:
        live: whether the table is drawn again and again, on its own lines.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._rows: dict[str, tuple[str, float, float | None]] = {}
        self._drawn = 0
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._redraw, daemon=True)

    def __enter__(self) -> Board:
        if self._live:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._live:
            self._thread.join()
            with self._lock:
                self._rows.clear()
                self._erase()

    def teller(self, cluster: str) -> Callable[[str], None]:
        """Tells what a cluster is doing."""

        def tell(text: str) -> None:
            self.tell(cluster, text)

        return tell

    def tell(self, cluster: str, text: str, *, done: bool = False) -> None:
        """What a cluster is doing now.

        Args:
            cluster: its name.
            text: what it is doing.
            done: whether it is at its end.
        """
        with self._lock:
            before = self._rows.get(cluster)
            began = before[1] if before and before[2] is None else time.monotonic()
            self._rows[cluster] = (text, began, time.monotonic() if done else None)
            if not self._live and (before is None or before[0] != text):
                took = f" ({clock(time.monotonic() - began)})" if done else ""
                click.echo(f"{cluster}: {text}{took}", err=True)

    def say(self, text: str) -> None:
        """Something that stays."""
        with self._lock:
            self._erase()
            click.echo(text, err=True)
            self._draw()

    def forget(self) -> None:
        """The clusters are done: what was drawn of them stays, and the next ones begin."""
        with self._lock:
            if self._live:
                self._erase()
                for line in self._lines():
                    click.echo(line, err=True)
            self._rows.clear()
            self._drawn = 0

    def _redraw(self) -> None:
        while not self._done.wait(REDRAW_SECONDS):
            with self._lock:
                self._erase()
                self._draw()

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write(f"\033[{self._drawn}A\033[J")
            sys.stderr.flush()
            self._drawn = 0

    def _draw(self) -> None:
        if not self._live:
            return
        room = shutil.get_terminal_size()
        # What has scrolled away cannot be drawn again.
        lines = self._lines()[-(room.lines - 1) :]
        for line in lines:
            click.echo(line, err=True)
        self._drawn = len(lines)

    def _lines(self) -> list[str]:
        width = max(map(len, self._rows), default=0)
        room = shutil.get_terminal_size().columns - width - 14
        lines: list[str] = []
        for cluster, (text, began, ended) in self._rows.items():
            took = clock((ended or time.monotonic()) - began)
            # A line that wraps would be two.
            shown = text.splitlines()[0] if text else ""
            shown = shown if len(shown) <= room else shown[: max(room - 1, 1)] + "…"
            colour = next((c for word, c in _COLOURS.items() if text.startswith(word)), None)
            lines.append(f"{cluster.ljust(width)}  {took:>10}  {click.style(shown, fg=colour)}")
        return lines
