"""What a picture of the plan shows: bands of columns of boxes, without any measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipelinegen.plan import model
from pipelinegen.plan.model import Condition, Node, Parallel, Plan, Stage
from pipelinegen.render.graph import note

BUILD = "build"  # the band of what comes ahead of the accounts

# The clusters of one stage, by region.
Regions = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Box:
    """A stage.

    Args:
        title: its name, short where the band says the rest.
        where: where it runs, when that is not said around it.
        details: what else is told of it.
        clusters: what it deploys to.
        gate: whether a person is waited for.
        tooltip: everything that is known of it.
    """

    title: str
    tooltip: str
    where: str = ""
    details: tuple[str, ...] = ()
    clusters: Regions = ()
    gate: bool = False


@dataclass(frozen=True)
class Column:
    """What stands at one place of the flow: a box, or a frame with several.

    Args:
        caption: the frame's title; empty: there is no frame.
        follows: whether each box follows the one above it; else they do not need each other.
    """

    boxes: tuple[Box, ...]
    caption: str = ""
    where: str = ""
    follows: bool = False


@dataclass(frozen=True)
class Band:
    """Columns that belong to one account, or to the build.

    Args:
        kind: the account's name, or ``build``.
    """

    kind: str
    columns: tuple[Column, ...]
    where: str
    clusters: Regions

    @property
    def title(self) -> str:
        """The band's name for people."""
        return "Build and test" if self.kind == BUILD else f"{self.kind.capitalize()} account"

    @property
    def note(self) -> str:
        """How much is in it."""
        if self.kind == BUILD:
            marked = any(c.where or any(box.where for box in c.boxes) for c in self.columns)
            return "in every build unless marked" if marked else "in every build"
        clusters = sum(len(names) for _, names in self.clusters)
        return f"{_count(clusters, 'cluster')} in {_count(len(self.clusters), 'region')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def bands(plan: Plan, regions: Mapping[str, str]) -> list[Band]:
    """The plan's nodes in their order, those of one account together.

    Args:
        plan: the service's plan.
        regions: the region of each cluster.
    """
    kinds = _kinds(plan.nodes)
    pairs = zip(kinds, plan.nodes, strict=True)
    grouped = ((kind, [n for _, n in group]) for kind, group in groupby(pairs, lambda p: p[0]))
    return [_band(kind, nodes, regions) for kind, nodes in grouped]


def description(found: Sequence[Band]) -> str:
    """The flow in words, for who does not see it."""
    return " ".join(f"{band.title}: {', then '.join(map(_words, band.columns))}." for band in found)


def _words(column: Column) -> str:
    titles = [box.title for box in column.boxes]
    if not column.caption:
        return titles[0]
    inner = ", then ".join(titles) if column.follows else ", ".join(titles) + " in parallel"
    return f"{column.caption} ({inner})"


def _kinds(nodes: Sequence[Node]) -> list[str]:
    """The band of each node: that of its account; a gate's is the one behind it."""
    found: list[str] = []
    kind = BUILD
    for i, node in enumerate(nodes):
        gate = isinstance(node, Stage) and node.gate is not None
        ahead = nodes[i:] if gate else [node]
        kind = next((a for a in map(_account, ahead) if a), kind)
        found.append(kind)
    return found


def _account(node: Node) -> str:
    stages = [node] if isinstance(node, Stage) else node.stages
    return next((str(s.step.arguments["account"]) for s in stages if _has_account(s)), "")


def _has_account(stage: Stage) -> bool:
    return "account" in stage.step.arguments


def _band(kind: str, nodes: Sequence[Node], regions: Mapping[str, str]) -> Band:
    conditions = {_when(node) for node in nodes}
    # What holds for all of them is said once.
    common = conditions.pop() if len(conditions) == 1 else None
    columns = [c for node in nodes for c in _columns(node, common, regions)]
    stages = (s for n in nodes for s in ([n] if isinstance(n, Stage) else n.stages))
    clusters = _regions([name for stage in stages for name in _clusters(stage)], regions)
    return Band(kind, tuple(columns), common.words if common else "", clusters)


def _when(node: Node) -> Condition | None:
    return None if isinstance(node, Parallel) else node.when


def _columns(node: Node, common: Condition | None, regions: Mapping[str, str]) -> list[Column]:
    if isinstance(node, Stage):
        return [Column((_box(node, common, regions),))]
    # What is said of the node need not be said of what is in it.
    own = common if isinstance(node, Parallel) else None
    boxes = tuple(_box(stage, own, regions) for stage in node.stages)
    if all(box.clusters for box in boxes):
        waves = [Box(f"Wave {i}", b.tooltip, b.where, b.details, b.clusters) for i, b in
                 enumerate(boxes, 1)]  # fmt: skip
        return [Column((wave,)) for wave in waves]
    when = _when(node)
    where = when.words if when and when != common else ""
    return [Column(boxes, node.title, where, follows=isinstance(node, model.Sequence))]


def _box(stage: Stage, common: Condition | None, regions: Mapping[str, str]) -> Box:
    details: tuple[str, ...] = ()
    if stage.gate:
        who = ", ".join(stage.gate.approvers) or "anyone who may build"
        details = (f"by {who}", f"waits up to {stage.gate.hours} h")
    told = note(stage)
    return Box(
        title=stage.title,
        tooltip=f"{stage.title}: {told}" if told else stage.title,
        where=stage.when.words if stage.when and stage.when != common else "",
        details=details,
        clusters=_regions(_clusters(stage), regions) if stage.step.call == "deployWave" else (),
        gate=stage.gate is not None,
    )


def _clusters(stage: Stage) -> list[str]:
    clusters = stage.step.arguments.get("kubeconfigs")
    return list(clusters) if isinstance(clusters, dict) else []


def _regions(clusters: Sequence[str], regions: Mapping[str, str]) -> Regions:
    found: dict[str, dict[str, None]] = {}
    for name in clusters:
        found.setdefault(regions.get(name, ""), {})[name] = None
    return tuple((region, tuple(names)) for region, names in found.items())
