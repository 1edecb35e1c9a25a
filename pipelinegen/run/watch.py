"""``--watch``: when to run again."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path, PurePath

import click

from pipelinegen.errors import OutsideError
from pipelinegen.git import git, text_of

QUIET_MILLISECONDS = 200


def changes(root: Path, reports: Iterable[str]) -> Iterator[set[str]]:
    """Once at the start, and then whenever a file of the working tree has changed.

    What git ignores does not count, nor do the reports that the stages themselves write. While a
    stage runs only files count that git tracks: others may be what it makes. So without git nothing
    does that changes meanwhile.

    Args:
        root: the repository's top.
        reports: Ant patterns of the reports.

    Returns:
        The paths that changed, from the top; the first time there are none.
    """
    written = [pattern.removeprefix("**/") for pattern in reports]
    batches = _batches(root)
    next(batches)  # from here on no change is missed
    yield set()
    while True:
        click.echo(f"\nWatching {root}; Ctrl-C ends it.", err=True)
        found = _tracked(root, _until_quiet(batches))
        while not (found := {path for path in found if not _any(path, written)}):
            found = _not_ignored(root, next(batches))
        click.echo(f"\nChanged: {', '.join(sorted(found)[:3])}", err=True)
        yield found


def _batches(root: Path) -> Generator[set[str], None, None]:
    """What changed since the last time; an empty set when nothing did for a while."""
    from watchfiles import watch

    for batch in watch(root, yield_on_timeout=True, rust_timeout=QUIET_MILLISECONDS):
        yield {PurePath(path).relative_to(root).as_posix() for _, path in batch}


def _until_quiet(batches: Generator[set[str], None, None]) -> set[str]:
    found: set[str] = set()
    while batch := next(batches):
        found |= batch
    return found


def _any(path: str, patterns: Iterable[str]) -> bool:
    return any(PurePath(path).match(pattern) for pattern in patterns)


def _tracked(root: Path, paths: set[str]) -> set[str]:
    return _listed(root, "ls-files", paths)


def _not_ignored(root: Path, paths: set[str]) -> set[str]:
    return paths - _listed(root, "check-ignore", paths)


def _listed(root: Path, command: str, paths: set[str]) -> set[str]:
    """Those of the paths that a git command prints; none where there is no repository."""
    if not paths:
        return set()
    try:
        done = git(root, command, "-z", "--", *sorted(paths))
    except OutsideError:  # no git, or more paths than a command line holds
        return set()
    return set(text_of(done.stdout).split("\0")) & paths
