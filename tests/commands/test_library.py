"""``pipelinegen library export`` with a real git: what is written, committed, tagged and pushed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelinegen import __version__, data
from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import PlatformFile
from pipelinegen.config.platform import Platform
from pipelinegen.render import library
from tests.commands.test_generate import TOP, environment
from tests.configs import PLATFORM
from tests.helpers import read_tree, write_tree
from tests.lab.groovy import Groovy
from tests.strategies import texts
from tests.workspace.repository import commit, edit, git, repository

TAG = f"v{__version__}"
TAG_REF = f"refs/tags/{TAG}"
STEPS = {path.name for path in data.library().iterdir()}
NEXT = "9.9.9"
AUTHOR = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]


def export(
    folder: Path,
    *arguments: str,
    top: Path = TOP,
    without: Collection[str] = (),
    **more: str,
) -> tuple[int, str]:
    """The exit code and what was told; nothing is ever on stdout but the diff of a dry run."""
    variables = environment(PYTHONPATH=str(top), **more)
    done = subprocess.run(
        [sys.executable, "-m", "pipelinegen", "library", "export", *arguments],
        cwd=folder,
        env={name: value for name, value in variables.items() if name not in without},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr and "bug" not in done.stderr, done.stderr
    assert "--dry-run" in arguments or not done.stdout
    return done.returncode, done.stdout + done.stderr


def ok(folder: Path, *arguments: str, top: Path = TOP) -> str:
    code, told = export(folder, *arguments, top=top)
    assert code == 0, told
    return told


def tagged(folder: Path, tag: str = TAG) -> str:
    return git(folder, "rev-parse", f"refs/tags/{tag}^{{commit}}").strip()


def head(folder: Path, name: str = "HEAD") -> str:
    return git(folder, "rev-parse", name).strip()


def committed(folder: Path, name: str = "HEAD") -> set[str]:
    return set(git(folder, "ls-tree", "-r", "-z", "--name-only", name).split("\0")) - {""}


def defaults(folder: Path) -> str:
    return (folder / library.DEFAULTS).read_text()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The organisation's folder: its platform.yaml, and an empty remote of a library."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    return write_tree(tmp_path, {"platform.yaml": PLATFORM})


@pytest.fixture
def lib(place: Path) -> Path:
    """The library, exported and pushed."""
    ok(place, "lib", "--push", "remote.git")
    return place / "lib"


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The next release: `runTests` has a new first line, `sweep` is gone, `polish` is new."""
    top = tmp_path / "newer"
    for name in ("pipelinegen", "vars", "jenkins-templates"):
        shutil.copytree(TOP / name, top / name, ignore=shutil.ignore_patterns("__pycache__"))
    edit(top / "pipelinegen/__init__.py", __version__, NEXT)
    with_line(top / "vars/runTests.groovy", "// new in the next release\n")
    (top / "vars/sweep.groovy").unlink()
    (top / "vars/sweep.txt").unlink()
    write_tree(top / "vars", {"polish.groovy": "void call() {}\n", "polish.txt": "polish()\n"})
    return top


def with_line(file: Path, line: str, at: int | None = None) -> None:
    """Puts a line at the end of a file, or ahead of its line number ``at``."""
    lines = file.read_text().splitlines(keepends=True)
    lines.insert(len(lines) if at is None else at, line)
    file.write_text("".join(lines))


def test_the_first_export_is_a_tagged_repository_of_all_that_jenkins_needs(place: Path) -> None:
    told = ok(place, "my lib")
    folder = place / "my lib"
    expected = {f"vars/{name}" for name in STEPS} | {
        "README.md",
        "jenkins.yaml",
        "pipelinegen.lock",
        "resources/pipelinegen/platform.yaml",
    }
    assert committed(folder) == expected == set(read_tree(folder))
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "branch", "--show-current") == "main\n"
    assert tagged(folder) == head(folder)
    assert __version__ in git(folder, "log", "-1", "--format=%s")
    assert git(folder, "log", "-1", "--format=%an <%ae>") == "Ada <ada@example.com>\n"
    assert f"my lib: {len(expected)} created\n" in told
    assert told.endswith(f"committed {head(folder)[:7]} on main\ntagged {TAG}\n")


