"""Whatever a person wrote into a generated file, it is there after `generate`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelinegen.errors import Refused
from pipelinegen.workspace import apply
from tests.strategies import texts
from tests.workspace.repository import ENVIRONMENT, commit, repository

FILE = "Jenkinsfile"

# Few different lines, so that they meet and repeat; and any text at all.
_LINES = st.sampled_from(["a", "b", "c", "}", "", "  x", "=======", "<<<<<<< a", "d\r", "\u2028"])
_DOCUMENTS = st.lists(_LINES, max_size=12).flatmap(
    lambda lines: st.sampled_from(["", "\n"]).map(lambda end: "\n".join(lines) + end)
)
ANY = _DOCUMENTS | texts(max_size=120)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in ENVIRONMENT.items():
            patched.setenv(name, value)
        return repository(tmp_path_factory.mktemp("top") / "repo")


def _lines(raw: bytes) -> list[bytes]:
    return [line.removesuffix(b"\r") for line in raw.removesuffix(b"\n").split(b"\n") if raw]


def _start(repo: Path, base: str, committed: bool) -> Path:
    """A new folder in which ``base`` was generated."""
    folder = Path(tempfile.mkdtemp(dir=repo if committed else repo.parent))
    apply(folder, {FILE: base})
    if committed:
        commit(repo)
    return folder


@settings(max_examples=100)
@given(base=ANY, edited=ANY | st.binary(max_size=60), generated=ANY, committed=st.booleans())
def test_no_line_of_a_person_is_ever_lost(
    repo: Path, base: str, edited: str | bytes, generated: str, committed: bool
) -> None:
    folder = _start(repo, base, committed)
    raw = edited.encode() if isinstance(edited, str) else edited
    (folder / FILE).write_bytes(raw)
    try:
        apply(folder, {FILE: generated})
    except Refused:  # it is not text
        assert (folder / FILE).read_bytes() == raw
        return
    theirs = set(_lines(raw)) - set(_lines(base.encode()))
    assert theirs <= set(_lines((folder / FILE).read_bytes()))
    # All settles: the next run changes nothing any more.
    after = (folder / FILE).read_bytes()
    changes = apply(folder, {FILE: generated})
    assert not any(change.writes for change in changes)
    assert (folder / FILE).read_bytes() == after


@settings(max_examples=50)
@given(documents=st.lists(ANY, min_size=1, max_size=3))
def test_what_nobody_edited_is_exactly_what_was_generated(repo: Path, documents: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(dir=repo))
    for text in documents:
        apply(folder, {FILE: text})
        assert (folder / FILE).read_bytes() == text.encode()
        before = {path: path.stat() for path in folder.iterdir()}
        apply(folder, {FILE: text})
        after = {path: path.stat() for path in folder.iterdir()}
        unchanged = [(s.st_ino, s.st_mtime_ns) for s in before.values()]
        assert [(s.st_ino, s.st_mtime_ns) for s in after.values()] == unchanged
