"""``pipelinegen generate`` as a person and as CI run it: a process, its streams, its code."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelinegen.workspace import lock
from tests.configs import DOCKERFILE, PLATFORM
from tests.helpers import read_tree, write_tree
from tests.workspace.repository import ENVIRONMENT, commit, edit, repository

TOP = Path(__file__).parents[2]
BODY = "deploy: {regions: {eu-west-1: {}, us-east-1: {replicas: 4}}}\n"
GENERATED = {
    "Jenkinsfile",
    "deploy/values.yaml",
    "deploy/values-eu-west-1.yaml",
    "deploy/values-us-east-1.yaml",
    ".pipelinegen/tools.Dockerfile",
    ".pipelinegen/pipeline.schema.json",
    ".pipelinegen/service.json",
    ".devcontainer/devcontainer.json",
    lock.FILE,
}


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(TOP), **more}


def generate(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipelinegen", "generate", *arguments],
        cwd=folder,
        env=environment(**more),
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def service(folder: Path, name: str = "orders", body: str = BODY, platform: str = ".") -> Path:
    """A service with a platform file, in its folder or above it."""
    head = f"apiVersion: pipelinegen/v1\nservice: {{name: {name}, team: shop}}\n"
    text = f"{head}platform: {platform}/platform.yaml\n{body}"
    write_tree(folder / platform, {"platform.yaml": PLATFORM})
    return write_tree(folder, {"Dockerfile": DOCKERFILE, "pipeline.yaml": text})


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with a service whose files were generated and committed."""
    folder = service(repository(tmp_path / "repo"))
    assert generate(folder).returncode == 0
    commit(folder)
    return folder


def made(folder: Path) -> dict[str, str]:
    return {path: text for path, text in read_tree(folder).items() if path in GENERATED}


def test_the_first_run_says_what_it_made_and_nothing_on_stdout(tmp_path: Path) -> None:
    done = generate(service(tmp_path))
    assert (done.returncode, done.stdout) == (0, "")
    lines = done.stderr.splitlines()
    assert {tuple(line.split()) for line in lines[:-1]} == {(p, "created") for p in GENERATED}
    assert lines[-1] == f"orders: {len(GENERATED)} created"


def test_the_second_run_says_that_all_is_up_to_date(repo: Path) -> None:
    done = generate(repo)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"orders: all {len(GENERATED) - 1} files are up to date\n"


def test_each_file_says_at_its_top_where_it_comes_from(repo: Path) -> None:
    for path in GENERATED - {lock.FILE}:
        top = "".join((repo / path).read_text().splitlines()[:2])
        assert "Made by pipelinegen" in top and "`pipelinegen generate`" in top, path
    assert "`pipelinegen generate`" in (repo / lock.FILE).read_text().splitlines()[0]


@pytest.mark.parametrize("where", ["repo", "repo/pipeline.yaml", "repo/"])
def test_a_service_is_named_by_its_folder_or_its_file(repo: Path, where: str) -> None:
    before = made(repo)
    (repo / "Jenkinsfile").unlink()
    assert generate(repo.parent, where).returncode == 0
    assert made(repo) == before


def test_a_path_with_spaces_and_umlauts_works(tmp_path: Path) -> None:
    folder = service(repository(tmp_path / "Läden im Süden"))
    assert generate(folder).returncode == 0
    commit(folder)
    edit(folder / "Jenkinsfile", "@Library", "// by hand\n@Library")
    edit(folder / "pipeline.yaml", "replicas: 4", "replicas: 5")
    done = generate(tmp_path, "Läden im Süden")
    assert (done.returncode, done.stdout) == (0, "")
    assert "kept, edited by hand" in done.stderr
    assert made(folder).keys() == GENERATED