def test_each_file_says_at_its_top_who_made_it_but_for_the_help_that_jenkins_shows(
    lib: Path,
) -> None:
    for path, text in read_tree(lib).items():
        says = "pipelinegen library export`" in text.partition("\n")[0]
        assert says != path.endswith(".txt"), path


def test_the_exported_steps_compile_with_jenkins_groovy(groovy: Groovy, lib: Path) -> None:
    for step in sorted((lib / "vars").glob("*.groovy")):
        assert groovy.compile(step.read_text(), step.name) == []


def test_the_steps_are_those_that_the_generated_jenkinsfile_asks_for(lib: Path) -> None:
    asked = re.search(r"@Library\('(.+)@(.+)'\)", (TOP / "sample-service/Jenkinsfile").read_text())
    assert asked is not None
    entry = yaml.safe_load((lib / "jenkins.yaml").read_text())
    assert asked[1] == entry["unclassified"]["globalLibraries"]["libraries"][0]["name"]
    assert tagged(lib, asked[2]) == head(lib)


def test_the_configuration_as_code_has_exactly_the_plugin_s_keys(place: Path) -> None:
    """Those of LibraryConfiguration in pipeline-groovy-lib and of GitSCMSource in git."""
    edit(place / "platform.yaml", "label: docker", "library: shop-ci, label: docker")
    ok(place, "lib")
    text = (place / "lib/jenkins.yaml").read_text()
    entry = {
        "name": "shop-ci",
        "defaultVersion": TAG,
        "allowVersionOverride": True,
        "implicit": False,
        "includeInChangesets": False,
        "retriever": {"modernSCM": {"scm": {"git": {"remote": library.CHANGE_THIS}}}},
    }
    expected = {"unclassified": {"globalLibraries": {"libraries": [entry]}}}
    assert yaml.safe_load(text) == expected
    assert "# CHANGE THIS" in text and "CHANGE-THIS" in library.CHANGE_THIS


def test_the_remote_that_was_said_once_stays_in_the_configuration(lib: Path) -> None:
    text = (lib / "jenkins.yaml").read_text()
    assert library.registered(text) == str(lib.parent / "remote.git")
    assert "CHANGE THIS" not in text
    assert "up to date" in ok(lib.parent, "lib")
    edit(lib / "jenkins.yaml", str(lib.parent / "remote.git"), "https://git.example.com/ci.git")
    for push in ([], ["--push", "origin"]):
        export(lib.parent, "lib", *push)
        now = library.registered((lib / "jenkins.yaml").read_text())
        assert now == "https://git.example.com/ci.git"


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "<<<<<<< yours\n", "unclassified: {globalLibraries: {libraries: [a, b]}}", "- 1"],
)
def test_a_configuration_that_cannot_be_read_names_no_remote(text: str) -> None:
    assert library.registered(text) is None


def test_a_variable_in_a_remote_s_name_is_not_one_of_jenkins() -> None:
    remote = "https://git.example.com/${HOME}.git"
    text = library.files(PlatformFile(Platform()), remote)["jenkins.yaml"]
    assert "/^${HOME}.git" in text
    assert library.registered(text) == remote


@pytest.mark.parametrize(
    "url, shown",
    [
        ("https://ci:s3cret@git.example.com/a.git", "https://git.example.com/a.git"),
        ("HTTPS://s3cret@git.example.com/a.git", "HTTPS://git.example.com/a.git"),
        ("https://a:s3@cret@git.example.com/a.git", "https://git.example.com/a.git"),
        ("ssh://git:s3cret@git.example.com/a", "ssh://git@git.example.com/a"),
        ("ssh://git@git.example.com/a", "ssh://git@git.example.com/a"),
        ("git@git.example.com:a.git", "git@git.example.com:a.git"),
        ("https://git.example.com/a@b.git", "https://git.example.com/a@b.git"),
        ("/srv/a@b:c.git", "/srv/a@b:c.git"),
    ],
)
def test_a_url_is_written_without_its_secrets(url: str, shown: str) -> None:
    assert library.without_secrets(url) == shown


