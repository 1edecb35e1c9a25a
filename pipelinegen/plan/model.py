"""What will happen, in order: plain frozen data that Jenkins, a laptop and a picture agree on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# Whose a container, network or image is: what a build leaves behind is found by it.
BUILD_LABEL = "pipelinegen.build"
# Where a container finds the Docker socket.
SOCKET = "/var/run/docker.sock"

Value = str | int | bool | list[str] | dict[str, str]


@dataclass(frozen=True)
class Step:
    """What a stage does: one call of a step of the shared library.

    Args:
        call: the step's name, a file in ``vars/``.
        arguments: its named arguments.
    """

    call: str
    arguments: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Agent:
    """The container that a stage runs in, built from a Dockerfile.

    Args:
        directory: the build context, relative to the repository's top; ``.`` is the top.
        filename: the Dockerfile, relative to ``directory``.
        target: the Dockerfile's stage; None is the last one.
        docker: whether the container gets the Docker socket.
        network: whether it joins the network of this build's containers.
        same_node: whether it must run where the stages around it run.
    """

    directory: str
    filename: str
    target: str | None = None
    docker: bool = False
    network: bool = False
    same_node: bool = False


@dataclass(frozen=True)
class Condition:
    """Where a stage runs; any of the conditions is enough, ``negated`` turns it around."""

    branches: tuple[str, ...] = ()
    pull_request: bool = False
    negated: bool = False

    @property
    def words(self) -> str:
        """The condition for people."""
        parts = [f"on {branch}" for branch in self.branches]
        parts += ["in pull requests"] if self.pull_request else []
        return ("not " if self.negated else "") + " or ".join(parts)

    def holds(self, branch: str, *, pull_request: bool = False) -> bool:
        """Whether a stage with this condition runs in a build.

        Args:
            branch: the branch that is built, or the pull request's name.
            pull_request: whether it is a build of a pull request.
        """
        known = any(_matches(pattern, branch) for pattern in self.branches)
        return (known or (self.pull_request and pull_request)) != self.negated


def _matches(pattern: str, branch: str) -> bool:
    """Ant's path patterns without regard to case, as Jenkins' ``branch`` condition has them.

    https://www.jenkins.io/doc/book/pipeline/syntax/#when
    """
    known = {"**/": "(?:.*/)?", "/**": "(?:/.*)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|/\*\*$|\*\*|\*|\?)", pattern)
    regex = "".join(known.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(regex, branch, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Gate:
    """A person's approval."""

    message: str
    approvers: tuple[str, ...]
    hours: int


@dataclass(frozen=True)
class Stage:
    """One stage: a step in a container, or a gate."""

    name: str
    title: str
    step: Step
    agent: Agent | None
    when: Condition | None = None
    timeout_minutes: int | None = None
    lock: str | None = None
    gate: Gate | None = None


@dataclass(frozen=True)
class Parallel:
    """Stages that do not need each other."""

    title: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Sequence:
    """Stages that belong together.

    Args:
        same_node: whether they share one agent's node and workspace.
        always: what is done at the end, whatever happened.
    """

    name: str
    title: str
    stages: tuple[Stage, ...]
    when: Condition | None = None
    lock: str | None = None
    same_node: bool = False
    always: Step | None = None


Node = Stage | Parallel | Sequence


@dataclass(frozen=True)
class Plan:
    """All that happens to a change of one service."""

    service: str
    team: str
    library: str
    label: str
    docker_group: int | None
    timeout_hours: int
    keep_builds: int
    abort_previous: bool
    nodes: tuple[Node, ...]
    notify: Mapping[str, Value] | None

    def stages(self) -> Iterator[Stage]:
        """Every stage, in the order in which it is written."""
        for node in self.nodes:
            if isinstance(node, Stage):
                yield node
            else:
                yield from node.stages
