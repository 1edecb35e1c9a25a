"""What the containers printed while a test failed: in its report, and beside the junit file."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

from pipelinegen.containers.daemon import errors
from pipelinegen.testing.browser import keep
from pipelinegen.testing.plugin import BEGAN, WINDOW
from pipelinegen.testing.session import Session

LINES = 50


def attach(item: pytest.Item, report: pytest.TestReport, session: Session) -> None:
    """Add the containers' logs to a report.

    Args:
        item: the test.
        report: its report.
        session: whose containers they are.
    """
    folder = _folder(item.config)
    if window := item.stash.get(WINDOW, None):
        kept = keep(window, folder or Path("reports"), item.nodeid)
        report.sections.append(("The browser's window", "\n".join(map(str, kept))))
    since = item.stash.get(BEGAN, report.start)
    for name, started in session.started.items():
        with contextlib.suppress(*errors()):
            log = started.logs(since=since)
            shown = log.splitlines()[-LINES:]
            if shown:
                report.sections.append((f"Log of {name} ({started.image})", "\n".join(shown)))
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                test = re.sub(r"[^\w.-]+", "_", item.nodeid)[-150:]
                (folder / f"{test}.{name}.log").write_text(started.logs(), "utf-8")


def _folder(config: pytest.Config) -> Path | None:
    """Beside the junit file, which the pipeline keeps together with it."""
    junit = getattr(config.option, "xmlpath", None)
    return Path(junit).absolute().parent / "containers" if junit else None
