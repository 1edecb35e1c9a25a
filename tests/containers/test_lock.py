"""What several processes of a run do one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelinegen.containers.lock import alone, forget

OTHER = """
from pipelinegen.containers.lock import alone
print("asks", flush=True)
with alone("run", "db"):
    print("has it", flush=True)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_another_process_waits_until_it_is_done() -> None:
    with alone("run", "db"):
        other = subprocess.Popen([sys.executable, "-c", OTHER], stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline() == "asks\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.3)
    told, _ = other.communicate(timeout=20)
    assert told == "has it\n"


def test_a_run_that_has_ended_leaves_no_file_and_others_keep_theirs(tmp_path: Path) -> None:
    for run in ("shop", "shop-2"):
        with alone(run, "db") as lock:
            lock.with_suffix(".failed").write_text("why")
    forget("shop")
    forget("never-was")
    assert sorted(file.name for file in tmp_path.rglob("*") if file.is_file()) == [
        "db.failed",
        "db.lock",
    ]
    assert {file.parent.name for file in tmp_path.rglob("*.lock")} == {"shop-2"}
