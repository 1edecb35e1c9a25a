"""A version of a generated tree: committed, tagged and, where that is asked for, published.

Whoever asks for a version gets what its tag names. So the tag goes along with the branch until it
is published; from then on only a person moves it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pipelinegen.errors import InputError, OutsideError, Problem, Refused
from pipelinegen.workspace import remote, repository
from pipelinegen.workspace.remote import Remote


def check(folder: Path, there: Remote | None) -> None:
    """Whether what is committed here can go on from what is published.

    Raises:
        InputError: the remote has a branch of this name, and the folder has no commit yet.
    """
    branch = f"refs/heads/{repository.branch(folder)}"
    if there is None or branch not in there.refs or repository.head(folder) is not None:
        return
    message = f"has no commit yet, and {there.url} has some, from which it has to go on"
    hint = f"name a clone: {repository.command_line('clone', there.url, 'FOLDER')}"
    raise InputError([Problem(str(folder), 0, 0, message, hint)])


def release(
    folder: Path,
    paths: Sequence[str],
    tag: str,
    message: str,
    there: Remote | None,
    tell: Callable[[str], None],
) -> None:
    """Commit the paths, set the tag, and push the branch and the tag.

    What was done before is not done again: an interrupted run is finished by the next one.

    Args:
        folder: the repository; it is made when it is none.
        paths: what was generated; nothing else is committed.
        tag: the version.
        message: the commit's message, whose first line is the tag's.
        there: where it is published; None when it is not.
        tell: takes a line for the user about each thing that was done.

    Raises:
        Refused: the tag would have to move, or the remote takes no push.
        OutsideError: git refuses, or the remote does not answer.
    """
    if done := repository.commit(folder, paths, message):
        tell(f"committed {done} on {repository.branch(folder)}")
    stays = _tag(folder, paths, tag, message.partition("\n")[0], there, tell)
    if there is not None:
        remote.remember(folder, there)
        _push(folder, there, tag, stays, tell)
    if stays is not None:
        raise stays


def _push(
    folder: Path, there: Remote, tag: str, stays: Refused | None, tell: Callable[[str], None]
) -> None:
    refs = [f"refs/heads/{repository.branch(folder)}"]
    # The branch first: a tag must not be published that names a commit of no branch.
    if stays is None and f"refs/tags/{tag}" not in there.refs:
        refs.append(f"refs/tags/{tag}")
    pushed = [ref.split("/", 2)[2] for ref in refs if remote.push(folder, there, ref)]
    told = f"pushed {' and '.join(pushed)}" if pushed else "has all of it already"
    tell(f"{there.url}: {told}")


def _tag(
    folder: Path,
    paths: Sequence[str],
    tag: str,
    message: str,
    there: Remote | None,
    tell: Callable[[str], None],
) -> Refused | None:
    """Set the tag, or say why it stays where it is."""
    ref = f"refs/tags/{tag}"
    was, now = repository.commit_of(folder, ref), repository.head(folder)
    assert now is not None
    if was and there is None and repository.same(folder, was, now, paths):
        return None
    known = [there] if there is not None else []
    if was not in (None, now):
        for name in remote.names(folder):
            try:
                known.append(remote.ask(folder, name))
            except OutsideError as error:
                return _silent(folder, tag, name, error)
    for asked in known:
        published = remote.published(folder, asked, tag)
        if published is None:
            continue
        if not repository.same(folder, published, now, paths):
            return _stays(folder, tag, asked)
        if was is None:
            repository.take_tag(folder, tag, asked.refs[ref])
        return None
    if was != now:
        repository.set_tag(folder, tag, message)
        tell(f"tagged {tag}" if was is None else f"moved {tag} to it, since it is not published")
    return None


def _stays(folder: Path, tag: str, asked: Remote) -> Refused:
    name = asked.address if asked.address in remote.names(folder) else asked.url
    move = repository.command_line("-C", str(folder), "tag", "--force", tag)
    push = repository.command_line("-C", str(folder), "push", "--force", name, f"refs/tags/{tag}")
    problem = Problem(
        str(folder),
        0,
        0,
        f"{tag} is published at {asked.url} with other content: it stays, and builds go on with it",
        f"to give them the new content under the same version, move it: {move} && {push}\n"
        "      = or go on with the next pipelinegen, which has a tag of its own",
    )
    return Refused(problem.text())


def _silent(folder: Path, tag: str, name: str, error: OutsideError) -> Refused:
    message = f"{tag} has other content, and whether it is published there is nobody to say"
    again = "run again when it answers; or, when nobody reads the tag, remove it and run again: "
    hint = again + repository.command_line("-C", str(folder), "tag", "--delete", tag)
    return Refused(f"{error}\n\n{Problem(str(folder), 0, 0, message, hint).text()}")
