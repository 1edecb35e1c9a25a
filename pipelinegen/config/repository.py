"""Whether what pipeline.yaml names is there in the repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path as FilePath

from pipelinegen.config.document import Fault, Path
from pipelinegen.config.loaded import Config

_FROM = re.compile(
    r"^\s*FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+(\S+))?\s*(?:#.*)?$", re.IGNORECASE | re.MULTILINE
)


def check(config: Config) -> Iterator[Fault]:
    """Every fault that only shows beside the files of the repository."""
    yield from _dockerfiles(config)
    yield from _init_files(config)
    yield from _scripts(config)
    yield from _path_in_repo(config)


def _dockerfiles(config: Config) -> Iterator[Fault]:
    """Whether the Dockerfiles and their stages exist: a build would only find out much later."""
    build = config.model.build
    wanted: list[tuple[str, Path, Path, str | None]] = [
        (
            build.agent.dockerfile or build.dockerfile,
            ("build", "agent", "dockerfile") if build.agent.dockerfile else ("build", "dockerfile"),
            ("build", "agent", "target"),
            build.agent.target,
        ),
        (
            build.dockerfile,
            ("build", "dockerfile"),
            ("build", "image", "target"),
            build.image.target,
        ),
    ]
    wanted += [
        (wanted[0][0], wanted[0][1], ("stages", name, "target"), stage.target)
        for name, stage in config.model.stages.items()
        if stage.target
    ]
    missing: set[str] = set()
    texts: dict[str, set[str]] = {}
    for dockerfile, at_file, at_target, target in wanted:
        if dockerfile in missing:
            continue
        if dockerfile not in texts:
            file = config.root / dockerfile
            try:
                text = file.read_text("utf-8", "replace")
            except OSError:
                missing.add(dockerfile)
                hint = "run `pipelinegen init`, which writes one, or name the right file"
                yield at_file, f"there is no `{dockerfile}` in {_shown(config.root)}", hint, False
                continue
            texts[dockerfile] = {name.lower() for name in _FROM.findall(text) if name}
        if target and target.lower() not in texts[dockerfile] and not target.isdigit():
            known = ", ".join(sorted(texts[dockerfile])) or "none has a name"
            yield (
                at_target,
                f"`{dockerfile}` has no stage `{target}`",
                f"its stages: {known} (a stage is named by `FROM … AS name`)",
                False,
            )


def _init_files(config: Config) -> Iterator[Fault]:
    for name, dependency in config.model.dependencies.items():
        for number, file in enumerate(dependency.init):
            if not (config.root / file).is_file():
                at = ("dependencies", name, "init", number)
                hint = "the path is relative to the folder of this file"
                yield at, f"there is no `{file}` in {_shown(config.root)}", hint, False


def _scripts(config: Config) -> Iterator[Fault]:
    for name, job in config.model.pipeline.jobs.items():
        if not (config.root / job.script).is_file():
            hint = "the path is relative to the folder of this file"
            message = f"there is no `{job.script}` in {_shown(config.root)}"
            yield ("pipeline", "jobs", name, "script"), message, hint, False


def _shown(folder: FilePath) -> str:
    return "this folder" if str(folder) in (".", "") else f"`{folder}`"


def _real(folder: str) -> str:
    """``folder`` without links; services side by side share all but its last part."""
    if os.path.islink(folder):
        return os.path.realpath(folder)
    above, name = os.path.split(folder)
    return os.path.join(_realpath(above), name)


_realpath = cache(os.path.realpath)


@cache
def git_top(folder: str) -> str | None:
    """The top of the git work tree that holds ``folder``; services side by side share it."""
    if os.path.exists(os.path.join(folder, ".git")):
        return folder
    above = os.path.dirname(folder)
    return None if above == folder else git_top(above)


def _path_in_repo(config: Config) -> Iterator[Fault]:
    """Jenkins checks out the whole repository, so stages must know the service's folder in it."""
    said = config.model.service.path
    if said == ".":  # deliberately: this folder will be a repository of its own
        return
    folder = _real(os.path.abspath(config.root))
    top = git_top(folder)
    if top is None:
        return
    inside = os.path.relpath(folder, top)
    if inside == "." and said is not None:
        yield (
            ("service", "path"),
            "this file is at the top of its git repository",
            "remove `path`",
            False,
        )
    elif inside != "." and said != inside:
        at: Path = ("service", "path") if said is not None else ("service",)
        yield (
            at,
            f"this file is in `{inside}` of its git repository, and `path` does not say so",
            f"write `path: {inside}`",
            said is None,
        )
