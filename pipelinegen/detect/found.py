"""What was found, put together from what each part of the repository shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelinegen.detect.repo import Fact

Data = dict[str, Any]


@dataclass(frozen=True)
class Command:
    """A test command.

    Args:
        run: the shell command.
        docker: whether it starts containers.
        junit: its reports, where the tool's own place is not known by itself.
        env: what makes it write them.
    """

    run: str
    docker: bool = False
    junit: str | None = None
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Ecosystem:
    """What a language and its build tool say.

    Args:
        language: for people, with the build tool.
        kind: the Dockerfile template that suits it; empty where none does.
        because: the file that shows it.
        versions: what the Dockerfile template needs to know.
        web: whether a web framework is used; without one and without a port it is a worker.
        port: the port, or the framework's default.
    """

    language: str
    kind: str
    because: str
    name: Fact[str] | None = None
    lint: Fact[str] | None = None
    build: Fact[str] | None = None
    tests: dict[str, Fact[Command]] = field(default_factory=dict)
    caches: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    web: bool = False
    port: Fact[int] | None = None
    health: dict[str, Fact[Data]] = field(default_factory=dict)
    metrics: Fact[str] | None = None
    memory: tuple[str, str] | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile that is there.

    Args:
        stages: the names of its stages, in order; empty text for one without a name.
        user: the last stage's user.
        ports: what is exposed, with the lines.
    """

    path: str
    stages: tuple[str, ...]
    user: Fact[str] | None
    ports: tuple[Fact[int], ...]


@dataclass
class Found:
    """One service, as `init` sees it."""

    folder: Path
    name: Fact[str]
    team: Fact[str] | None
    ecosystem: Ecosystem
    dockerfile: Dockerfile | None
    port: Fact[int] | None
    health: dict[str, Fact[Data]]
    metrics: Fact[str] | None
    main_branch: Fact[str] | None = None
    path: str | None = None
    platform: str | None = None
    test_target: Fact[str] | None = None
    image_target: Fact[str] | None = None
    dependencies: dict[str, Fact[Data]] = field(default_factory=dict)
    replicas: Fact[int] | None = None
    resources: Fact[Data] | None = None
    env: dict[str, Fact[str]] = field(default_factory=dict)
    secrets: dict[str, Fact[Data]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def recognised(self) -> bool:
        """Whether there is anything to build: a known language, or a Dockerfile."""
        return bool(self.ecosystem.kind) or self.dockerfile is not None

    @property
    def worker(self) -> bool:
        """Whether it listens on no port."""
        return self.port is None and not self.ecosystem.web and bool(self.ecosystem.kind)
