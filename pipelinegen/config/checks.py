"""What no single key can know: whether the parts of the files fit together, and fit the repo."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path as FilePath

from pipelinegen.config.effective import differing, layers, settings
from pipelinegen.config.load import Config, account_clusters
from pipelinegen.config.merge import Data
from pipelinegen.config.names import quantity
from pipelinegen.config.platform import Platform
from pipelinegen.config.stages import ORDER, builtin_stages
from pipelinegen.config.yamlfile import Path

# (path, message, what to do, whether the key is meant and not its value)
Fault = tuple[Path, str, str, bool]


def check(config: Config) -> Iterator[Fault]:
    """Every fault of a service's file that needs more than one key to see."""
    yield from _regions(config)
    yield from _accounts_and_clusters(config)
    yield from _waves(config)
    yield from _stages(config)
    yield from _dependencies(config)
    yield from _settings(config)
    yield from _dockerfiles(config)
    yield from _path_in_repo(config)


def check_platform(platform: Platform) -> Iterator[Fault]:
    """Every fault of a platform that needs more than one key to see."""
    seen: dict[str, str] = {}
    for account in ("test", "stage", "production"):
        for name, cluster in account_clusters(platform.accounts, account).items():
            here: Path = ("accounts", account, "clusters", name)
            if cluster.region not in platform.regions:
                known = ", ".join(platform.regions) or "none"
                yield (
                    (*here, "region"),
                    f"the region `{cluster.region}` is not declared (declared: {known})",
                    f"add `{cluster.region}: {{}}` to `regions`",
                    False,
                )
            if name in seen:
                yield here, f"`{name}` is a cluster of {seen[name]} too", "rename one", True
            if name in platform.regions:
                yield (
                    here,
                    f"`{name}` is a region and a cluster; both would be deploy/values-{name}.yaml",
                    "rename the cluster",
                    True,
                )
            seen[name] = account


def _regions(config: Config) -> Iterator[Fault]:
    declared = config.model.deploy.regions
    if declared is None:
        return
    sites = config.platform.sites
    with_clusters = {site.region: site for site in reversed(sites)}
    for name in declared:
        if name not in with_clusters:
            known = ", ".join(dict.fromkeys(s.region for s in sites))
            yield (
                ("deploy", "regions", name),
                f"no cluster is in the region `{name}`, so it would silently not be deployed",
                f"regions with clusters: {known}" if known else "the platform has no clusters",
                True,
            )
    for name, site in with_clusters.items():
        if name not in declared:
            yield (
                ("deploy", "regions"),
                f"the region `{name}` ({site.account}: {site.name}) is not named, so it is unclear "
                "whether it is meant",
                f"add `{name}: {{}}`, or `{name}: {{enabled: false}}` to leave it out",
                True,
            )


def _accounts_and_clusters(config: Config) -> Iterator[Fault]:
    sites = {site.name: site for site in config.platform.sites}
    for name in config.model.deploy.clusters or {}:
        if name not in sites:
            known = ", ".join(sites) or "the platform has none"
            yield (
                ("deploy", "clusters", name),
                f"there is no cluster `{name}`",
                f"clusters: {known}",
                True,
            )
        elif not config.in_region(sites[name]):
            yield (
                ("deploy", "clusters", name),
                f"`{name}` is in {sites[name].region}, where this service is not enabled",
                "remove it, or enable the region",
                True,
            )
    accounts = {site.account for site in sites.values()}
    for account in config.model.deploy.accounts or {}:
        if account not in accounts:
            yield (
                ("deploy", "accounts", account),
                f"the platform has no clusters in the account `{account}`",
                f"accounts with clusters: {', '.join(sorted(accounts)) or 'none'}",
                True,
            )


def _waves(config: Config) -> Iterator[Fault]:
    waves = config.model.deploy.production.waves
    if waves is None:
        return
    here: Path = ("deploy", "production", "waves")
    production = {site.name: site for site in config.platform.sites if site.account == "production"}
    seen: set[str] = set()
    for i, wave in enumerate(waves):
        for j, name in enumerate(wave):
            if name not in production:
                known = ", ".join(production) or "none"
                yield (
                    (*here, i, j),
                    f"`{name}` is not a cluster of the production account",
                    f"production clusters: {known}",
                    False,
                )
            elif not config.in_region(production[name]):
                region = production[name].region
                yield (
                    (*here, i, j),
                    f"`{name}` is in {region}, where this service is not enabled",
                    f"remove it here, or `enabled: false` from {region}",
                    False,
                )
            elif name in seen:
                yield (
                    (*here, i, j),
                    f"`{name}` is in two waves",
                    "each cluster is deployed once: keep one",
                    False,
                )
            seen.add(name)
    left = [site for site in config.sites("production") if site.name not in seen]
    if left:
        names = ", ".join(f"`{site.name}` ({site.region})" for site in left)
        yield (
            here,
            f"in no wave, so it would silently not be deployed: {names}",
            "every production cluster is in exactly one wave: add it to one",
            True,
        )


