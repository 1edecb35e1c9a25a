"""What a deployment would change in a cluster: its manifests against what runs there.

The API server is asked what would come of them, without doing it, so that its own defaults and
what somebody has changed by hand are in the comparison.
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from pipelinegen.config.merge import Data
from pipelinegen.deploy.access import ClusterError
from pipelinegen.deploy.release import Release, render
from pipelinegen.deploy.target import NO_IMAGE, Image, Target

Key = tuple[str, str]
# What the API server, its controllers and helm write by themselves; and versions: that of the chart
# changes nothing, that of the service is told above all else.
_NOISE = re.compile(
    r"metadata\.(creationTimestamp|generation|managedFields|resourceVersion|selfLink|uid)\b"
    r"|metadata\.annotations\[(deployment\.kubernetes\.io|meta\.helm\.sh)/"
    r"|metadata\.annotations\[kubectl\.kubernetes\.io/last-applied-configuration\]"
    r"|(.*\.)?labels\[(helm\.sh/chart|app\.kubernetes\.io/version)\]"
    r"|status\b"
)


@dataclass(frozen=True)
class Change:
    """What happens to one object.

    Args:
        kind: the object's kind.
        name: its name.
        what: ``new``, ``changed`` or ``removed``.
        diff: the lines of its difference: a place, and its values with ``-`` and ``+``.
    """

    kind: str
    name: str
    what: str
    diff: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """It on one line."""
        return f"{self.what} {self.kind}/{self.name}"


@dataclass(frozen=True)
class Changes:
    """What a deployment changes in one cluster.

    Args:
        objects: what happens to each object that changes.
        runs: the image that runs there; its digest is empty where there is none.
        revision: the number of the release's current revision; 0: there is none.
        status: helm's word for that.
    """

    objects: tuple[Change, ...]
    runs: Image = NO_IMAGE
    revision: int = 0
    status: str = ""

    def text(self, *, new: bool) -> str:
        """It for people.

        Args:
            new: whether the lines of new objects are shown as well.
        """
        lines: list[str] = []
        for change in self.objects:
            shown = change.diff if new or change.what != "new" else ()
            lines += [change.title, *(f"  {line}" for line in shown)]
        return "\n".join(lines)


def changes(target: Target, image: Image, now: Release | None) -> Changes:
    """What a deployment would change; nothing is changed.

    Args:
        target: where.
        image: what.
        now: the release as it is.

    Raises:
        ClusterError: the cluster does not answer, or refuses the manifests.
    """
    runs = now.image if now else NO_IMAGE
    wanted = _objects(render(target, same_version(image, runs)))
    had = _objects(now.manifest) if now else {}
    return Changes(
        tuple(_compare(target, had, wanted)), runs, now.revision if now else 0,
        now.status if now else "",
    )  # fmt: skip


def same_version(image: Image, runs: Image) -> Image:
    """The same image keeps its version, else its pods would all be new."""
    return runs if image.digest == runs.digest and not image.version else image


def _objects(text: str) -> dict[Key, Data]:
    loaded = [item for item in yaml.load_all(text, Loader=_loader()) if item]
    return {(item["kind"], item["metadata"]["name"]): item for item in loaded}


def _loader() -> Any:
    # The one in C is some ten times as fast, and not in every build of PyYAML.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _compare(target: Target, had: dict[Key, Data], wanted: dict[Key, Data]) -> Iterator[Change]:
    live = _live(target, {**had, **wanted})
    asked = {key: item for key, item in wanted.items() if key in live}
    become = _would_become(target, asked)
    for key, item in wanted.items():
        if key not in live:
            yield Change(*key, "new", tuple(f"+ {line}" for line in _lines(item)))
        elif diff := tuple(_diff(live[key], become[key])):
            yield Change(*key, "changed", diff)
    for key in had:
        if key in live and key not in wanted:
            yield Change(*key, "removed")


def _live(target: Target, items: dict[Key, Data]) -> dict[Key, Data]:
    if not items:
        return {}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items.values())})
    try:
        said = target.access.kubectl(
            "get", "--ignore-not-found", "-o", "json", "-f", "-", stdin=text
        )
    except ClusterError as error:
        if f'namespaces "{target.access.namespace}" not found' in error.said:
            return {}
        raise
    return _by_key(said)


def _would_become(target: Target, items: dict[Key, Data]) -> dict[Key, Data]:
    """What the API server makes of them, as helm would apply them."""
    if not items:
        return {}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items.values())})
    how = ["--server-side", "--dry-run=server", "--field-manager=helm", "--force-conflicts"]
    return _by_key(target.access.kubectl("apply", *how, "-o", "json", "-f", "-", stdin=text))


def _by_key(text: str) -> dict[Key, Data]:
    if not text.strip():
        return {}
    loaded = json.loads(text)
    items = loaded["items"] if loaded["kind"] == "List" else [loaded]
    return {(item["kind"], item["metadata"]["name"]): item for item in items}


def _diff(before: Data, after: Data) -> Iterator[str]:
    """What differs, a place and its values at a time."""
    had, has = dict(_leaves(before)), dict(_leaves(after))
    for path in dict.fromkeys([*had, *has]):
        if had.get(path) != has.get(path) and not _NOISE.match(path):
            yield path
            if path in had:
                yield f"- {had[path]}"
            if path in has:
                yield f"+ {has[path]}"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """All that an object says, by its place; in a list by the name of each, where it has one."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            # A key with dots in it, as labels have, is one step.
            step = f"[{key}]" if "." in key else f".{key}" if path else key
            yield from _leaves(below, path + step)
    elif isinstance(value, list) and value:
        named = all(isinstance(item, dict) and "name" in item for item in value)
        for number, item in enumerate(value):
            yield from _leaves(item, f"{path}[{item['name'] if named else number}]")
    else:
        yield path, value if isinstance(value, str) and value else json.dumps(value)


def _lines(item: Data) -> list[str]:
    text: str = yaml.safe_dump(item, sort_keys=False, allow_unicode=True, width=1000)
    return text.splitlines()
