"""``--watch`` with real containers: what is changed runs again, the service's files as well."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.e2e.run.echo import DEADLINE, PIPELINEGEN, configure


@contextlib.contextmanager
def watching(service: Path) -> Iterator[subprocess.Popen[str]]:
    """``run --watch`` in a repository that has everything committed; ended at the deadline."""
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=service, check=True)
    with subprocess.Popen(
        [*PIPELINEGEN, "run", "unit", "--watch"],
        cwd=service,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        late = threading.Timer(DEADLINE, process.kill)
        late.start()
        yield process
        late.cancel()


def test_watch_runs_again_when_a_file_changes(service: Path) -> None:
    configure(service, "cat text")
    (service / "text").write_text("first\n")
    seen: list[str] = []
    with watching(service) as process:
        assert process.stderr is not None
        for line in process.stderr:
            seen.append(line.rstrip())
            if seen[-1].endswith("│ first"):
                (service / "text").write_text("second\n")
            if seen[-1].endswith("│ second"):
                process.send_signal(signal.SIGINT)
    assert any(line.startswith("Changed: ") for line in seen)
    assert process.returncode == 130


def test_watch_reads_the_services_files_anew(service: Path) -> None:
    steps: list[tuple[str, Callable[[], object]]] = [
        ("│ hello", lambda: (service / "pipeline.yaml").write_text("tests: [")),
        ("pipeline.yaml:1:", lambda: configure(service, "echo again")),
        ("│ again", lambda: process.send_signal(signal.SIGINT)),
    ]
    with watching(service) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if steps and steps[0][0] in line:
                steps.pop(0)[1]()
    assert steps == []
    assert process.returncode == 130
