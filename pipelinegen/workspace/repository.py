"""A generated tree as a git repository: what was written is committed, tagged and published."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from pipelinegen.errors import InputError, OutsideError, Problem
from pipelinegen.git import git, text_of

BRANCH = "main"

# Hooks run in a commit, and a push waits for a network.
_LONG_SECONDS = 600
# Else git makes up an author from the machine's name.
_AUTHOR = ("-c", "user.useConfigOnly=true")


def check(folder: Path) -> None:
    """Whether the folder is, or may become, a repository that can be committed to.

    Raises:
        InputError: it is part of another repository, bare, on no branch, in the midst of a merge,
            or git does not know who commits.
        OutsideError: git is missing or refuses the repository.
    """
    real = Path(os.path.realpath(folder))
    top = next((above for above in (real, *real.parents) if (above / ".git").exists()), None)
    if (real / "HEAD").is_file() and (real / "objects").is_dir():
        hint = "name a clone of it, and publish to it with --push"
        raise _wrong(folder, "is a bare repository, which has no files of its own", hint)
    if top is not None and top != real:
        own = command_line("init", "-b", BRANCH, str(folder))
        message = f"is in the git repository {top}, and has to be a repository of its own"
        raise _wrong(folder, message, f"name another folder, or make it one: {own}")
    if top is not None:
        _check_state(folder)
    # What is configured for a folder that is not there yet is what is configured above it.
    near = next(above for above in (real, *real.parents) if above.is_dir())
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if git(near, *_AUTHOR, "var", who).returncode:
            mend = " && ".join(
                command_line("config", "--global", key, example)
                for key, example in (("user.name", "Your Name"), ("user.email", "you@example.com"))
            )
            raise _wrong(folder, "git does not know who commits", f"say it: {mend}")


def is_repository(folder: Path) -> bool:
    """Whether the folder is the top of a git work tree."""
    return (folder / ".git").exists()


def branch(folder: Path) -> str | None:
    """The branch that a commit goes to; None when there is none."""
    if not is_repository(folder):
        return BRANCH
    done = git(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    if done.returncode not in (0, 1):
        raise _failed(folder, done.stderr)
    return text_of(done.stdout).strip() or None


def commit(folder: Path, paths: Sequence[str], message: str) -> str | None:
    """Commit these paths as they are now, and nothing else that is changed or staged.

    Args:
        folder: the repository; it is made when it is none.
        paths: files that were written or removed, and folders of them.
        message: the commit's message.

    Returns:
        The commit's short id; None when there is nothing to commit.

    Raises:
        OutsideError: git, or a hook, refuses.
    """
    if not is_repository(folder):
        _must(folder, "init", "--quiet", f"--initial-branch={BRANCH}")
    known = _must(folder, "--literal-pathspecs", "ls-files", "-z", "--", *paths).split("\0")
    there = {path for path in paths if os.path.lexists(folder / path)}
    ours = sorted(there | set(filter(None, known)))
    _must(folder, "--literal-pathspecs", "add", "--force", "--all", "--", *ours)
    if head(folder) and not _differs(folder, "--cached", "HEAD", "--", *ours):
        return None
    options = (*_AUTHOR, "--literal-pathspecs")
    _must(folder, *options, "commit", "--quiet", "--only", "-m", message, "--", *ours)
    return _must(folder, "rev-parse", "--short", "HEAD").strip()


def head(folder: Path) -> str | None:
    """The commit that is checked out; None before the first one."""
    return commit_of(folder, "HEAD") if is_repository(folder) else None


def commit_of(folder: Path, name: str) -> str | None:
    """The commit behind a branch, a tag or the like; None when there is no such name."""
    done = git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return text_of(done.stdout).strip() if done.returncode == 0 else None


def same(folder: Path, one: str, other: str, paths: Sequence[str]) -> bool:
    """Whether two commits have the same at these paths."""
    return not _differs(folder, one, other, "--", *paths)


def set_tag(folder: Path, tag: str, message: str) -> None:
    """Set the tag on the commit that is checked out; one that is there moves.

    Raises:
        OutsideError: git refuses.
    """
    _must(folder, *_AUTHOR, "tag", "--force", "--annotate", "-m", message, "--", tag)


def take_tag(folder: Path, tag: str, object_id: str) -> None:
    """Set the tag to an object that was fetched.

    Raises:
        OutsideError: git refuses.
    """
    _must(folder, "update-ref", f"refs/tags/{tag}", object_id)


def command_line(*arguments: str) -> str:
    """A git command as a person types it."""
    return shlex.join(["git", *arguments])


def _failed(folder: Path, said: bytes) -> OutsideError:
    """What git itself has against it."""
    return OutsideError(f"{folder}: git refuses:\n{text_of(said).strip()}")


def _check_state(folder: Path) -> None:
    if branch(folder) is None:
        hint = f"go to the branch first: {command_line('-C', str(folder), 'switch', BRANCH)}"
        raise _wrong(folder, "is on no branch, so that the commit would belong to none", hint)
    for state in ("MERGE_HEAD", "CHERRY_PICK_HEAD"):
        if commit_of(folder, state):
            hint = f"finish it first: {command_line('-C', str(folder), 'status')}"
            raise _wrong(folder, "is in the midst of a merge or a cherry-pick", hint)


def _differs(folder: Path, *arguments: str) -> bool:
    done = git(folder, "--literal-pathspecs", "diff", "--quiet", "--no-ext-diff", *arguments)
    if done.returncode not in (0, 1):
        raise _failed(folder, done.stderr)
    return done.returncode == 1


def _must(folder: Path, *arguments: str) -> str:
    done = git(folder, *arguments, seconds=_LONG_SECONDS)
    if done.returncode:
        raise _failed(folder, done.stderr + done.stdout)
    return text_of(done.stdout)


def _wrong(folder: Path, message: str, hint: str) -> InputError:
    return InputError([Problem(str(folder), 0, 0, message, hint)])
