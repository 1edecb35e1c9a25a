"""The wheel, installed in an empty environment and used from outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from pipelinegen import __version__
from tests.configs import DOCKERFILE, HEAD, PLATFORM
from tests.helpers import write_tree

TOP = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints, in an environment in which no checkout can be imported."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "VIRTUAL_ENV"))}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment in which only the wheel was installed."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, TOP, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "env", with_pip=True)
    run(folder / "env" / "bin" / "pip", "install", "--quiet", wheel, cwd=folder)
    return folder / "env" / "bin"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service in a folder with a space in its name."""
    folder = tmp_path / "my services" / "orders"
    files = {
        "platform.yaml": PLATFORM,
        "Dockerfile": DOCKERFILE,
        "pipeline.yaml": HEAD + "platform: platform.yaml\ntests: {unit: {run: pytest}}\n",
    }
    return write_tree(folder, files)


def test_the_installed_program_says_its_version(programs: Path, tmp_path: Path) -> None:
    assert run(programs / "pipelinegen", "--version", cwd=tmp_path).strip() == (
        f"pipelinegen {__version__}"
    )


def test_the_installed_program_generates_everything(programs: Path, service: Path) -> None:
    run(programs / "pipelinegen", "generate", cwd=service)
    made = {path.relative_to(service).as_posix() for path in service.rglob("*") if path.is_file()}
    assert made >= {
        "Jenkinsfile",
        "deploy/values.yaml",
        "deploy/values-eu-west-1.yaml",
        "deploy/values-us-east-1.yaml",
        "pipelinegen.lock",
        ".pipelinegen/tools.Dockerfile",
        ".pipelinegen/pipeline.schema.json",
    }
    assert run(programs / "pipelinegen", "generate", "--check", cwd=service) == ""


def test_the_installed_program_brings_the_chart_and_the_schemas(
    programs: Path, service: Path
) -> None:
    chart = Path(run(programs / "pipelinegen", "chart", cwd=service).strip())
    assert (chart / "templates" / "deployment.yaml").is_file()
    assert "replicas: 2" in run(programs / "pipelinegen", "values", cwd=service)
    for kind in ("pipeline", "platform"):
        assert "$schema" in run(programs / "pipelinegen", "schema", kind, cwd=service)


def test_the_wheel_brings_the_steps_and_templates(programs: Path, tmp_path: Path) -> None:
    code = (
        "from pipelinegen import data\n"
        "print(*(len(list(f().rglob(p))) for f, p in "
        "((data.library, '*.groovy'), (data.library, '*.txt'), (data.templates, '*.j2'))))"
    )
    inside = run(programs / "python", "-c", code, cwd=tmp_path).split()
    beside = [
        str(len(list((TOP / folder).rglob(pattern))))
        for folder, pattern in (
            ("vars", "*.groovy"),
            ("vars", "*.txt"),
            ("jenkins-templates", "*.j2"),
        )
    ]
    assert inside == beside
