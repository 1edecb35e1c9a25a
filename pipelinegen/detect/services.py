"""Which services a repository holds, and everything that can be seen of each."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelinegen.config.repository import git_top
from pipelinegen.detect import (
    compose,
    dockerfile,
    dotnet,
    golang,
    java,
    kubernetes,
    legal,
    node,
    owner,
    python,
    routes,
)
from pipelinegen.detect.found import Command, Ecosystem, Found
from pipelinegen.detect.repo import SKIP, Fact, Repo, above, read, shown
from pipelinegen.errors import OutsideError, PipelinegenError

_LOOK: tuple[Callable[[Repo], Ecosystem | None], ...] = (
    java.look,
    golang.look,
    dotnet.look,
    python.look,
    node.look,
)
_MARKERS = frozenset((
    "pom.xml", "build.gradle", "build.gradle.kts", "go.mod", "package.json", "pyproject.toml",
    "requirements.txt", "setup.py", "Pipfile", "Dockerfile",
))  # fmt: skip
_DEPTH = 3


def find(folder: Path) -> list[Found]:
    """Every service in ``folder``: itself, or those in its folders.

    Args:
        folder: where `init` was called.

    Raises:
        PipelinegenError: nothing was recognised.
        OutsideError: a folder cannot be read.
    """
    inside = git_top(str(folder.resolve()))
    top = Path(inside) if inside else folder
    try:
        found = [made for path in _folders(folder) if (made := one(path, top)).recognised]
    except OSError as error:
        raise OutsideError(f"{error.filename}: cannot be read: {error.strerror}") from None
    if not found:
        raise PipelinegenError(
            f"{folder}: no service was recognised here\n"
            "      = it needs a build file (pyproject.toml, pom.xml, build.gradle, go.mod, "
            "package.json, a .csproj) or a Dockerfile; for anything else write a Dockerfile first"
        )
    return found


def _folders(folder: Path) -> list[Path]:
    if not _is_service(folder):
        return _below(folder)
    if _is_umbrella(folder):
        # Its parts may be libraries too; those that become images are services.
        return [p for p in _below(folder) if (p / "Dockerfile").is_file()] or [folder]
    return [folder]


def _is_umbrella(folder: Path) -> bool:
    """Whether the build file only holds others together."""
    repo = Repo(folder)
    return not repo.has(*dockerfile.NAMES) and bool(
        repo.has("pnpm-workspace.yaml", "lerna.json")
        or repo.find("package.json", r'"workspaces"\s*:')
        or repo.find("pom.xml", r"<modules>")
        or repo.find("settings.gradle", r"^\s*include\b")
        or repo.find("settings.gradle.kts", r"^\s*include\b")
        or repo.find("pyproject.toml", r"^\[tool\.uv\.workspace\]")
    )


def _below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path, folders, _ in os.walk(folder):
        here = Path(path)
        if here != folder and _is_service(here):
            found.append(here)
            folders.clear()  # what lies in a service is a part of it
            continue
        deep = len(here.relative_to(folder).parts) >= _DEPTH
        folders[:] = (
            []
            if deep
            else sorted(n for n in folders if n not in SKIP and not n.startswith((".", "test")))
        )
    return found


def _is_service(folder: Path) -> bool:
    names = {entry.name for entry in os.scandir(folder) if entry.is_file()}
    return bool(names & _MARKERS) or any(n.endswith((".csproj", ".sln", ".slnx")) for n in names)


def one(folder: Path, top: Path) -> Found:
    """Everything that can be seen of one service."""
    repo = Repo(folder, top)
    image = dockerfile.look(repo)
    known = [made for look in _LOOK if (made := look(repo))]
    ecosystem = known[0] if known else Ecosystem("a Dockerfile", "", image.path if image else "")
    for other in known[1:]:
        ecosystem.notes.append(f"{other.because}: {other.language} is here too, and not looked at")
    seen = routes.routes(repo)
    called, dependencies, notes = compose.look(repo, folder.resolve().name)
    name, note = _name(folder, ecosystem, called)
    found = Found(
        folder=folder,
        name=name,
        team=owner.team(repo, folder),
        main_branch=owner.main_branch(folder),
        ecosystem=ecosystem,
        dockerfile=image,
        port=image.ports[0] if image and image.ports else ecosystem.port,
        health=ecosystem.health or routes.health(seen),
        metrics=ecosystem.metrics or routes.metrics(seen),
        dependencies=dependencies,
        notes=[*note, *ecosystem.notes, *notes],
    )
    kubernetes.look(repo, found)
    inside = shown(Repo(top.resolve()), folder.resolve())
    found.path = None if inside == "." else inside
    platform = above(Repo(folder, top.resolve().parent), "platform.yaml")
    # Other tools have a platform.yaml too.
    ours = platform is not None and "pipelinegen/" in (read(platform) or "")
    found.platform = shown(repo, platform) if platform and ours else None
    found.notes += _before_generate(found, top)
    _agent(found)
    legal.settle(found)
    return found


def _before_generate(found: Found, top: Path) -> Iterator[str]:
    """What a person should know before the next step."""
    text = Repo(found.folder).text("Jenkinsfile")
    if text and not text.startswith("// Made by pipelinegen"):
        yield (
            "Jenkinsfile is there already, and `generate` never touches what it did not write: "
            "move it aside first (mv Jenkinsfile Jenkinsfile.old)"
        )
    if found.platform and not (found.folder / found.platform).resolve().is_relative_to(
        top.resolve()
    ):
        yield (
            f"{found.platform} is outside of this git repository: `generate` copies it in here for "
            "Jenkins, so run it again when it changes"
        )
    others = [name for name, d in found.dependencies.items() if d.value["type"] == "service"]
    if others:
        urls = ", ".join(f"http://{name}" for name in others)
        yield f"where it is deployed it will reach {urls}; set the dependency's `url` if not so"


def _agent(found: Found) -> None:
    """In which stages of the Dockerfile tests run and the service is."""
    text = Repo(found.folder).text(found.dockerfile.path) if found.dockerfile else "gotestsum"
    unit = found.ecosystem.tests.get("unit")
    if unit and found.ecosystem.kind == "go" and "gotestsum" in text:
        # It runs `go test` and writes a report; the Dockerfile that is written has it.
        run = "gotestsum --junitfile reports/unit.xml ./..."
        found.ecosystem.tests["unit"] = Fact(Command(run), unit.because)
    if found.dockerfile is None:
        if found.ecosystem.kind:
            found.test_target = Fact("test", "the Dockerfile that is written")
        return
    found.test_target = dockerfile.test_target(found.dockerfile)
    found.image_target = dockerfile.image_target(found.dockerfile)
    if note := dockerfile.user_note(found.dockerfile):
        found.notes.append(note)


def _name(
    folder: Path, ecosystem: Ecosystem, called: Fact[str] | None
) -> tuple[Fact[str], list[str]]:
    """A legal name, and what was changed to make it one."""
    said = ecosystem.name or called or Fact(folder.resolve().name, "the folder's name")
    legal = re.sub(r"[^a-z0-9]+", "-", _ascii(said.value.rsplit("/", 1)[-1])).strip("-")
    legal = re.sub(r"^[^a-z]+", "", legal)[:40].rstrip("-") or "service"
    if legal == said.value.lower():
        return Fact(legal, said.because), []
    name = said.value if len(said.value) <= 70 else said.value[:67] + "..."
    note = f"the name `{name}` became `{legal}`, which Kubernetes and Docker take"
    return Fact(legal, said.because), [note]


def _ascii(name: str) -> str:
    """A name in lower case, its letters without their accents."""
    return (
        unicodedata.normalize("NFKD", name.lower().replace("ß", "ss"))
        .encode("ascii", "replace")
        .decode()
        .replace("?", "")
    )