def _stages(config: Config) -> Iterator[Fault]:
    builtin = builtin_stages(config)
    own = config.model.stages
    for name, stage in own.items():
        here: Path = ("stages", name)
        if name in ORDER:
            yield here, f"`{name}` is a stage of pipelinegen's own", "give it another name", True
        target = stage.after or stage.before
        where = "after" if stage.after else "before"
        if target not in builtin and target not in own:
            known = ", ".join([*builtin, *(n for n in own if n != name)])
            hint = f"stages here: {known}"
            yield (*here, where), f"there is no stage `{target}` in this pipeline", hint, False
    for name in own:
        chain, current = [name], name
        while current in own:
            target = own[current].after or own[current].before or ""
            if target in chain:
                if target == name:
                    way = " → ".join([*chain, target])
                    hint = "place one of them by a stage of pipelinegen's own"
                    yield ("stages", name), f"the stages wait for each other: {way}", hint, True
                break
            chain.append(target)
            current = target


def _dependencies(config: Config) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name, dependency in config.model.dependencies.items():
        if dependency.env is None:
            continue
        if dependency.env in seen:
            yield (
                ("dependencies", name, "env"),
                f"`{dependency.env}` is already the URL of `{seen[dependency.env]}`",
                "give each dependency a variable of its own",
                False,
            )
        seen[dependency.env] = name
    modes = config.model.tests.system.modes if config.model.tests.system else None
    if modes is None:
        return
    for key in ("branch", "main"):
        if getattr(modes, key) == "deployed" and not config.sites("test"):
            yield (
                ("tests", "system", "modes", key),
                "there is no cluster in a test account to deploy to",
                "write `containers`, or add a test account to the platform",
                False,
            )


def _settings(config: Config) -> Iterator[Fault]:
    """The merged settings of each place, each fault at the layer that brought it."""
    places: dict[tuple[str | None, str | None, str | None], None] = {(None, None, None): None}
    places |= {
        differing(config, site.region, site.account, site.name): None for site in config.sites()
    }
    told: set[tuple[Path, str]] = set()
    for region, account, cluster in places:
        merged = settings(config, region, account, cluster)
        for path, message, hint in _contradictions(config, merged):
            at = _innermost(config, path, layers(config, region, account, cluster))
            if (at, message) not in told:
                told.add((at, message))
                yield at, message, hint, False


def _innermost(config: Config, path: Path, found: list[tuple[Path, Data]]) -> Path:
    for prefix, _ in reversed(found):
        place = (*prefix, *path)
        if config.document.has(place):
            return place
    return ("deploy", *path)


def _contradictions(config: Config, merged: Data) -> Iterator[tuple[Path, str, str]]:
    port = config.model.port
    requests = merged.get("resources", {}).get("requests", {})
    limits = merged.get("resources", {}).get("limits", {})
    for name in ("cpu", "memory"):
        if name in requests and name in limits:
            asked, most = requests[name], limits[name]
            if quantity(asked) > quantity(most):
                yield (
                    ("resources", "requests", name),
                    f"the request for {name} ({asked}) is over its limit ({most}), which "
                    "Kubernetes refuses",
                    "raise the limit or lower the request",
                )
    for name, probe in merged.get("health", {}).items():
        if port is None and (probe or {}).get("path"):
            message = "a probe needs a port, and `port` is null"
            yield ("health", name), message, "set `port`, or remove the path"
        if name != "readiness" and (probe or {}).get("successThreshold", 1) != 1:
            yield (
                ("health", name, "successThreshold"),
                f"Kubernetes takes only 1 for {name}",
                "remove it",
            )
    scale = merged.get("autoscaling")
    if scale is not None:
        low, high = scale.get("minReplicas", merged["replicas"]), scale.get("maxReplicas")
        if high is None:
            yield ("autoscaling",), "`maxReplicas` is missing", "say how far it may scale"
        elif low > high:
            message = f"at least {low} and at most {high} replicas contradict each other"
            yield ("autoscaling", "maxReplicas"), message, f"raise it to {low} or more"
        elif "cpu" not in requests:
            message = "scaling on CPU use needs a CPU request"
            yield ("autoscaling",), message, "set `resources.requests.cpu`"
    budget = merged.get("disruptionBudget")
    # `maxUnavailable: 1` is the default; who sets only `minAvailable` means that instead.
    written = config.document.has(("deploy", "disruptionBudget", "maxUnavailable"))
    if budget and written and {"minAvailable", "maxUnavailable"} <= budget.keys():
        message = "`minAvailable` and `maxUnavailable` exclude each other"
        yield ("disruptionBudget",), message, "keep one"
    if (ingress := merged.get("ingress")) is not None:
        if "host" not in ingress:
            yield ("ingress",), "`host` is missing", "add `host: orders.example.com`"
        if port is None:
            yield ("ingress",), "an ingress needs a port, and `port` is null", "set `port`"
    for name in merged.get("secrets", {}):
        if name in merged.get("env", {}):
            message = f"`{name}` is set by `env` and by `secrets`"
            yield ("secrets", name), message, "keep one of the two"


_FROM = re.compile(
    r"^\s*FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+(\S+))?\s*(?:#.*)?$", re.IGNORECASE | re.MULTILINE
)


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


def _shown(folder: FilePath) -> str:
    return "this folder" if str(folder) in (".", "") else f"`{folder}`"


@cache
def _git_top(folder: str) -> str | None:
    """The top of the git work tree that holds ``folder``; services side by side share it."""
    if os.path.exists(os.path.join(folder, ".git")):
        return folder
    above = os.path.dirname(folder)
    return None if above == folder else _git_top(above)


def _path_in_repo(config: Config) -> Iterator[Fault]:
    """Jenkins checks out the whole repository, so stages must know the service's folder in it."""
    said = config.model.service.path
    if said == ".":  # deliberately: this folder will be a repository of its own
        return
    folder = os.path.realpath(config.root)
    top = _git_top(folder)
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
