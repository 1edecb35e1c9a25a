"""What the server's declarative linter says of a Jenkinsfile, and which stage a line is of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelinegen.config.document import Path
from pipelinegen.jenkins.answers import NotThere, ServerError
from pipelinegen.jenkins.client import Server
from pipelinegen.plan.model import Plan
from pipelinegen.render.quoting import groovy

# `@ line 2, column 11.` ends what hudson.util's and Groovy's messages say of a place.
_PLACE = re.compile(r"\s*@ line (\d+), column (\d+)\.?\s*\Z")
_BLOCK = re.compile(r"( *)(stage\((.*)\)|[a-z]+) \{\s*\Z")
# Where pipeline.yaml says what a stage of ours does.
_KEYS: dict[str, Path] = {
    "lint": ("lint",),
    "build": ("build", "run"),
    "image": ("build",),
    "unit": ("tests", "unit"),
    "integration": ("tests", "integration"),
    "browsers": ("tests", "browsers"),
    "system": ("tests", "system"),
    "system-up": ("dependencies",),
    "system-containers": ("tests", "system"),
    "system-deployed": ("tests", "system"),
    "temporary-release": ("deploy",),
    "approve": ("deploy", "production"),
}


@dataclass(frozen=True)
class Finding:
    """Something that the linter found; line and column are 0 when it does not say where."""

    line: int
    column: int
    message: str


@dataclass(frozen=True)
class Part:
    """What of a Jenkinsfile a line belongs to.

    Args:
        titles: the stages around it, from the outside.
        block: the block of the pipeline that it is in, where that is no stage.
    """

    titles: tuple[str, ...]
    block: str = ""

    @property
    def words(self) -> str:
        if self.titles:
            return "the stage " + ", in it ".join(self.titles)
        return f"the block `{self.block}`" if self.block else "the file outside of its blocks"


def findings(server: Server, jenkinsfile: str) -> list[Finding]:
    """What the linter finds wrong.

    https://www.jenkins.io/doc/book/pipeline/development/#linter

    Args:
        server: the server.
        jenkinsfile: the text.

    Raises:
        ServerError: the server has no linter, or does not answer.
    """
    try:
        found = server.check_jenkinsfile_syntax(jenkinsfile)
    except NotThere:
        raise ServerError(
            f"{server.server}: it has no linter\n"
            "      = install the plugin pipeline-model-definition"
        ) from None
    return [_finding(message) for message in _messages(found)]


def _messages(found: Any) -> Iterator[str]:
    """One error stands alone and several in a list, each in a map or not."""
    if isinstance(found, dict):
        found = found.get("error", [])
    if isinstance(found, str):
        yield found
    else:
        for one in found:
            yield from _messages(one)


def _finding(message: str) -> Finding:
    place = _PLACE.search(message)
    if place is None:
        return Finding(0, 0, message.strip())
    return Finding(int(place[1]), int(place[2]), message[: place.start()].strip())


def part_of(jenkinsfile: str, line: int) -> Part:
    """What a line of a generated Jenkinsfile belongs to, by the blocks around it."""
    around: list[tuple[int, str, str]] = []
    for text in jenkinsfile.splitlines()[:line]:
        indent = len(text) - len(text.lstrip())
        # The line that closes a block still belongs to it; what follows does not.
        while text.strip() and around and indent <= around[-1][0] and text.strip() != "}":
            around.pop()
        if found := _BLOCK.match(text):
            around.append((indent, found[2].split("(")[0], found[3] or ""))
    titles = tuple(title for _, word, title in around if word == "stage")
    block = next((word for _, word, _ in around if word not in ("pipeline", "stages")), "")
    return Part(titles, block)


def key_of(plan: Plan, part: Part) -> Path | None:
    """The key of pipeline.yaml that a part of the Jenkinsfile was made from.

    Args:
        plan: the service's plan.
        part: as `part_of` tells it, its titles as Groovy writes them.
    """
    if not part.titles:
        blocks: dict[str, Path] = {"options": ("pipeline",), "post": ("notify",)}
        return blocks.get(part.block)
    names: dict[str, str] = {groovy(stage.title): stage.name for stage in plan.stages()}
    for node in plan.nodes:
        if name := getattr(node, "name", None):
            names.setdefault(groovy(node.title), name)
    name = names.get(part.titles[-1], "")
    if name.startswith("deploy-"):
        return ("deploy",)
    return _KEYS.get(name) or (("stages", name) if name else None)
