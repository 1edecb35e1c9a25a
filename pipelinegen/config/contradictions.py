"""Settings that are right one by one, but not together in some cluster."""

from __future__ import annotations

from collections.abc import Iterator

from pipelinegen.config.document import Fault, Path
from pipelinegen.config.effective import differing, layers, settings
from pipelinegen.config.loaded import Config
from pipelinegen.config.merge import Data, merge
from pipelinegen.config.pod import GRACE_SECONDS, MOST_BYTES
from pipelinegen.config.quantities import quantity

# (the settings that are involved, what is to blame first; message; what to do)
_Clash = tuple[list[Path], str, str]


def contradictions(config: Config) -> Iterator[Fault]:
    """The faults in the merged settings of each place, each at the layer that brought it."""
    places: dict[tuple[str | None, str | None, str | None], None] = {(None, None, None): None}
    places |= {
        differing(config, site.region, site.account, site.name): None for site in config.sites()
    }
    for place in places:
        found = layers(config, *place)
        said = [layer for _, layer in found]
        merged = settings(config, *place)
        found_here = [*_clashes(config.model.port, merged, said), *_reachable(config, merged)]
        for involved, message, hint in found_here:
            at = _innermost(config, involved, [prefix for prefix, _ in found])
            yield at, message, hint, False  # places that inherit it tell it too: one problem


def _innermost(config: Config, involved: list[Path], prefixes: list[Path]) -> Path:
    """Where the last word was spoken that one of the settings got."""
    for prefix in reversed(prefixes):
        for path in involved:
            if config.document.has((*prefix, *path)):
                return (*prefix, *path)
    return ("deploy", *involved[0])


def _clashes(port: int | None, merged: Data, said: list[Data]) -> Iterator[_Clash]:
    if "replicas" not in merged:
        yield [("replicas",)], "`replicas` must be a whole number", "write 0 to run no pod"
    yield from _resources(merged)
    yield from _health(port, merged)
    yield from _scaling(merged)
    yield from _shutdown(port, merged)
    yield from _files(merged)
    yield from _secrets(merged)
    both = {"minAvailable", "maxUnavailable"}
    # `maxUnavailable: 1` is the default; who says only `minAvailable` means that instead.
    if both <= (merged.get("disruptionBudget") or {}).keys() and both <= (
        (merge({}, *said).get("disruptionBudget") or {}).keys()
    ):
        message = "`minAvailable` and `maxUnavailable` exclude each other"
        keys: list[Path] = [("disruptionBudget", key) for key in ("minAvailable", "maxUnavailable")]
        yield keys, message, "keep one, or set the one from elsewhere to null"
    if (ingress := merged.get("ingress")) is not None:
        if "host" not in ingress:
            yield [("ingress",)], "`host` is missing", "add `host: orders.example.com`"
        if port is None:
            yield [("ingress",)], "an ingress needs a port, and `port` is null", "set `port`"
    for name in merged.get("secrets", {}):
        if name in merged.get("env", {}):
            message = f"`{name}` is set by `env` and by `secrets`"
            yield [("secrets", name), ("env", name)], message, "keep one of the two"


def _resources(merged: Data) -> Iterator[_Clash]:
    requests, limits = (merged.get("resources", {}).get(k, {}) for k in ("requests", "limits"))
    for name in ("cpu", "memory"):
        if name in requests and name in limits:
            asked, most = requests[name], limits[name]
            if quantity(asked) > quantity(most):
                yield (
                    [("resources", "requests", name), ("resources", "limits", name)],
                    f"the request for {name} ({asked}) is over its limit ({most}), which "
                    "Kubernetes refuses",
                    f"raise `resources.limits.{name}` or lower `resources.requests.{name}`",
                )


def _health(port: int | None, merged: Data) -> Iterator[_Clash]:
    for name, probe in merged.get("health", {}).items():
        if port is None and probe.get("path"):
            message = "a probe needs a port, and `port` is null"
            yield [("health", name)], message, "set `port`, or remove the path"
        if name != "readiness" and probe.get("successThreshold", 1) != 1:
            message = f"Kubernetes takes only 1 for {name}"
            yield [("health", name, "successThreshold")], message, "remove it"