def test_the_platform_is_written_in_and_is_one_still(lib: Path) -> None:
    copy = lib / library.PLATFORM
    first, _, rest = copy.read_text().partition("\n")
    assert first.startswith("#") and " from platform.yaml: " in first
    assert rest == PLATFORM
    assert (
        Loader().platform(str(copy), Path()).model
        == Loader().platform(str(lib.parent / "platform.yaml"), Path()).model
    )


def test_a_platform_that_was_written_on_windows_is_up_to_date_at_once(place: Path) -> None:
    (place / "platform.yaml").write_bytes(PLATFORM.replace("\n", "\r\n").encode())
    ok(place, "lib")
    assert "files are up to date" in ok(place, "lib")
    assert b"\r" not in (place / "lib" / library.PLATFORM).read_bytes()


def test_the_library_s_own_copy_is_a_platform_to_go_on_with(lib: Path) -> None:
    before = read_tree(lib)
    assert "files are up to date" in ok(lib, ".", "--platform", library.PLATFORM)
    assert read_tree(lib) == before


def test_a_platform_s_name_ends_no_comment() -> None:
    name = "a\n\\u000aSystem.exit(1) --> b.yaml"
    document = Loader().platform(str(TOP / "tests/services/platform.yaml"), Path()).document
    assert document is not None
    object.__setattr__(document, "path", name)
    made = library.files(PlatformFile(Platform(), document), None)
    line = made[library.DEFAULTS].splitlines()[0]
    assert line.startswith("// Made by") and line.endswith("`pipelinegen library export`.")
    assert "\\" not in line and "-->" not in line


def test_a_platform_s_url_is_named_without_its_token() -> None:
    document = Loader().platform(str(TOP / "tests/services/platform.yaml"), Path()).document
    assert document is not None
    object.__setattr__(document, "path", "https://a:s3cret@x.example.com/p.yaml?token=s3cret#a")
    made = library.files(PlatformFile(Platform(), document), None)
    assert "s3cret" not in "".join(made.values())
    assert " from https://x.example.com/p.yaml: " in made[library.DEFAULTS]


def platform(
    registry: str | None,
    credentials: str | None,
    label: str,
    group: int | None,
    slack: str | None,
    email: list[str],
) -> Platform | None:
    """A platform of these values; None when they are none that a platform may have."""
    raw = {
        "registry": {"url": registry, "credentials": credentials} if registry else None,
        "jenkins": {"label": label, "dockerGroup": group},
        "notify": {"slack": slack, "email": email},
    }
    try:
        return Platform.model_validate(raw)
    except ValidationError:
        return None


@settings(max_examples=100)
@given(
    made=st.builds(
        platform,
        st.none() | st.from_regex(r"[a-z0-9]{1,9}(\.[a-z]{2,4})?(/[a-z0-9]{1,5})?", fullmatch=True),
        st.none() | st.from_regex(r"[A-Za-z0-9_.\-]{1,20}", fullmatch=True),
        texts(min_size=1),
        st.none() | st.integers(0, 2**31 - 1),
        st.none() | texts(min_size=1),
        st.lists(
            texts(min_size=1, max_size=20).map(lambda name: f"{name}@example.com"), max_size=3
        ),
    ).filter(bool)
)
def test_the_defaults_are_the_platform_s_values_whatever_they_are(
    groovy: Groovy, made: Platform
) -> None:
    source = library.files(PlatformFile(made), None)[library.DEFAULTS]
    read = json.loads(groovy.evaluate(f"{source}\ngroovy.json.JsonOutput.toJson(call())"))
    expected = {
        "registry": made.registry.url if made.registry else None,
        "credentials": made.registry.credentials if made.registry else None,
        "label": made.jenkins.label,
        "dockerGroup": made.jenkins.docker_group,
        "slack": made.notify.slack if made.notify else None,
        "email": ",".join(made.notify.email) if made.notify and made.notify.email else None,
    }
    assert read == {key: value for key, value in expected.items() if value is not None}


