"""``--report``: what happened, as one page of HTML that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pipelinegen.render.templates import render
from pipelinegen.run.runner import Result
from pipelinegen.run.screen import duration


def page(service: str, branch: str, results: Sequence[Result]) -> str:
    """The page's text; what the stages printed is shown as text, without colours."""
    return render(
        "report.html.j2",
        service=service,
        branch=branch,
        failed=sum(result.state == "failed" for result in results),
        stages=[
            {
                "name": result.work.name,
                "title": result.work.title,
                "state": result.state,
                "reason": result.reason,
                "time": duration(result.seconds) if result.seconds else "",
                "tests": result.tests,
                "failures": result.tests.failures if result.tests else (),
                "log": "\n".join(click.unstyle(line) for line in result.lines),
            }
            for result in results
        ],
    )
