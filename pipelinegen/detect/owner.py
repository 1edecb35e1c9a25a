"""What git and the repository's owners file say: the team and the main branch."""

from __future__ import annotations

import re
from pathlib import Path

from pipelinegen.detect.repo import Fact, Repo, above, read, shown
from pipelinegen.errors import OutsideError
from pipelinegen.git import git, text_of

_MAIN = ("main", "master", "trunk")


def team(repo: Repo, folder: Path) -> Fact[str] | None:
    """The owner: a team in CODEOWNERS, else the organisation of the git remote."""
    path = above(repo, "CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
    if path:
        owner = re.search(r"^\*\s+@(?:[\w.-]+/)?([\w.-]+)", read(path) or "", re.MULTILINE)
        if owner and (legal := legal_name(owner.group(1))):
            return Fact(legal, shown(repo, path))
    remote = _git(folder, "remote", "get-url", "origin")
    owner = re.search(r"[:/]([\w.-]+)/[^/]+?(?:\.git)?/?$", remote)
    if owner and (legal := legal_name(owner.group(1))):
        return Fact(legal, "the git remote")
    return None


def legal_name(name: str) -> str:
    """What of a team's name Kubernetes and Jenkins take."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63].rstrip("-")


def main_branch(folder: Path) -> Fact[str] | None:
    """The branch that is deployed, where it is not called `main`."""
    remote = _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if remote:
        name = remote.removeprefix("origin/")
        return Fact(name, "origin's HEAD") if name != "main" else None
    heads = _git(folder, "for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n")
    heads.append(_git(folder, "symbolic-ref", "--short", "HEAD"))
    name = next((name for name in _MAIN if name in heads), "main")
    return Fact(name, "git's branches") if name != "main" else None


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = git(folder, *arguments, seconds=10)
    except OutsideError:  # init does without git
        return ""
    return text_of(done.stdout).strip() if done.returncode == 0 else ""