def test_the_defaults_are_those_that_the_help_names(lib: Path) -> None:
    explained = set(
        re.findall(r"^(\w+)  +\S", (lib / "vars/platformDefaults.txt").read_text(), re.M)
    )
    known = platform("r.example.com", "id", "docker", 1, "#a", ["a@example.com"])
    assert known is not None
    text = library.files(PlatformFile(known), None)[library.DEFAULTS]
    assert set(re.findall(r"^ {8}(\w+): ", text, re.M)) == explained


def test_without_a_platform_there_are_only_the_defaults_that_hold_everywhere(place: Path) -> None:
    (place / "platform.yaml").unlink()
    assert "--platform names one" in ok(place, "lib")
    assert not (place / "lib/resources").exists()
    assert "        label: 'docker',\n    ]" in defaults(place / "lib")
    assert "resources/" not in (place / "lib/README.md").read_text()


def test_the_platform_of_before_is_not_dropped_because_it_was_not_named(lib: Path) -> None:
    before = read_tree(lib)
    code, told = export(lib, ".")
    assert code == 2 and "name it with --platform" in told
    assert read_tree(lib) == before


def test_a_platform_that_is_wrong_ends_with_2_and_makes_nothing(place: Path) -> None:
    write_tree(place, {"platform.yaml": "regoins: {}\n"})
    code, told = export(place, "lib")
    assert code == 2 and "platform.yaml:1:1: unknown key `regoins`" in told
    assert not (place / "lib").exists()


def test_a_second_export_has_nothing_to_do(lib: Path) -> None:
    before = head(lib), git(lib, "rev-parse", TAG_REF), read_tree(lib)
    told = ok(lib.parent, "lib", "--push", "origin")
    assert "files are up to date\n" in told and "remote.git: has all of it already\n" in told
    assert (head(lib), git(lib, "rev-parse", TAG_REF), read_tree(lib)) == before


def test_a_dry_run_shows_the_change_and_writes_nothing(lib: Path) -> None:
    edit(lib.parent / "platform.yaml", "registry-push", "other")
    before = head(lib), read_tree(lib)
    told = ok(lib.parent, "lib", "--dry-run", "--push", "remote.git")
    assert "-        credentials: 'registry-push',\n+        credentials: 'other',\n" in told
    assert "Nothing was written" in told
    assert (head(lib), read_tree(lib)) == before
    ok(lib.parent, "elsewhere", "--dry-run")
    assert not (lib.parent / "elsewhere").exists()


def test_only_what_was_generated_is_committed(lib: Path) -> None:
    write_tree(lib, {"vars/ours.groovy": "void call() {}\n", "README.txt": "a\n", "staged": "a\n"})
    git(lib, "add", "README.txt", "staged")
    (lib / "staged").write_text("b\n")
    edit(lib.parent / "platform.yaml", "registry-push", "other")
    export(lib.parent, "lib")
    changed = git(lib, "show", "--format=", "--name-only").split()
    assert changed == ["pipelinegen.lock", library.PLATFORM, library.DEFAULTS]
    assert git(lib, "status", "--porcelain").splitlines() == [
        "A  README.txt",
        "AM staged",
        "?? vars/ours.groovy",
    ]


def test_what_git_is_told_to_ignore_is_committed_all_the_same(place: Path) -> None:
    write_tree(repository(place / "lib"), {".gitignore": "*.lock\nvars/\n"})
    ok(place, "lib")
    assert committed(place / "lib") >= {"pipelinegen.lock", library.DEFAULTS}


def test_a_newer_release_updates_merges_removes_and_leaves_alone(lib: Path, newer: Path) -> None:
    with_line(lib / "vars/runTests.groovy", "// ours\n", 9)
    with_line(lib / "vars/sweep.txt", "ours too\n")
    write_tree(lib, {"vars/ours.groovy": "void call() {}\n"})
    commit(lib)
    old = tagged(lib)
    told = ok(lib.parent, "lib", "--push", "origin", top=newer)
    for path, word in (
        ("vars/runTests.groovy", "merged with your edit"),
        ("vars/sweep.groovy", "removed"),
        ("vars/sweep.txt", "no longer generated, but edited: yours to delete"),
        ("vars/polish.groovy", "created"),
    ):
        assert re.search(rf"^  {path} +{word}$", told, re.M), told
    text = (lib / "vars/runTests.groovy").read_text()
    assert "\n// ours\n" in text and text.endswith("// new in the next release\n")
    assert committed(lib) >= {"vars/ours.groovy", "vars/sweep.txt", "vars/polish.txt"}
    assert "vars/sweep.groovy" not in committed(lib)
    assert git(lib, "status", "--porcelain") == ""
    assert tagged(lib) == old != tagged(lib, f"v{NEXT}") == head(lib)
    assert tagged(lib.parent / "remote.git", f"v{NEXT}") == head(lib)
    assert "has all of it already" in ok(lib.parent, "lib", "--push", "origin", top=newer)


