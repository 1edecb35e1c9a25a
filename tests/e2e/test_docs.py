"""The pages about testing: their files are written, and their commands run, as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import TOP, Docker
from tests.helpers import write_tree

PAGES = sorted((TOP / "docs" / "testing").glob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
NAMED = re.compile(r"^(?:#|--|//) (\S+\.\w+|Dockerfile)\n")


def blocks(page: Path) -> list[tuple[str, str]]:
    """The fenced blocks with their languages."""
    return FENCE.findall(page.read_text("utf-8"))


def test_there_are_pages() -> None:
    assert [page.stem for page in PAGES] == ["browsers", "postgres", "system"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_run(docker_ready: Docker, tmp_path: Path, page: Path) -> None:
    folder = tmp_path / "my service"
    folder.mkdir()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    found = blocks(page)
    write_tree(folder, {match[1]: text for _, text in found if (match := NAMED.match(text))})
    scripts = [re.sub(r"^\$ ", "", text, flags=re.M) for kind, text in found if kind == "console"]
    assert scripts
    for script in scripts:
        done = subprocess.run(
            ["bash", "-euc", script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}"
