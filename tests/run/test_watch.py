"""``--watch``: what starts another run, and what does not."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from queue import Empty, Queue

import pytest

from pipelinegen.run.watch import changes
from tests.helpers import write_tree

DEADLINE = 20


class Watched:
    """A watcher in a thread of its own, so that a test can wait for it with a deadline."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.during: dict[str, str] = {}
        self.found: Queue[set[str]] = Queue()
        self._ready = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        assert self._ready.wait(DEADLINE)

    def _watch(self) -> None:
        for paths in changes(self.root, ["reports/*.xml", "**/target/*.xml"]):
            if paths:
                self.found.put(paths)
            write_tree(self.root, self.during)
            self.during = {}
            self._ready.set()

    def write(self, *paths: str) -> None:
        write_tree(self.root, dict.fromkeys(paths, "changed"))

    def wait(self) -> set[str]:
        return self.found.get(timeout=DEADLINE)

    def within(self, seconds: float) -> set[str] | None:
        try:
            return self.found.get(timeout=seconds)
        except Empty:
            return None


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write_tree(tmp_path, {".gitignore": "build/\n", "src/a.py": "", "b.py": ""})
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", tmp_path, *command], check=True)
    return tmp_path


def told_at_last(watched: Watched) -> set[str]:
    """A new file; the first ones may come while it still looks for what the stage made."""
    for attempt in range(DEADLINE):
        watched.write(f"new-{attempt}.py")
        if found := watched.within(1):
            assert any(name.startswith("new-") for name in found)
            return found
    pytest.fail("no new file was told")


def test_a_changed_file_is_told_and_another_time_too(repository: Path) -> None:
    watched = Watched(repository)
    watched.write("src/a.py")
    assert watched.wait() == {"src/a.py"}
    watched.write("b.py")
    assert watched.wait() == {"b.py"}


def test_while_a_stage_runs_only_tracked_files_count(repository: Path) -> None:
    watched = Watched(repository)
    watched.during = {"made.txt": "by the stage", "b.py": "edited meanwhile"}
    watched.write("src/a.py")
    assert watched.wait() == {"src/a.py"}
    assert watched.wait() == {"b.py"}


def test_a_new_file_counts_when_nothing_runs(repository: Path) -> None:
    told_at_last(Watched(repository))


def test_reports_and_what_git_ignores_do_not_count(repository: Path) -> None:
    watched = Watched(repository)
    watched.write("reports/unit.xml", "m/target/a.xml", "build/x.o")
    watched.write("b.py")
    assert watched.wait() == {"b.py"}


def test_without_git_every_file_counts(tmp_path: Path) -> None:
    told_at_last(Watched(tmp_path))


def test_without_git_what_a_stage_makes_does_not_count(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.during = {"made.txt": "by the stage"}
    assert "made.txt" not in told_at_last(watched)
    assert "made.txt" not in told_at_last(watched)
