"""Settings that are right one by one, but not together in some cluster."""

from __future__ import annotations

from collections.abc import Iterator

from pipelinegen.config.document import Fault, Path
from pipelinegen.config.effective import differing, layers, settings
from pipelinegen.config.loaded import Config
from pipelinegen.config.merge import Data, merge
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
        for involved, message, hint in _clashes(config.model.port, settings(config, *place), said):
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
