"""Generated files meet what a person did to them."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelinegen.errors import NO, OUTSIDE, InputError, OutsideError, Refused
from pipelinegen.workspace import Outcome, apply, lock, merge, plan_changes
from pipelinegen.workspace.apply import BASES
from tests.helpers import read_tree, write_tree
from tests.workspace.repository import ENVIRONMENT, commit, edit, git, repository

JENKINS = "Jenkinsfile"
EU = "deploy/values-eu.yaml"
TEXT = "".join(f"line {number}\n" for number in range(1, 21))
FILES = {JENKINS: TEXT, EU: "region: eu\nreplicas: 2\n"}
CHANGED = {**FILES, JENKINS: TEXT.replace("line 18\n", "line 18 is new\n")}
AGAIN = {**FILES, JENKINS: TEXT.replace("line 18\n", "line 18 is newer\n")}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository in which the files were generated and committed."""
    folder = repository(tmp_path / "repo")
    apply(folder, FILES)
    commit(folder)
    return folder


def outcomes(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """What an apply does to each file, in names; the lock goes without saying."""
    done = apply(folder, files)
    return {c.path: c.outcome.name for c in done if c.path != lock.FILE}


def outcome(folder: Path, files: dict[str, str], path: str = JENKINS) -> str:
    return outcomes(folder, files)[path]


def text(folder: Path, path: str = JENKINS) -> str:
    return (folder / path).read_bytes().decode()


def states(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file's inode and time: what changes when it is written, even with the same text."""
    files = [file for file in folder.rglob("*") if file.is_file() and ".git" not in file.parts]
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def test_the_first_run_creates_all_files_and_the_lock(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repo")
    assert outcomes(folder, FILES) == {JENKINS: "CREATED", EU: "CREATED"}
    assert read_tree(folder).keys() == {JENKINS, EU, lock.FILE}
    assert {path: text(folder, path) for path in FILES} == FILES


def test_the_second_run_writes_nothing(repo: Path) -> None:
    before = states(repo)
    assert outcomes(repo, FILES) == {JENKINS: "SAME", EU: "SAME"}
    assert states(repo) == before


def test_a_file_nobody_edited_follows_the_config(repo: Path) -> None:
    assert outcomes(repo, CHANGED) == {JENKINS: "UPDATED", EU: "SAME"}
    assert text(repo) == CHANGED[JENKINS]


def test_an_edit_stays_while_the_config_does(repo: Path) -> None:
    edit(repo / JENKINS, "line 3\n", "line 3 by hand\n")
    edited = text(repo)
    assert outcome(repo, FILES) == "KEPT"
    assert text(repo) == edited


def test_an_edit_and_a_change_elsewhere_are_merged(repo: Path) -> None:
    edit(repo / JENKINS, "line 3\n", "line 3 by hand\n")
    assert outcome(repo, CHANGED) == "MERGED"
    assert text(repo) == CHANGED[JENKINS].replace("line 3\n", "line 3 by hand\n")


def test_an_edit_is_merged_again_and_again_on_any_clone(repo: Path, tmp_path: Path) -> None:
    """What is generated for an edited file never gets into git as a file of its own."""
    edit(repo / JENKINS, "line 3\n", "line 3 by hand\n")
    commit(repo)
    assert outcome(repo, CHANGED) == "MERGED"
    commit(repo)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo}", "clone")
    clone = tmp_path / "clone"
    assert outcome(clone, AGAIN) == "MERGED"
    assert text(clone) == AGAIN[JENKINS].replace("line 3\n", "line 3 by hand\n")


def test_putting_an_updated_file_back_is_no_edit(repo: Path) -> None:
    assert outcome(repo, CHANGED) == "UPDATED"
    git(repo, "checkout", "--", JENKINS)
    assert outcome(repo, CHANGED) == "UPDATED"
    assert text(repo) == CHANGED[JENKINS]


def test_putting_a_merged_file_back_does_not_lose_what_was_generated(repo: Path) -> None:
    edit(repo / JENKINS, "line 3\n", "line 3 by hand\n")
    commit(repo)
    assert outcome(repo, CHANGED) == "MERGED"
    git(repo, "checkout", "--", JENKINS)
    assert outcome(repo, CHANGED) == "MERGED"
    assert text(repo) == CHANGED[JENKINS].replace("line 3\n", "line 3 by hand\n")


def test_throwing_a_conflict_away_brings_it_back(repo: Path) -> None:
    edit(repo / JENKINS, "line 18\n", "line 18 by hand\n")
    commit(repo)
    assert outcome(repo, CHANGED) == "CONFLICT"
    conflict = text(repo)
    git(repo, "checkout", "--", JENKINS)
    assert outcome(repo, CHANGED) == "CONFLICT"
    assert text(repo) == conflict


def test_the_kept_base_goes_when_the_edit_is_taken_back(repo: Path) -> None:
    edit(repo / JENKINS, "line 3\n", "line 3 by hand\n")
    apply(repo, CHANGED)
    assert text(repo, f"{BASES}/{JENKINS}") == CHANGED[JENKINS]
    (repo / JENKINS).unlink()
    apply(repo, CHANGED)
    assert not (repo / ".pipelinegen").exists()


def test_an_edit_that_was_never_committed_is_merged_once_generate_saw_it(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repo")
    apply(folder, FILES)
    edit(folder / JENKINS, "line 3\n", "line 3 by hand\n")
    assert outcome(folder, FILES) == "KEPT"
    assert outcome(folder, CHANGED) == "MERGED"


def test_both_changing_one_line_is_a_conflict_that_shows_all_three(repo: Path) -> None:
    edit(repo / JENKINS, "line 18\n", "line 18 by hand\n")
    assert outcome(repo, CHANGED) == "CONFLICT"
    conflict = (
        "<<<<<<< your edit\nline 18 by hand\n||||||| generated before\nline 18\n=======\n"
        "line 18 is new\n>>>>>>> generated now\n"
    )
    assert text(repo) == TEXT.replace("line 18\n", conflict)


def test_a_conflict_is_named_until_it_is_resolved(repo: Path) -> None:
    edit(repo / JENKINS, "line 18\n", "line 18 by hand\n")
    apply(repo, CHANGED)
    marked = text(repo)
    assert outcome(repo, CHANGED) == "UNRESOLVED"
    assert outcome(repo, AGAIN) == "UNRESOLVED"
    assert text(repo) == marked
    write_tree(repo, {JENKINS: TEXT.replace("line 18\n", "line 18 by both\n")})
    assert outcome(repo, CHANGED) == "KEPT"
    assert outcome(repo, CHANGED | {EU: "region: eu\n"}) == "KEPT"


@pytest.mark.parametrize("marker", ["<<<<<<< your edit", "||||||| base", ">>>>>>> generated now"])
def test_half_a_resolution_is_none(repo: Path, marker: str) -> None:
    write_tree(repo, {JENKINS: f"{TEXT}{marker}\n"})
    assert outcome(repo, CHANGED) == "UNRESOLVED"


def test_a_file_of_somebody_else_stops_everything(tmp_path: Path) -> None:
    folder = write_tree(repository(tmp_path / "a repo"), {JENKINS: "node { sh 'make' }\n"})
    with pytest.raises(Refused) as caught:
        apply(folder, FILES)
    assert caught.value.exit_code == NO
    assert read_tree(folder) == {JENKINS: "node { sh 'make' }\n"}
    told = str(caught.value)
    file = folder / JENKINS
    assert f"{file}: stands where a file is generated, and pipelinegen did not write" in told
    assert told.endswith("Nothing was written.")
    mend = told.split("then run again: ")[1].splitlines()[0]
    subprocess.run(mend, shell=True, check=True)  # the message's command is one that works
    assert outcome(folder, FILES) == "CREATED"
    assert text(folder, f"{JENKINS}.old") == "node { sh 'make' }\n"


def test_a_lost_lock_is_not_taken_for_a_foreign_file(repo: Path) -> None:
    apply(repo, {JENKINS: f"// Made by pipelinegen 1\n{TEXT}"})
    (repo / lock.FILE).unlink()
    with pytest.raises(Refused, match="restore the lock: git checkout --"):
        apply(repo, FILES)


def test_a_lost_lock_of_unchanged_files_is_made_again(repo: Path) -> None:
    before = text(repo, lock.FILE)
    (repo / lock.FILE).unlink()
    assert [c.path for c in plan_changes(repo, FILES) if c.writes] == [lock.FILE]
    apply(repo, FILES)
    assert text(repo, lock.FILE) == before


def test_what_is_no_longer_asked_for_goes_with_its_folder(repo: Path) -> None:
    assert outcome(repo, {JENKINS: TEXT}, EU) == "REMOVED"
    assert not (repo / "deploy").exists()
    assert EU not in text(repo, lock.FILE)
    assert outcomes(repo, {JENKINS: TEXT}) == {JENKINS: "SAME"}


def test_a_folder_that_holds_something_else_stays(repo: Path) -> None:
    write_tree(repo, {"deploy/notes.md": "mine\n"})
    assert outcome(repo, {JENKINS: TEXT}, EU) == "REMOVED"
    assert text(repo, "deploy/notes.md") == "mine\n"


def test_an_edited_file_that_is_no_longer_asked_for_is_named_each_time(repo: Path) -> None:
    edit(repo / EU, "replicas: 2\n", "replicas: 7\n")
    for _ in range(2):
        assert outcome(repo, {JENKINS: TEXT}, EU) == "ORPHAN"
        assert text(repo, EU) == "region: eu\nreplicas: 7\n"
    (repo / EU).unlink()
    apply(repo, {JENKINS: TEXT})
    assert EU not in text(repo, lock.FILE)


def test_an_edited_file_that_is_asked_for_again_is_merged(repo: Path) -> None:
    edit(repo / EU, "replicas: 2\n", "replicas: 7\n")
    apply(repo, {JENKINS: TEXT})
    assert outcome(repo, FILES, EU) == "KEPT"


def test_a_deleted_file_comes_back(repo: Path) -> None:
    (repo / EU).unlink()
    assert outcome(repo, FILES, EU) == "CREATED"
    assert text(repo, EU) == FILES[EU]


def test_a_checkout_with_windows_line_ends_is_no_edit(repo: Path) -> None:
    for path in (*FILES, lock.FILE):
        raw = (repo / path).read_bytes()
        (repo / path).write_bytes(raw.replace(b"\n", b"\r\n"))
    before = states(repo)
    assert outcomes(repo, FILES) == {JENKINS: "SAME", EU: "SAME"}
    assert states(repo) == before
    assert outcome(repo, CHANGED) == "UPDATED"
    assert (repo / JENKINS).read_bytes() == CHANGED[JENKINS].replace("\n", "\r\n").encode()


def test_a_line_with_a_windows_end_of_its_own_is_kept_as_it_is(repo: Path) -> None:
    edit(repo / JENKINS, "line 3\n", "line 3\r\n")
    assert outcome(repo, CHANGED) == "MERGED"
    assert b"line 3\r\n" in (repo / JENKINS).read_bytes()
    assert b"line 4\n" in (repo / JENKINS).read_bytes()


def test_bytes_that_are_not_utf_8_survive(repo: Path) -> None:
    raw = (repo / JENKINS).read_bytes().replace(b"line 3\n", b"line 3 caf\xe9 \xff\n")
    (repo / JENKINS).write_bytes(raw)
    assert outcome(repo, FILES) == "KEPT"
    assert outcome(repo, CHANGED) == "MERGED"
    assert (repo / JENKINS).read_bytes() == raw.replace(b"line 18\n", b"line 18 is new\n")


def test_a_file_saved_as_utf_16_is_kept_and_explained(repo: Path) -> None:
    raw = TEXT.encode("utf-16")
    (repo / JENKINS).write_bytes(raw)
    with pytest.raises(Refused, match="save it as UTF-8"):
        apply(repo, CHANGED)
    assert (repo / JENKINS).read_bytes() == raw


def test_a_file_keeps_its_mode_and_a_new_one_gets_the_umask_s(repo: Path) -> None:
    (repo / JENKINS).chmod(0o755)
    mask = os.umask(0o027)
    try:
        apply(repo, {**CHANGED, "deploy/values-us.yaml": "region: us\n"})
    finally:
        os.umask(mask)
    modes = [stat.S_IMODE((repo / p).stat().st_mode) for p in (JENKINS, "deploy/values-us.yaml")]
    assert modes == [0o755, 0o640]


@pytest.mark.parametrize("link, target", [(JENKINS, "ci/Jenkinsfile"), ("deploy", "ops/values")])
def test_a_link_inside_the_repository_is_written_through(
    repo: Path, link: str, target: str
) -> None:
    (repo / target).parent.mkdir()
    (repo / link).rename(repo / target)
    (repo / link).symlink_to(target)
    changed = {**CHANGED, EU: "region: eu\n"}
    assert outcomes(repo, changed) == {JENKINS: "UPDATED", EU: "UPDATED"}
    assert (repo / link).is_symlink()
    assert not (repo / target).is_symlink()
    assert {path: text(repo, path) for path in changed} == changed
    assert outcome(repo, {JENKINS: TEXT}, EU) == "REMOVED"


@pytest.mark.parametrize("link", [JENKINS, "deploy"])
def test_a_link_that_leads_out_is_refused(tmp_path: Path, link: str) -> None:
    write_tree(tmp_path, {"out/values-eu.yaml": "mine\n"})
    folder = repository(tmp_path / "repo")
    (folder / link).symlink_to(tmp_path / "out" / ("new" if link == JENKINS else ""))
    with pytest.raises(Refused, match="a link that leads out of the service's folder"):
        apply(folder, FILES)
    assert read_tree(tmp_path / "out") == {"values-eu.yaml": "mine\n"}
    assert not (folder / lock.FILE).exists()


def test_a_link_to_itself_is_a_clear_error(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repo")
    (folder / JENKINS).symlink_to(JENKINS)
    with pytest.raises(OutsideError, match="Jenkinsfile: cannot be read: Too many levels"):
        apply(folder, FILES)


@pytest.mark.parametrize(
    "standing, told",
    [
        (f"{JENKINS}/mine.txt", "Jenkinsfile: a folder stands where a file is generated"),
        ("deploy", "deploy: a file stands where a folder is needed"),
    ],
)
def test_a_folder_for_a_file_or_a_file_for_a_folder_is_refused(
    tmp_path: Path, standing: str, told: str
) -> None:
    folder = write_tree(repository(tmp_path / "repo"), {standing: "mine\n"})
    with pytest.raises(Refused, match=told):
        apply(folder, FILES)
    assert read_tree(folder) == {standing: "mine\n"}


def test_a_full_disk_is_told_and_leaves_nothing_half_done(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_tree(repo)

    def full(path: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OutsideError, match="cannot be written: No space left") as caught:
            apply(repo, CHANGED)
    assert caught.value.exit_code == OUTSIDE
    assert read_tree(repo) == before
    assert outcome(repo, CHANGED) == "UPDATED"


def test_what_is_saved_in_an_editor_during_the_run_is_not_overwritten(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(repo / JENKINS, "line 3\n", "line 3 by hand\n")
    real = merge.merge

    def slow(yours: str, base: str | None, generated: str) -> tuple[str, bool]:
        edit(repo / JENKINS, "line 5\n", "line 5 saved meanwhile\n")
        return real(yours, base, generated)

    with monkeypatch.context() as patched:
        patched.setattr(merge, "merge", slow)
        with pytest.raises(Refused, match="was changed meanwhile; run again"):
            apply(repo, CHANGED)
    assert "line 5 saved meanwhile\n" in text(repo)
    assert outcome(repo, CHANGED) == "MERGED"
    assert {"line 3 by hand", "line 5 saved meanwhile", "line 18 is new"} <= set(
        text(repo).splitlines()
    )


@pytest.mark.parametrize(
    "content, told",
    [
        (b"<<<<<<< HEAD\nversion: '1'\n", "it has conflict markers"),
        (b'version: "1"\nfiles:\n<<<<<<< HEAD\n=======\n>>>>>>> x\n', "it has conflict markers"),
        (b"[]\n", "pipelinegen does not write the line `\\[\\]`"),
        (b'version: "1"\nfiles:\n  ../../x: ' + b"a" * 40, "does not write the line"),
        (b'version: "1"\nfiles:\n  /etc/x: ' + b"a" * 40, "does not write the line"),
        (b'version: "1"\nfiles:\n  Jenkinsfile: 12\n', "does not write the line"),
        (b"files: {}\n", "its `version` is missing"),
        (b"\xff\xfe", "it is not text"),
    ],
)
def test_a_broken_lock_is_named_with_the_mend(repo: Path, content: bytes, told: str) -> None:
    before = read_tree(repo)
    (repo / lock.FILE).write_bytes(content)
    with pytest.raises(InputError, match=f"pipelinegen.lock: cannot be read: .*{told}") as caught:
        apply(repo, CHANGED)
    git(repo, *str(caught.value).split("restore it: git ")[1].split(" (")[0].split())
    assert read_tree(repo) == before


def test_a_base_that_git_never_had_drops_nothing(tmp_path: Path) -> None:
    folder = repository(tmp_path / "repo")
    apply(folder, FILES)
    edit(folder / JENKINS, "line 3\n", "line 3 by hand\n")
    assert outcome(folder, CHANGED) == "CONFLICT"
    lines = set(text(folder).splitlines())
    assert {"line 3", "line 3 by hand", "line 18", "line 18 is new"} <= lines


def test_a_folder_without_git_is_merged_once_generate_saw_the_edit(tmp_path: Path) -> None:
    apply(tmp_path, FILES)
    edit(tmp_path / JENKINS, "line 3\n", "line 3 by hand\n")
    assert outcome(tmp_path, FILES) == "KEPT"
    assert outcome(tmp_path, CHANGED) == "MERGED"


def test_a_git_hook_s_variables_do_not_confuse_the_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook's GIT_DIR is relative to the repository's top, and the service is below that."""
    folder = repository(tmp_path / "repo") / "services/orders"
    folder.mkdir(parents=True)
    apply(folder, FILES)
    commit(folder)
    edit(folder / JENKINS, "line 3\n", "line 3 by hand\n")
    monkeypatch.setenv("GIT_DIR", ".git")
    assert outcome(folder, CHANGED) == "MERGED"


def test_without_git_on_the_machine_an_edit_is_safe_and_the_reason_is_told(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(repo / JENKINS, "line 3\n", "line 3 by hand\n")
    before = read_tree(repo)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(OutsideError, match="git is not installed"):
        apply(repo, CHANGED)
    assert read_tree(repo) == before


def test_after_a_kill_an_edit_of_the_older_text_does_not_undo_the_newer(repo: Path) -> None:
    """Git has both; taken for an edit of the newer one, the older lines would be the person's."""
    apply(repo, CHANGED)
    commit(repo)
    was, now = (lock.blob_id(files[JENKINS]) for files in (FILES, CHANGED))
    killed = lock.Lock("1", {JENKINS: now}, {JENKINS: was})
    edited = TEXT.replace("line 3\n", "line 3 by hand\n")
    write_tree(repo, {lock.FILE: killed.text(), JENKINS: edited})
    assert outcome(repo, {JENKINS: CHANGED[JENKINS]}) == "MERGED"
    assert text(repo) == CHANGED[JENKINS].replace("line 3\n", "line 3 by hand\n")


@pytest.fixture
def held(repo: Path) -> Iterator[Path]:
    """The repository, held by another process."""
    program = f"import fcntl, os; fcntl.flock(os.open({str(repo)!r}, 0), {fcntl.LOCK_EX})"
    waiting = f"{program}; print('held', flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", waiting], **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"held\n"
        yield repo
        process.communicate(b"\n")


def test_two_runs_at_once_do_not_mix(held: Path) -> None:
    before = read_tree(held)
    with pytest.raises(Refused, match="another pipelinegen is writing here; wait for it"):
        apply(held, CHANGED)
    assert read_tree(held) == before


def test_the_lock_s_ids_are_git_s(repo: Path) -> None:
    ids = {path: git(repo, "hash-object", path).strip() for path in FILES}
    assert lock.read(repo).files == ids


def test_the_lock_is_read_as_it_was_written() -> None:
    paths = [".pipelinegen/tools.Dockerfile", "deploy/values-eu-west-1.yaml", "y", "1", "null"]
    for digest in ("0" * 40, "1e" + "3" * 38, "a" * 40, "0" * 39 + "e"):
        made = lock.Lock("1.10", dict.fromkeys(paths, digest), {"Jenkinsfile": digest})
        assert lock.parse(Path("x"), made.text()) == made


@pytest.mark.parametrize("which", list(Outcome))
def test_every_outcome_has_a_word_of_its_own(which: Outcome) -> None:
    assert [other for other in Outcome if other.value == which.value] == [which]
