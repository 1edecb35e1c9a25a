"""What a deployment prints: on a terminal a table of its clusters, else a line for each change."""

from __future__ import annotations

import shutil
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
                self._write("")

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
            self._write(text)

    def forget(self) -> None:
        """The clusters are done: what was drawn of them stays, and the next ones begin."""
        with self._lock:
            shown = "\n".join(self._lines()) if self._live else ""
            self._rows.clear()
            self._write(shown)

    def _redraw(self) -> None:
        while not self._done.wait(REDRAW_SECONDS):
            with self._lock:
                self._write("")

    def _write(self, text: str) -> None:
        """Something that stays, and below it the table; at once, so that nothing flickers."""
        lines = [text] if text else []
        up = f"\033[{self._drawn}A\033[J" if self._drawn else ""
        if self._live:
            # What has scrolled away cannot be drawn again.
            table = self._lines()[-(shutil.get_terminal_size().lines - 1) :]
            self._drawn = len(table)
            lines += table
        if up or lines:
            text = up + "".join(f"{line}\n" for line in lines)
            # On a terminal all of it is for the terminal; elsewhere click takes colours out.
            click.echo(text, err=True, nl=False, color=self._live or None)

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