@pytest.mark.parametrize("option, code", [("--check", 1), ("--diff", 0)])
def test_check_and_diff_show_what_would_change_and_write_nothing(
    repo: Path, option: str, code: int
) -> None:
    edit(repo / "pipeline.yaml", "replicas: 4", "replicas: 5")
    before = read_tree(repo)
    done = generate(repo, option)
    assert done.returncode == code
    assert read_tree(repo) == before
    assert "\n-replicas: 4\n+replicas: 5\n" in done.stdout
    assert "--- deploy/values-us-east-1.yaml\n+++ deploy/values-us-east-1.yaml\t(up" in done.stdout
    assert "deploy/values-us-east-1.yaml: would be updated\n" in done.stderr
    assert "Jenkinsfile" not in done.stderr
    assert ("Run `pipelinegen generate` and commit the result." in done.stderr) == (code == 1)


def test_the_shown_diff_is_one_that_git_applies(repo: Path) -> None:
    """A file each that changes, goes, comes, and is merged where its last line has no end."""
    edit(repo / "pipeline.yaml", "replicas: 4", "enabled: false}, ap-south-1: {replicas: 5")
    edit(repo / "platform.yaml", "regions:\n", "regions:\n  ap-south-1: {}\n")
    edit(repo / "platform.yaml", "      us-a: {", "      ap-a: {region: ap-south-1}\n      us-a: {")
    (repo / "Jenkinsfile").write_text((repo / "Jenkinsfile").read_text() + "// mine")
    done = generate(repo, "--diff")
    assert done.returncode == 0, done.stderr
    subprocess.run(["git", "apply", "-p0"], cwd=repo, input=done.stdout, text=True, check=True)
    check = generate(repo, "--check")
    assert (check.returncode, check.stdout) == (0, "")
    assert (repo / "Jenkinsfile").read_text().endswith("// mine")


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_without_drift_check_and_diff_are_silent_on_stdout(repo: Path, option: str) -> None:
    edit(repo / "Jenkinsfile", "@Library", "// by hand\n@Library")
    done = generate(repo, option)
    assert (done.returncode, done.stdout) == (0, "")
    assert "up to date" in done.stderr


def test_the_diff_says_where_a_last_line_has_no_end(repo: Path) -> None:
    file = repo / "deploy/values-us-east-1.yaml"
    edit(file, "replicas: 4\n", "replicas: 4\n# mine")
    edit(repo / "pipeline.yaml", "replicas: 4", "replicas: 5")
    assert "\n-# mine\n\\ No newline at end of file\n" in generate(repo, "--diff").stdout


def test_check_sees_a_file_and_a_lock_that_were_not_committed(repo: Path) -> None:
    (repo / "Jenkinsfile").unlink()
    (repo / lock.FILE).unlink()
    done = generate(repo, "--check")
    assert done.returncode == 1
    assert "Jenkinsfile: would be created\n" in done.stderr
    assert f"{lock.FILE}: would be created\n" in done.stderr


def test_a_conflict_ends_with_1_until_it_is_resolved(repo: Path) -> None:
    file = repo / "deploy/values-us-east-1.yaml"
    edit(file, "replicas: 4", "replicas: 9")
    edit(repo / "pipeline.yaml", "replicas: 4", "replicas: 5")
    first, second, check = generate(repo), generate(repo), generate(repo, "--check")
    assert [run.returncode for run in (first, second, check)] == [1, 1, 1]
    assert "CONFLICT, resolve the markers" in first.stderr
    assert "Resolve the conflicts, then run `pipelinegen generate` again." in first.stderr
    assert "UNRESOLVED conflict markers" in second.stderr
    head, _, rest = file.read_text().partition("<<<<<<<")
    file.write_text(head + "replicas: 9\n" + rest.partition(">>>>>>> generated now\n")[2])
    assert generate(repo).returncode == 0
    assert generate(repo, "--check").returncode == 0