def test_a_conflict_leaves_markers_and_commits_nothing_until_it_is_resolved(
    lib: Path, newer: Path
) -> None:
    with_line(lib / "vars/runTests.groovy", "// ours\n")
    commit(lib)
    before, file = head(lib), lib / "vars/runTests.groovy"
    for word in ("CONFLICT, resolve the markers", "UNRESOLVED conflict markers"):
        code, told = export(lib.parent, "lib", "--push", "origin", top=newer)
        assert code == 1 and word in told
        assert "run `pipelinegen library export` again" in told
        assert (head(lib), git(lib, "tag")) == (before, f"{TAG}\n")
    file.write_text(re.sub(r"^(<{7}|\|{7}|={7}|>{7}).*\n", "", file.read_text(), flags=re.M))
    ok(lib.parent, "lib", top=newer)
    assert tagged(lib, f"v{NEXT}") == head(lib) != before


@pytest.fixture
def changed(lib: Path) -> Path:
    """The library with a platform.yaml that has changed since it was pushed."""
    edit(lib.parent / "platform.yaml", "registry-push", "other")
    return lib


def test_a_tag_that_nobody_has_goes_along(place: Path) -> None:
    ok(place, "lib")
    edit(place / "platform.yaml", "registry-push", "other")
    told = ok(place, "lib")
    assert f"moved {TAG} to it, since it is not published\n" in told
    assert tagged(place / "lib") == head(place / "lib")


@pytest.mark.parametrize("push", [[], ["--push", "origin"], ["--push", "remote.git"]], ids=str)
def test_a_published_tag_stays_and_the_way_to_move_it_is_told(
    changed: Path, push: list[str]
) -> None:
    remote = changed.parent / "remote.git"
    before = tagged(changed)
    for _ in range(2):
        code, told = export(changed.parent, "lib", *push)
        assert code == 1
        assert f"{TAG} is published at {remote} with other content: it stays" in told
        assert tagged(changed) == tagged(remote) == before != head(changed)
        assert head(remote, "main") == (head(changed) if push else before)
    mend = re.search(r"move it: (.*)$", told, re.M)
    assert mend is not None
    subprocess.run(
        ["sh", "-ec", mend[1]], cwd=changed.parent, env=environment(), check=True, text=True
    )
    assert tagged(remote) == head(changed)
    ok(changed.parent, "lib", "--push", "origin")


def test_a_tag_is_not_moved_while_its_remote_does_not_answer(changed: Path) -> None:
    (changed.parent / "remote.git").rename(changed.parent / "gone.git")
    before = tagged(changed)
    code, told = export(changed.parent, "lib")
    assert code == 1 and "does not answer as a git repository" in told
    assert "whether it is published there is nobody to say" in told
    assert tagged(changed) == before


def test_own_commits_are_pushed_and_the_published_tag_stays(lib: Path) -> None:
    before = tagged(lib)
    write_tree(lib, {"vars/ours.groovy": "void call() {}\n"})
    commit(lib)
    assert "remote.git: pushed main\n" in ok(lib.parent, "lib", "--push", "origin")
    assert tagged(lib) == tagged(lib.parent / "remote.git") == before
    assert head(lib.parent / "remote.git", "main") == head(lib)


