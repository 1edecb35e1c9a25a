"""The steps and every Jenkinsfile that is generated hold to CodeNarc's rules for Jenkins."""

from __future__ import annotations

from pathlib import Path

from pipelinegen import data
from tests.lab.codenarc import codenarc

ROOT = Path(__file__).parents[2]


def test_the_steps_and_every_generated_jenkinsfile_pass_codenarc() -> None:
    files = [*data.library().glob("*.groovy"), *(ROOT / "tests/golden").rglob("Jenkinsfile")]
    files.append(ROOT / "sample-service/Jenkinsfile")
    assert len(files) > 20
    sources = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in files}
    assert codenarc(sources) == []
