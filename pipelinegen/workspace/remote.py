"""Where a repository is published: what is there, and what is pushed to it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelinegen.errors import InputError, OutsideError, Problem, Refused
from pipelinegen.git import git, text_of
from pipelinegen.render.library import without_secrets
from pipelinegen.workspace.repository import command_line, commit_of, is_repository

_PUSH_SECONDS = 600


@dataclass(frozen=True)
class Remote:
    """A git repository elsewhere.

    Args:
        address: what git is told: a remote's name, a URL or an absolute path.
        url: where it is, without a password or token.
        refs: its branches and tags as they were when it was asked, by their full names.
    """

    address: str
    url: str
    refs: Mapping[str, str]


def names(folder: Path) -> list[str]:
    """The remotes that are configured for the repository."""
    if not is_repository(folder):
        return []
    return text_of(git(folder, "remote").stdout).split()


def url(folder: Path, said: str) -> str:
    """The address of a remote, which was said as a name, a URL or a path from here.

    Raises:
        InputError: it is none of these.
    """
    if said in names(folder):
        return text_of(git(folder, "remote", "get-url", said).stdout).strip()
    if said.startswith("-") or not said.isprintable() or not said.strip():
        raise _wrong(said, "is not the name of a remote, a URL or a path")
    if os.path.isdir(said):
        # git runs in the library's folder.
        return os.path.abspath(said)
    if ":" not in said:
        raise _wrong(said, f"is neither a remote of {folder} nor a URL nor a folder")
    return said


def ask(folder: Path, said: str) -> Remote:
    """Ask a remote for its branches and tags.

    Raises:
        InputError: nothing can be a remote that is said like this.
        OutsideError: it does not answer.
    """
    address = url(folder, said)
    near = folder if folder.is_dir() else Path()
    done = git(near, "ls-remote", "--heads", "--tags", "--", address)
    if done.returncode:
        raise _unreachable(address, done.stderr)
    lines = (line.split("\t") for line in text_of(done.stdout).splitlines())
    refs = {ref: object_id for object_id, ref in lines}
    return Remote(said if said in names(folder) else address, without_secrets(address), refs)


def published(folder: Path, remote: Remote, tag: str) -> str | None:
    """The commit that the remote has for a tag, fetched to be compared; None when it has none.

    Raises:
        OutsideError: it cannot be fetched.
    """
    ref = f"refs/tags/{tag}"
    object_id = remote.refs.get(ref)
    if object_id is None:
        return None
    if commit_of(folder, object_id) is None:
        done = git(
            folder, "fetch", "--quiet", "--no-tags", "--", remote.address, ref,
            seconds=_PUSH_SECONDS,
        )  # fmt: skip
        if done.returncode:
            raise _unreachable(remote.address, done.stderr)
    return commit_of(folder, object_id)


def push(folder: Path, remote: Remote, ref: str) -> bool:
    """Push a branch or a tag under its own name, and never by force.

    Args:
        folder: the repository.
        remote: where to.
        ref: its full name.

    Returns:
        Whether there was anything to push.

    Raises:
        Refused: the remote has something else there, or rules against it.
        OutsideError: it cannot be reached.
    """
    # Some have told git to push the tags of a branch along, which would be too early for ours.
    options = ("--porcelain", "--no-follow-tags")
    arguments = (*options, "--", remote.address, f"{ref}:{ref}")
    done = git(folder, "push", *arguments, seconds=_PUSH_SECONDS)
    # https://git-scm.com/docs/git-push#_output : flag, from:to, summary (reason)
    told = [line for line in text_of(done.stdout).splitlines() if "\t" in line]
    flag, _, summary = told[0].split("\t", 2) if told else ("", "", "")
    if done.returncode == 0:
        return flag != "="
    short = ref.split("/", 2)[2]
    if flag != "!":
        raise _unreachable(remote.address, done.stderr)
    if summary.startswith("[rejected]") and ref.startswith("refs/heads/"):
        name = remote.address if remote.address in names(folder) else remote.url
        message = f"its branch {short} has commits that {folder} does not have; it stays as it is"
        pull = command_line("-C", str(folder), "pull", "--rebase", name, short)
        hint = f"take them in, then run again: {pull}"
    elif summary.startswith("[rejected]"):
        message, hint = f"it has got another {short} meanwhile", "run again"
    else:
        message = f"it takes no {short}: {summary}\n{_clean(remote.address, done.stderr)}".rstrip()
        hint = "what was committed stays; when it may be pushed, run again"
    raise Refused(Problem(remote.url, 0, 0, message, hint).text())


def remember(folder: Path, remote: Remote) -> None:
    """Make this the repository's `origin`, where it has no remote yet."""
    if not names(folder):
        git(folder, "remote", "add", "--", "origin", remote.url)


def _clean(address: str, said: bytes) -> str:
    """git's own words without the secrets of an address, each line set in."""
    text = text_of(said).replace(address, without_secrets(address))
    return "\n".join(f"      | {line}" for line in text.strip().splitlines())


def _unreachable(address: str, said: bytes) -> OutsideError:
    hint = "check the address, the network and your rights, then run again"
    message = f"does not answer as a git repository:\n{_clean(address, said)}"
    return OutsideError(Problem(without_secrets(address), 0, 0, message, hint).text())


def _wrong(said: str, message: str) -> InputError:
    hint = "for example --push origin, or --push git@git.example.com:ci/jenkins-library.git"
    return InputError([Problem(f"--push {said!r}", 0, 0, message, hint)])