def test_another_clone_takes_the_tag_that_is_published(lib: Path) -> None:
    git(lib.parent, "clone", "--quiet", "--no-tags", "remote.git", "clone")
    clone = lib.parent / "clone"
    assert "has all of it already" in ok(lib.parent, "clone", "--push", "origin")
    assert git(clone, "rev-parse", TAG_REF) == git(lib, "rev-parse", TAG_REF)
    git(clone, "tag", "--delete", TAG)
    edit(lib.parent / "platform.yaml", "registry-push", "other")
    code, told = export(lib.parent, "clone", "--push", "origin")
    assert code == 1 and f"{TAG} is published" in told
    assert git(clone, "tag") == ""


def test_a_remote_that_is_ahead_is_left_as_it_is_until_its_commits_are_here(lib: Path) -> None:
    place, remote = lib.parent, lib.parent / "remote.git"
    git(remote, "tag", "--delete", TAG)
    git(place, "clone", "--quiet", "remote.git", "theirs")
    write_tree(place / "theirs", {"vars/theirs.groovy": "void call() {}\n"})
    commit(place / "theirs")
    git(place / "theirs", "push", "--quiet", "origin", "main")
    ahead = head(remote, "main")
    edit(place / "platform.yaml", "registry-push", "other")
    git(place / "lib", "config", "push.followTags", "true")
    code, told = export(place, "lib", "--push", "origin")
    assert code == 1 and "its branch main has commits that lib does not have" in told
    assert (head(remote, "main"), git(remote, "tag")) == (ahead, "")
    mend = re.search(r"then run again: (.*)$", told, re.M)
    assert mend is not None
    subprocess.run(["sh", "-ec", mend[1]], cwd=place, env=environment(), check=True)
    assert f"pushed main and {TAG}\n" in ok(place, "lib", "--push", "origin")
    assert tagged(remote) == head(remote, "main") == head(lib)
    assert "vars/theirs.groovy" in committed(remote, TAG)


def test_a_remote_with_a_history_is_not_met_by_another_one(lib: Path) -> None:
    place = lib.parent
    code, told = export(place, "fresh", "--push", "remote.git")
    assert code == 2 and f"git clone {place / 'remote.git'} FOLDER" in told
    assert not (place / "fresh").exists()


def test_a_remote_that_rules_against_the_push_is_quoted(place: Path) -> None:
    hook = place / "remote.git/hooks/pre-receive"
    write_tree(place, {"remote.git/hooks/pre-receive": "#!/bin/sh\necho main is protected\nexit 1"})
    hook.chmod(0o755)
    code, told = export(place, "lib", "--push", "remote.git")
    assert code == 1 and "main is protected" in told and "pre-receive hook declined" in told
    assert git(place / "remote.git", "tag") == ""
    hook.unlink()
    assert f"pushed main and {TAG}\n" in ok(place, "lib", "--push", "remote.git")


@pytest.mark.parametrize(
    "remote, code, told",
    [
        ("--upload-pack=touch x", 2, "is not the name of a remote"),
        ("a\nb", 2, "is not the name of a remote"),
        ("", 2, "is not the name of a remote"),
        ("orign", 2, "is neither a remote of lib nor a URL nor a folder"),
        ("ext::touch x", 3, "does not answer as a git repository"),
        ("file:///nowhere.git", 3, "does not answer as a git repository"),
    ],
)
def test_a_remote_that_is_none_stops_before_anything_is_made(
    place: Path, remote: str, code: int, told: str
) -> None:
    before = read_tree(place)
    got, said = export(place, "lib", f"--push={remote}")
    assert got == code and told in said
    assert read_tree(place) == before


def test_a_token_in_the_remote_is_neither_shown_nor_kept(place: Path) -> None:
    remote = "https://ci:s3cret@127.0.0.1:9/ci.git"
    code, told = export(place, "lib", "--push", remote, GIT_TRACE="1")
    assert "git-remote-https" in told
    assert code == 3 and "https://127.0.0.1:9/ci.git" in told and "s3cret" not in told
    assert not (place / "lib").exists()


def test_the_author_is_the_configured_one_or_nothing_is_made(place: Path) -> None:
    """An address in the environment alone is not who commits, though git would make do with it."""
    code, told = export(place, "lib", without=AUTHOR, EMAIL="ada@example.com")
    assert code == 2 and "git does not know who commits" in told
    assert "git config --global user.email you@example.com" in told
    assert not (place / "lib").exists()


