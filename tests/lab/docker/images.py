"""The images that the tests use: pulled where they can be, built from packages elsewhere."""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelinegen.render.files import PYTHON
from tests.lab import Missing
from tests.lab.cache import cache_dir
from tests.lab.docker.base import BASE, base_recipe, build_base
from tests.lab.docker.catalogue import IMAGES, TOOLS_PYTHON
from tests.lab.docker.cli import DockerError, docker, inspect
from tests.lab.docker.compiled import VERSIONS, compile_program, kept

TOP = Path(__file__).parents[3]
FOLDER = Path(__file__).with_name("images")
# Marks what was made here, and tells from what: a hash.
RECIPE = "pipelinegen.lab.recipe"
MEND = "let Docker pull it, or let `docker build` reach the package registries"
# The official image under a name of our own, when the wheel was put on top of it.
TOOLS_PYTHON_BARE = f"pipelinegen-lab/python:{PYTHON}-slim"
# What the wheel is made of.
SOURCES = ("pipelinegen", "jenkins-templates", "vars", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class Prepared:
    """An image that is there, how it came to be, and how long that took."""

    name: str
    how: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.name:<36} {self.how:<9} {self.seconds:6.1f} s"


def prepare(names: Iterable[str] | None = None) -> Iterator[Prepared]:
    """Has these images, or all that the tests use, on this machine, one after the other.

    Raises:
        Missing: an image can neither be pulled nor built here.
    """
    seen = _Seen()
    with _alone():
        for name in names or IMAGES:
            yield from _ensure(name, seen)


@dataclass(frozen=True)
class _Seen:
    """What is known by now: the images that are there, and why registries do not answer."""

    images: set[str] = field(default_factory=set)
    unreachable: dict[str, str] = field(default_factory=dict)