def _scaling(merged: Data) -> Iterator[_Clash]:
    scale = merged.get("autoscaling")
    if scale is None:
        return
    low, high = scale.get("minReplicas", merged.get("replicas", 1)), scale.get("maxReplicas")
    if high is None:
        message = "`maxReplicas` is missing"
        yield [("autoscaling",)], message, "add `maxReplicas`: how far it may scale"
    elif low > high:
        message = f"at least {low} and at most {high} replicas contradict each other"
        bounds: list[Path] = [("autoscaling", "maxReplicas"), ("autoscaling", "minReplicas")]
        yield [*bounds, ("replicas",)], message, f"raise `maxReplicas` to {low} or more"
    if "cpu" not in merged.get("resources", {}).get("requests", {}):
        message = "scaling on CPU use needs a CPU request"
        yield [("autoscaling",)], message, "set `resources.requests.cpu`"


def _shutdown(port: int | None, merged: Data) -> Iterator[_Clash]:
    ends = merged.get("shutdown", {})
    grace, drain = ends.get("graceSeconds", GRACE_SECONDS), ends.get("drainSeconds", 0)
    if port is not None and drain >= grace:
        message = f"a pod that serves for {drain} s and is killed after {grace} s never gets to end"
        keys: list[Path] = [("shutdown", "graceSeconds"), ("shutdown", "drainSeconds")]
        yield [*keys, ("shutdown",)], message, "raise `graceSeconds` over `drainSeconds`"


def _files(merged: Data) -> Iterator[_Clash]:
    files = merged.get("configFiles", {})
    folders: dict[str, Path] = {path: ("writable", path) for path in merged.get("writable", {})}
    others = {path: ("configFiles", path) for path in files} | folders
    for path in files:
        for other, keys in others.items():
            if other.startswith(f"{path}/"):
                message = f"`{path}` is a file, so that there can be no `{other}`"
                yield [("configFiles", path), keys], message, "rename one of the two"
        if path in {"/tmp", *folders}:
            message = f"`{path}` is a file here, and a folder that can be written"
            yield [("configFiles", path), ("writable", path)], message, "rename one of the two"
    sizes = {path: len(text.encode()) for path, text in files.items()}
    if (size := sum(sizes.values())) > MOST_BYTES:
        message = f"the files have {size} bytes together, and Kubernetes takes {MOST_BYTES}"
        largest = sorted(sizes, key=lambda path: -sizes[path])
        hint = "put the large ones into the image"
        yield [("configFiles", path) for path in largest], message, hint


def _secrets(merged: Data) -> Iterator[_Clash]:
    # What belongs to the other kind of source, and what it is called here.
    others = {"name": {"remote": "name", "property": "key"}, "store": {"key": "property"}}
    for name, source in merged.get("secrets", {}).items():
        at: Path = ("secrets", name)
        kinds = [kind for kind in others if kind in source]
        if not kinds:
            message = "it says neither the `name` of a Secret nor a `store`"
            yield [at], message, "add `name: orders-db`, or `store` and `remote`"
        elif len(kinds) > 1:
            message = "`name` and `store` exclude each other"
            yield (
                [(*at, "store"), (*at, "name")],
                message,
                "keep one, or set the one from elsewhere to null",
            )
        else:
            for key, own in others[kinds[0]].items():
                if key in source:
                    message = f"`{key}` does not belong to a `{kinds[0]}`"
                    yield [(*at, key)], message, f"write `{own}`, or set it to null"
        if kinds == ["store"] and "remote" not in source:
            yield [at], "`store` needs `remote`", "add `remote: shop/orders`, its entry there"


def _reachable(config: Config, merged: Data) -> Iterator[_Clash]:
    policy = merged.get("networkPolicy")
    if policy is None:
        return
    at: Path = ("networkPolicy",)
    metrics = config.model.observability.metrics
    if config.model.port is None and not (metrics and metrics.port):
        message = "a network policy needs a port, and there is none"
        yield [at], message, "set `port`, or remove it"
    if "from" not in policy:
        yield [at], "`from` is missing", "add `from: [{namespace: monitoring}]`: who may connect"
