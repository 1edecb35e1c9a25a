"""The end of a run, for a terminal and as a page."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import click
import pytest
from hypothesis import given

from pipelinegen.commands.run import write_report
from pipelinegen.errors import OutsideError
from pipelinegen.plan.imagebuild import ImageBuild
from pipelinegen.run.junit import Failure, Tally
from pipelinegen.run.report import page
from pipelinegen.run.runner import Result, State
from pipelinegen.run.screen import duration
from pipelinegen.run.summary import MOST_FAILURES, summary
from pipelinegen.run.work import Work
from tests.strategies import texts


def result(name: str, state: State = "passed", **more: object) -> Result:
    made = Result(Work(name, name.title(), ImageBuild(".", "Dockerfile", None)), state)
    for key, value in more.items():
        setattr(made, key, value)
    return made


def test_the_table_has_a_line_a_stage_with_its_tests() -> None:
    shown = summary(
        [
            result("lint", seconds=1.23),
            result("unit", "failed", seconds=75, reason="the command ended with 1",
                   tests=Tally(41, 2, (Failure("a: b", "assert 1 == 2", ""),))),
            result("image", "skipped", reason="unit failed"),
        ]
    )  # fmt: skip
    assert click.unstyle(shown).splitlines() == [
        "stage  state          time  tests  failed  skipped",
        "lint   passed        1.2 s",
        "unit   failed   1 min 15 s     41       1        2  the command ended with 1",
        "image  skipped                                      unit failed",
        "",
        "unit: a: b",
        "    assert 1 == 2",
    ]


def test_of_many_failures_the_first_are_shown_and_the_others_counted() -> None:
    failures = tuple(Failure(f"t{number}", "", "") for number in range(MOST_FAILURES + 7))
    shown = summary([result("unit", "failed", tests=Tally(30, 0, failures))])
    assert f"unit: t{MOST_FAILURES - 1}" in shown
    assert f"unit: t{MOST_FAILURES}\n" not in click.unstyle(shown)
    assert shown.splitlines()[-1] == "… and 7 more failed tests"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 00 s")],
)
def test_a_time_is_told_as_people_do(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@given(texts())
def test_the_page_shows_any_text_as_text(text: str) -> None:
    failure = Failure(f"<b>{text}", text, text)
    shown = page(text, text, [result("unit", "failed", reason=text, lines=deque([text]),
                                     tests=Tally(1, 0, (failure,)))])  # fmt: skip
    assert "<b>" not in shown
    assert "<script" not in shown.lower()


def test_the_page_needs_no_other_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "report.html"
    write_report(
        file, "orders", "main", [result("unit", tests=Tally(3, 1), lines=deque(["\x1b[31mred"]))]
    )
    shown = file.read_text("utf-8")
    assert "orders" in shown
    assert ">red<" in shown  # without the colour's control characters
    assert "src=" not in shown
    assert "http" not in shown


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutsideError, match="cannot be written"):
        write_report(tmp_path / "file" / "report.html", "orders", "main", [])
