"""The sample's tests as a developer runs them: pytest on the machine, the rest in containers."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
import venv
from pathlib import Path

import pytest

from pipelinegen.plan.model import BUILD_LABEL
from tests.e2e.conftest import TOP, Clone
from tests.lab.docker.cli import listed

pytestmark = pytest.mark.usefixtures("catalog")


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of the sample's own, as its requirements have it."""
    folder = tmp_path_factory.mktemp("sample") / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    requirements = str(TOP / "sample-service" / "requirements.txt")
    wanted = ["-r", requirements, f"{TOP}[testing]", "pytest-xdist"]
    pip = [str(python), "-m", "pip", "install", "--quiet", *wanted]
    subprocess.run(pip, check=True, stdout=sys.stderr)
    return python


def pytest_of(python: Path, folder: Path, *arguments: str) -> str:
    """What pytest prints; it has to end well."""
    said = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [str(python), "-m", "pytest", *arguments],
        cwd=folder,
        env=said,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("workers", ["0", "4"])
def test_all_of_it_passes(
    python: Path, clone: Clone, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    folder, mark = clone("sample-service"), f"e2e-{uuid.uuid4().hex[:8]}"
    kinds = [f"tests/{kind}" for kind in ("integration", "browsers", "system")]
    monkeypatch.setenv("PIPELINEGEN_BUILD", mark)
    told = pytest_of(python, folder, *kinds, "-n", workers, "--dependency-report")
    assert " 23 passed in " in told
    assert "system: http://" in told
    for kind in ("container", "network"):
        assert not listed(kind, f"label={BUILD_LABEL}={mark}")


def test_the_system_tests_pass_with_urls_by_hand(python: Path, clone: Clone) -> None:
    folder = clone("sample-service")
    ours = [sys.executable, "-m", "pipelinegen", "system"]
    up = [*ours, "up", "--env-file", "system.env"]
    subprocess.run(up, cwd=folder, check=True, capture_output=True)
    try:
        options = ["--dependency-file", "system.env", "--dependency-report"]
        told = pytest_of(python, folder, "tests/system", *options)
        assert " 5 passed in " in told
        assert "from SYSTEM_URL in system.env" in told
        assert "from CATALOG_URL in system.env" in told
        assert "starting" not in told
    finally:
        subprocess.run([*ours, "down"], cwd=folder, check=True, capture_output=True)