@pytest.mark.parametrize("name", ["lib", "there/yet/lib", "link"])
def test_a_folder_in_another_repository_is_refused(place: Path, name: str) -> None:
    outer = repository(place / "outer")
    (outer / "lib").mkdir()
    (outer / "link").symlink_to("lib")
    code, told = export(place, f"outer/{name}")
    assert code == 2 and f"is in the git repository {outer}," in told
    assert list(read_tree(outer)) == []


def test_a_folder_that_was_made_a_repository_of_its_own_is_taken(place: Path) -> None:
    outer = repository(place / "outer")
    repository(outer / "lib")
    ok(place, "outer/lib")
    assert git(outer, "status", "--porcelain") == "?? lib/\n"


def test_a_service_s_folder_is_refused(place: Path) -> None:
    write_tree(
        place, {"orders/pipeline.yaml": "", "old/pipelinegen.lock": 'version: "1"\nfiles:\n'}
    )
    write_tree(place, {"old/Jenkinsfile": "x"})
    with (place / "old/pipelinegen.lock").open("a") as lock:
        lock.write(f"  Jenkinsfile: {'a' * 40}\n")
    before = read_tree(place)
    for name in ("orders", "old"):
        code, told = export(place, name)
        assert code == 2 and "holds a service, not the library" in told
    assert read_tree(place) == before


def test_a_file_a_bare_repository_and_a_step_of_somebody_else_are_refused(place: Path) -> None:
    write_tree(place, {"theirs/vars/runTests.groovy": "void call() {}\n"})
    before = read_tree(place)
    assert export(place, "platform.yaml")[0] == 2
    code, told = export(place, "remote.git")
    assert code == 2 and "is a bare repository" in told
    code, told = export(place, "theirs")
    assert code == 1 and "pipelinegen did not write it" in told
    assert read_tree(place) == before


def test_no_branch_and_a_merge_under_way_are_refused(changed: Path) -> None:
    git(changed, "switch", "--quiet", "--detach")
    before = read_tree(changed)
    code, told = export(changed.parent, "lib")
    assert code == 2 and "is on no branch" in told and "git -C lib switch main" in told
    git(changed, "switch", "--quiet", "-c", "other", "main")
    write_tree(changed, {"a": "a\n"})
    commit(changed)
    git(changed, "switch", "--quiet", "main")
    git(changed, "merge", "--quiet", "--no-ff", "--no-commit", "other")
    code, told = export(changed.parent, "lib")
    assert code == 2 and "in the midst of a merge" in told
    (changed / "a").unlink()
    assert read_tree(changed) == before


def test_another_branch_is_committed_to_and_pushed(changed: Path, newer: Path) -> None:
    git(changed, "switch", "--quiet", "-c", "upgrade")
    told = ok(changed.parent, "lib", "--push", "origin", top=newer)
    assert f"pushed upgrade and v{NEXT}\n" in told
    assert head(changed.parent / "remote.git", "upgrade") == head(changed)


@pytest.mark.parametrize("hook", ["pre-commit", "reference-transaction"])
def test_an_export_that_was_stopped_is_finished_by_the_next_one(place: Path, hook: str) -> None:
    """Stopped before the commit, and between the commit and the tag."""
    stop = {
        "pre-commit": "exit 1",
        "reference-transaction": 'test "$1" = prepared && grep -q refs/tags && exit 1; exit 0',
    }
    file = place / "lib/.git/hooks" / hook
    repository(place / "lib")
    write_tree(place / "lib", {f".git/hooks/{hook}": f"#!/bin/sh\n{stop[hook]}\n"})
    file.chmod(0o755)
    code, told = export(place, "lib", "--push", "remote.git")
    assert code == 3 and "git refuses" in told
    assert git(place / "lib", "tag") == ""
    file.unlink()
    ok(place, "lib", "--push", "remote.git")
    assert tagged(place / "remote.git") == head(place / "lib")
    assert git(place / "lib", "status", "--porcelain") == ""


def test_the_help_teaches_by_example() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipelinegen", "library", "export", "--help"],
        cwd=TOP,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert "pipelinegen library export ../jenkins-library --dry-run" in done.stdout
    assert "three-way" in done.stdout
