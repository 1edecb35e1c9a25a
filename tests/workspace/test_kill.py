"""A run that is killed, at whichever operation, leaves whole files and nothing to mend."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelinegen.workspace import Outcome, apply, lock
from pipelinegen.workspace.apply import BASES
from tests.configs import DOCKERFILE, PLATFORM
from tests.helpers import read_tree, write_tree
from tests.workspace.repository import ENVIRONMENT, commit, edit, repository

TOP = Path(__file__).parents[2]
LINES = "".join(f"line {number}\n" for number in range(1, 21))
OLD = {
    "Jenkinsfile": LINES,
    "edited": LINES,
    "deploy/values.yaml": "replicas: 1\n",
    "deploy/values-eu.yaml": "region: eu\n",
    "gone/values-us.yaml": "region: us\n",
}
NEW = {
    "Jenkinsfile": LINES.replace("line 18\n", "line 18 is new\n"),
    "edited": LINES.replace("line 18\n", "line 18 is new\n"),
    "deploy/values.yaml": "replicas: 1\n",
    "deploy/values-eu.yaml": "region: eu\nreplicas: 3\n",
    "more/values-ap.yaml": "region: ap\n",
}
BLOCKING = {outcome for outcome in Outcome if outcome.blocks}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    for name, value in {**ENVIRONMENT, "TMPDIR": str(tmp_path / "temporary")}.items():
        monkeypatch.setenv(name, value)


def killed(tmp_path: Path, source: Path, files: dict[str, str], name: str = "x") -> list[Path]:
    """A copy of the source for each operation at which an apply was killed."""
    copies, asked = tmp_path / f"copies-{name}", tmp_path / f"{name}.json"
    copies.mkdir()
    asked.write_text(json.dumps(files))
    paths = [str(path) for path in (source, copies, asked)]
    arguments = [sys.executable, "-m", "tests.workspace.killed", *paths]
    done = subprocess.run(arguments, cwd=TOP, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return sorted(copies.iterdir(), key=lambda path: int(path.name))


def _source(tmp_path: Path, generated: bool, by_hand: str = "") -> Path:
    source = repository(tmp_path / "source")
    if generated:
        apply(source, OLD)
        commit(source)
    if by_hand:
        edit(source / "edited", by_hand, f"{by_hand.strip()} by hand\n")
    return source


@pytest.mark.parametrize(
    "generated, by_hand",
    [(False, ""), (True, ""), (True, "line 3\n"), (True, "line 18\n")],
    ids=["first run", "nothing edited", "an edit to merge", "an edit in conflict"],
)
def test_a_kill_leaves_each_file_old_or_new_and_the_next_run_ends_it(
    tmp_path: Path, generated: bool, by_hand: str
) -> None:
    source = _source(tmp_path, generated, by_hand)
    before = read_tree(source)
    *copies, through = killed(tmp_path, source, NEW)
    after = read_tree(through)
    assert len(copies) > 20
    assert {path: after[path] for path in NEW if path != "edited"} == {
        path: text for path, text in NEW.items() if path != "edited"
    }
    for copy in copies:
        left = read_tree(copy)
        for path in {*OLD, *NEW}:
            assert left.get(path) in (before.get(path), after.get(path)), (copy.name, path)
        outcomes = {change.path: change.outcome for change in apply(copy, NEW)}
        assert read_tree(copy) == after, copy.name
        if by_hand != "line 18\n":
            assert not BLOCKING & set(outcomes.values()), (copy.name, outcomes)
        told = {path for path, outcome in outcomes.items() if outcome is Outcome.KEPT}
        assert told <= ({"edited"} if by_hand else set()), (copy.name, outcomes)


def test_killed_twice_with_a_config_that_changed_in_between(tmp_path: Path) -> None:
    newest = {**NEW, "Jenkinsfile": LINES.replace("line 18\n", "line 18 is newest\n")}
    once = killed(tmp_path, _source(tmp_path, True), NEW)
    for first in once[1::12]:
        for second in killed(tmp_path, first, newest, first.name)[1::5]:
            outcomes = {change.outcome for change in apply(second, newest)}
            assert not outcomes & {*BLOCKING, Outcome.KEPT, Outcome.MERGED, Outcome.ORPHAN}
            left = read_tree(second)
            assert left.keys() == {*newest, lock.FILE}, (first.name, second.name)
            assert {path: left[path] for path in newest} == newest


def test_an_edit_after_a_kill_is_merged_with_all_that_was_generated(tmp_path: Path) -> None:
    for copy in killed(tmp_path, _source(tmp_path, True), NEW):
        edit(copy / "edited", "line 3\n", "line 3 by hand\n")
        apply(copy, NEW)
        want = NEW["edited"].replace("line 3\n", "line 3 by hand\n")
        assert (copy / "edited").read_text() == want, copy.name
        assert (copy / BASES / "edited").read_text() == NEW["edited"]


SERVICES = 200


def _services(top: Path, replicas: int) -> None:
    write_tree(top, {"platform.yaml": PLATFORM})
    head = "apiVersion: pipelinegen/v1\nplatform: ../platform.yaml\n"
    for number in range(SERVICES):
        service = f"service: {{name: s-{number}, team: shop}}\n"
        text = f"{head}{service}deploy: {{replicas: {replicas}}}\n"
        files = {"Dockerfile": DOCKERFILE, "pipeline.yaml": text}
        write_tree(top / f"s-{number:03}", files)


def _start(top: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "pipelinegen", "generate", "--root", str(top)]
    return subprocess.Popen(
        arguments, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _kill_when(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    """Whether it was killed, and not through before."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "generate did not get that far"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.002)
            break
    process.kill()
    return process.wait() == -signal.SIGKILL


def test_a_real_kill_of_a_real_run_over_many_services(tmp_path: Path) -> None:
    whole, top = tmp_path / "whole", tmp_path / "killed"
    old: dict[str, str] = {}
    kills = 0
    for replicas, moments in ((2, (1, 140)), (3, (70,))):
        _services(whole, replicas)
        assert _start(whole).wait() == 0
        new = read_tree(whole)
        _services(top, replicas)
        for reached in moments:
            path = f"s-{reached:03}/deploy/values.yaml"

            def there(file: Path = top / path, want: str = new[path]) -> bool:
                return file.exists() and file.read_text() == want

            kills += _kill_when(there, _start(top))
            for name, text in read_tree(top).items():
                if not name.endswith((lock.FILE, ".pipelinegen.tmp")):
                    assert text in (old.get(name), new.get(name)), name
        assert _start(top).wait() == 0
        assert read_tree(top) == new
        old = new
    assert kills >= 2