def test_a_jenkinsfile_of_somebody_else_ends_with_1_and_the_way_on(tmp_path: Path) -> None:
    folder = service(write_tree(tmp_path, {"Jenkinsfile": "node {}\n"}))
    before = read_tree(folder)
    done = generate(folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "mv Jenkinsfile Jenkinsfile.old" in done.stderr
    assert read_tree(folder) == before
    assert generate(folder, "--check").returncode == 1


def test_a_dev_container_of_ones_own_is_told_how_to_be_left_alone(tmp_path: Path) -> None:
    folder = service(tmp_path)
    write_tree(folder, {".devcontainer/devcontainer.json": "{}\n"})
    done = generate(folder)
    assert done.returncode == 1
    assert "leave it out of `ide:` in pipeline.yaml (`ide: []` is none)" in done.stderr
    assert not (folder / "Jenkinsfile").exists()


def test_a_dropped_region_s_file_goes(repo: Path) -> None:
    edit(repo / "pipeline.yaml", "{replicas: 4}", "{enabled: false}")
    done = generate(repo)
    assert done.returncode == 0, done.stderr
    assert "deploy/values-us-east-1.yaml" not in made(repo)
    assert "removed" in done.stderr


def test_wrong_input_ends_with_2_and_writes_nothing(tmp_path: Path) -> None:
    folder = service(tmp_path, body="prot: 80\n")
    done = generate(folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pipeline.yaml:4:1: unknown key `prot`" in done.stderr
    assert not made(folder)


def test_a_folder_that_is_not_there_and_a_path_beside_root_end_with_2(repo: Path) -> None:
    assert generate(repo, "nowhere").returncode == 2
    done = generate(repo, ".", "--root", ".")
    assert done.returncode == 2
    assert "Give a PATH or --root, not both." in done.stderr


def test_a_full_disk_ends_with_3(repo: Path) -> None:
    """The staged file's name is taken by a folder, so that the system itself refuses."""
    (repo / ".Jenkinsfile.pipelinegen.tmp").mkdir()
    (repo / "Jenkinsfile").unlink()
    done = generate(repo)
    assert done.returncode == 3
    assert "Jenkinsfile: cannot be written: Is a directory" in done.stderr
    assert "bug" not in done.stderr


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Three services that share a platform; the one in the middle is wrong."""
    for name, body in (("a", BODY), ("b", "prot: 80\n"), ("c", BODY)):
        service(tmp_path / name, name, body, "..")
    return tmp_path


def test_root_does_the_others_and_shows_the_one_that_is_wrong(many: Path) -> None:
    done = generate(many, "--root", ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert [len(made(many / name)) for name in "abc"] == [len(GENERATED), 0, len(GENERATED)]
    assert done.stderr.count("b/pipeline.yaml:4:1: unknown key `prot`") == 1
    last = done.stderr.splitlines()[-1]
    assert last == f"2 of 3 services: {2 * len(GENERATED) + 2} created"
    assert "Generating" not in done.stderr


def test_root_ends_with_2_when_one_is_wrong_and_a_disk_fails_elsewhere(many: Path) -> None:
    (many / "a/.Jenkinsfile.pipelinegen.tmp").mkdir()
    done = generate(many, "--root", ".")
    assert done.returncode == 2
    assert "a/Jenkinsfile: cannot be written: " in done.stderr
    assert done.stderr.endswith(f"1 of 3 services: {len(GENERATED) + 1} created\n")


def test_root_names_each_file_that_needs_a_person(many: Path) -> None:
    service(many / "b", "b", BODY, "..")
    assert generate(many, "--root", ".").returncode == 0
    edit(many / "c/deploy/values-us-east-1.yaml", "replicas: 4", "replicas: 9")
    edit(many / "c/pipeline.yaml", "replicas: 4", "replicas: 5")
    (many / "a" / lock.FILE).unlink()
    edit(many / "a/Jenkinsfile", "@Library", "// by hand\n@Library")
    done = generate(many, "--root", ".")
    assert done.returncode == 1
    assert "c/deploy/values-us-east-1.yaml: CONFLICT, resolve the markers\n" in done.stderr
    assert "a/Jenkinsfile: was made by pipelinegen, but pipelinegen.lock does not" in done.stderr
    assert "2 of 3 services: " in done.stderr


def test_root_with_check_counts_services_and_names_what_drifted(many: Path) -> None:
    service(many / "b", "b", BODY, "..")
    assert generate(many, "--root", ".").returncode == 0
    edit(many / "c/pipeline.yaml", "replicas: 4", "replicas: 5")
    before = read_tree(many)
    done = generate(many, "--root", ".", "--check")
    assert done.returncode == 1
    assert "+replicas: 5\n" in done.stdout
    assert "c/deploy/values-us-east-1.yaml: would be updated\n" in done.stderr
    assert done.stderr.endswith("3 of 3 services: 2 up to date, 1 with drift\n")
    assert read_tree(many) == before
    assert generate(many, "--root", ".", "--diff").returncode == 0


def test_root_without_services_ends_with_2(tmp_path: Path) -> None:
    done = generate(tmp_path, "--root", ".")
    assert done.returncode == 2
    assert "there is no pipeline.yaml here or below" in done.stderr


def test_a_terminal_sees_the_progress(many: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pipelinegen", "generate", "--root", "."]
    with subprocess.Popen(
        command, cwd=many, env=environment(TERM="xterm"), stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # Linux ends a terminal that nobody holds with EIO
            while piece := os.read(ours, 4096):
                said += piece
        os.close(ours)
        assert process.communicate()[0] == b""
    assert process.returncode == 2
    assert b"Generating" in said and b"100%" in said
    assert b"2 of 3 services" in said


def test_ctrl_c_leaves_whole_files_and_says_how_to_go_on(tmp_path: Path) -> None:
    whole, top = tmp_path / "whole", tmp_path / "interrupted"
    for number in range(80):
        for folder in (whole, top):
            service(folder / f"s-{number:03}", f"s-{number}", BODY, "..")
    assert generate(whole, "--root", ".").returncode == 0
    expected = read_tree(whole)
    command = [sys.executable, "-m", "pipelinegen", "generate", "--root", "."]
    with subprocess.Popen(
        command, cwd=top, env=environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 30
        while not (top / "s-010" / lock.FILE).exists():
            assert time.monotonic() < deadline and process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "Interrupted; run the same command again to finish." in said
    left = read_tree(top)
    assert len(left) < len(expected)
    assert {path: expected[path] for path in left} == left
    assert generate(top, "--root", ".").returncode == 0
    assert read_tree(top) == expected


def test_the_same_config_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    body = f"{BODY}tests: {{unit: {{run: \"echo 'grüße'\"}}}}\n"
    settings = [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "2", "TZ": "UTC", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
    ]
    settings[1] |= {"PYTHONCOERCECLOCALE": "0", "USER": "other", "HOME": str(tmp_path / "home")}
    trees = []
    for name, more in zip(("here", "somewhere/else"), settings, strict=True):
        folder = service(tmp_path / name, body=body)
        done = generate(folder, **more)
        assert done.returncode == 0, done.stderr
        trees.append(made(folder))
    assert trees[0] == trees[1]
    assert "grüße" in trees[0]["Jenkinsfile"]


def test_a_platform_outside_of_the_repository_is_copied_into_it(tmp_path: Path) -> None:
    """So that a checkout of the repository alone, as Jenkins has it, deploys."""
    folder = service(repository(tmp_path / "work" / "orders"), platform="..")
    assert generate(folder).returncode == 0
    copy = folder / ".pipelinegen" / "platform.yaml"
    first, _, rest = copy.read_text("utf-8").partition("\n")
    assert "Made by pipelinegen" in first
    assert "the file that its `platform` names" in first
    assert rest == PLATFORM
    before = read_tree(folder)
    (folder.parent / "platform.yaml").rename(tmp_path / "away.yaml")
    assert generate(folder, "--check").returncode == 0, "from the copy"
    assert generate(folder).returncode == 0
    assert read_tree(folder) == before
    (tmp_path / "away.yaml").rename(folder.parent / "platform.yaml")
    edit(folder.parent / "platform.yaml", "Ireland", "Eire")
    assert generate(folder).returncode == 0
    assert "Eire" in copy.read_text("utf-8")


def test_a_platform_in_the_repository_is_not_copied(tmp_path: Path) -> None:
    top = repository(tmp_path / "repo")
    folder = service(top / "orders", body=f"{BODY}", platform="..")
    (folder / "pipeline.yaml").write_text(
        (folder / "pipeline.yaml").read_text().replace("team: shop", "team: shop, path: orders")
    )
    assert generate(folder).returncode == 0
    assert not (folder / ".pipelinegen" / "platform.yaml").exists()