@contextmanager
def _alone() -> Iterator[None]:
    """One preparation at a time: every worker of the tests asks for it."""
    with (cache_dir() / "docker.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ensure(name: str, seen: _Seen) -> Iterator[Prepared]:
    """An image and, where it is built, those that it is from."""
    if name in seen.images:
        return
    seen.images.add(name)
    began = time.monotonic()
    official = _has_official(name, seen)
    if official and name != TOOLS_PYTHON:
        yield Prepared(name, "official", time.monotonic() - began)
        return
    parents = [TOOLS_PYTHON_BARE] if official else _parents(name)
    for parent in parents:
        if parent != TOOLS_PYTHON_BARE:
            yield from _ensure(parent, seen)
    began = time.monotonic()
    recipe = _recipe(name, parents)
    if _labels(name).get(RECIPE) == recipe:
        yield Prepared(name, "unchanged", time.monotonic() - began)
        return
    program = IMAGES[name].compiled if name in IMAGES else None
    with _explained(name, seen, official=official):
        if program and not kept(program).exists():
            for parent in _froms(program):
                yield from _ensure(parent, seen)
            began = time.monotonic()
            compile_program(program, FOLDER / program)
            yield Prepared(program, "compiled", time.monotonic() - began)
        began = time.monotonic()
        _build(name, parents, recipe)
    yield Prepared(name, "built", time.monotonic() - began)


@contextmanager
def _explained(name: str, seen: _Seen, *, official: bool) -> Iterator[None]:
    """Tells of an image that cannot be built why it could not be pulled, too."""
    try:
        yield
    except (DockerError, Missing) as error:
        said = error.reason if isinstance(error, Missing) else str(error)
        reason = "\n".join(said.splitlines()[-15:])
        if not official:
            pulled = seen.unreachable.get(_registry(name), "unknown")
            reason = f"cannot be pulled ({pulled}) nor built here ({reason})"
        raise Missing(f"image {name}", reason, MEND) from error


def _has_official(name: str, seen: _Seen) -> bool:
    """Whether the image is here as its makers published it; it is pulled where that is possible."""
    if name == TOOLS_PYTHON and inspect("image", TOOLS_PYTHON_BARE):
        return True
    if _is_ours(name) or not (_is_official(name) or _pull(name, seen)):
        return False
    if name == TOOLS_PYTHON:
        docker("tag", name, TOOLS_PYTHON_BARE)
    return True


def _is_official(name: str) -> bool:
    """Whether it came from a registry."""
    image = inspect("image", name)
    return image is not None and bool(image["RepoDigests"]) and not _is_ours(name)


def _is_ours(name: str) -> bool:
    return RECIPE in _labels(name)


def _labels(name: str) -> Mapping[str, str]:
    config = (inspect("image", name) or {}).get("Config") or {}
    return config.get("Labels") or {}


def _registry(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first if slash and "." in first else "docker.io"


def _pull(name: str, seen: _Seen) -> bool:
    """Whether the image could be pulled; a registry that did not answer is not asked again."""
    registry = _registry(name)
    if registry in seen.unreachable:
        return False
    try:
        docker("pull", "--quiet", name, timeout=900)
    except DockerError as error:
        seen.unreachable[registry] = str(error).splitlines()[-1]
        return False
    return True


def _parents(name: str) -> list[str]:
    """The images that a stand-in is from."""
    if name == BASE:
        return []
    if name == TOOLS_PYTHON:
        return ["python:3.11-slim"]
    return _froms(IMAGES[name].folder)


def _froms(folder: str) -> list[str]:
    text = (FOLDER / folder / "Dockerfile").read_text()
    return sorted(set(re.findall(r"^FROM (\S+:\S+)", text, re.MULTILINE)))


def _recipe(name: str, parents: list[str]) -> str:
    """What an image is made of, as a hash."""
    if name == BASE:
        return base_recipe()
    stand_in = IMAGES[name]
    made_of = [FOLDER / stand_in.folder]
    more = [stand_in.target, _arguments(name, parents), [_id(parent) for parent in parents]]
    if name == TOOLS_PYTHON:
        made_of += [TOP / source for source in SOURCES]
    if stand_in.compiled:
        made_of.append(FOLDER / stand_in.compiled)
        more.append(VERSIONS[stand_in.compiled])
    return _hash(made_of, more)


def _arguments(name: str, parents: list[str]) -> dict[str, str]:
    arguments = dict(IMAGES[name].arguments)
    if name == TOOLS_PYTHON:
        arguments["BASE"] = parents[0]
    return arguments


def _build(name: str, parents: list[str], recipe: str) -> None:
    label = f"{RECIPE}={recipe}"
    if name == BASE:
        build_base(label)
        return
    stand_in = IMAGES[name]
    command = ["build", "--quiet", "--tag", name, "--label", label]
    command += ["--target", stand_in.target] if stand_in.target else []
    for key, value in _arguments(name, parents).items():
        command += ["--build-arg", f"{key}={value}"]
    with tempfile.TemporaryDirectory(prefix="pipelinegen-image-") as scratch:
        context = shutil.copytree(FOLDER / stand_in.folder, Path(scratch) / "context")
        if name == TOOLS_PYTHON:
            _wheel(context / "wheels")
        if stand_in.compiled:
            shutil.copy(kept(stand_in.compiled), context)
        docker(*command, str(context))


def _id(name: str) -> str:
    return str((inspect("image", name) or {}).get("Id"))


def _hash(paths: Iterable[Path], more: Any) -> str:
    hashed = hashlib.sha256(repr(more).encode())
    for top in paths:
        files = (
            [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
        )
        for path in files:
            if "__pycache__" not in path.parts:
                content = path.read_bytes()
                hashed.update(f"{path.relative_to(top)} {len(content)}\n".encode() + content)
    return hashed.hexdigest()[:16]


def _wheel(target: Path) -> None:
    """The wheel of this checkout, which no package index has."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    done = subprocess.run(
        [*command, str(target), str(TOP)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DockerError(f"pip wheel: {done.stderr.strip()}")
