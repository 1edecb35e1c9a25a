"""The end of a run: a table of its stages, and the first lines of each failed test."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pipelinegen.run.runner import Result
from pipelinegen.run.screen import duration

MOST_FAILURES = 20
_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow", "waiting": "yellow"}
_HEAD = ("stage", "state", "time", "tests", "failed", "skipped")


def summary(results: Sequence[Result]) -> str:
    """The table and the failures, for a terminal."""
    rows = [_HEAD, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = []
    for row, result in zip(rows, [None, *results], strict=True):
        cells = [
            text.ljust(width) if column < 2 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        if result:
            cells[1] = click.style(cells[1], fg=_COLOURS.get(result.state))
        reason = f"  {result.reason}" if result and result.reason else ""
        lines.append(("  ".join(cells) + reason).rstrip())
    return "\n".join([*lines, *_failures(results)])


def _row(result: Result) -> tuple[str, ...]:
    time = duration(result.seconds) if result.seconds else ""
    tests = result.tests
    counts = (str(tests.run), str(tests.failed), str(tests.skipped)) if tests else ("", "", "")
    return (result.work.name, result.state, time, *counts)


def _failures(results: Sequence[Result]) -> list[str]:
    found = [
        (result.work.name, failure)
        for result in results
        if result.tests
        for failure in result.tests.failures
    ]
    lines: list[str] = []
    for stage, failure in found[:MOST_FAILURES]:
        lines += ["", click.style(f"{stage}: {failure.name}", fg="red")]
        lines += [f"    {text}" for text in failure.first_lines()]
    if len(found) > MOST_FAILURES:
        lines += ["", f"… and {len(found) - MOST_FAILURES} more failed tests"]
    return lines
