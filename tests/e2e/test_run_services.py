"""``pipelinegen run`` in services of four languages: every stage, with a real Postgres."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Clone


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelinegen", "run", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.mark.parametrize("service", ["python", "java", "go", "node"])
def test_every_stage_of_a_service_passes_here(clone: Clone, service: str) -> None:
    done = run(clone(service))
    assert done.returncode == 0, done.stderr[-4000:]
    rows = dict(re.findall(r"^([\w-]+) +passed +\S+ s *(\d*)", done.stdout, re.M))
    assert {"unit", "integration", "image"} <= rows.keys()
    # The reports are found: the table counts tests of both kinds.
    assert int(rows["unit"]) > 0
    assert int(rows["integration"]) > 0
