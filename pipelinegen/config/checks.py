"""What no single key can know: whether the parts of the files fit together, and fit the repo."""

from __future__ import annotations

from collections.abc import Iterator

from pipelinegen.config import schema
from pipelinegen.config.contradictions import contradictions
from pipelinegen.config.dependency import repeated
from pipelinegen.config.document import Fault, Path
from pipelinegen.config.loaded import Config, account_clusters
from pipelinegen.config.platform import Platform
from pipelinegen.config.stages import ORDER, builtin_stages
from pipelinegen.config.watched import check_receivers, check_watched


def check(config: Config) -> Iterator[Fault]:
    """Every fault of a service's file that needs more than one key to see."""
    yield from _registry(config)
    yield from _regions(config)
    yield from _accounts_and_clusters(config)
    yield from _waves(config)
    yield from _verify(config)
    yield from _stages(config)
    yield from _dependencies(config)
    yield from check_watched(config)
    yield from contradictions(config)


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
    yield from check_receivers(platform.monitoring)
    for i, key in enumerate(platform.locked):
        steps = tuple(key.split("."))
        if not schema.at("pipeline", steps) or steps[0] == "platform":
            hint = "pipeline.yaml's keys are in `pipelinegen schema`"
            yield ("locked", i), f"pipeline.yaml has no key `{key}` to lock", hint, False


def _registry(config: Config) -> Iterator[Fault]:
    if config.sites() and config.platform.model.registry is None:
        yield (
            ("platform",),
            "the platform has clusters and no `registry`: no image could get there",
            "add `registry: {url: registry.example.com/shop, credentials: registry-push}` to it",
            True,
        )


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


def _verify(config: Config) -> Iterator[Fault]:
    said, here = config.model.deploy.verify, ("deploy", "verify")
    for key in ("smoke", "run"):
        if getattr(said, key) and config.model.port is None:
            message = f"`{key}` asks the service on its port, and `port` is null"
            yield (*here, key), message, "set `port`, or remove it", True
    accounts = config.platform.model.accounts
    without = [
        site.name
        for site in config.sites()
        if account_clusters(accounts, site.account)[site.name].prometheus is None
    ]
    if said.query and without:
        names = ", ".join(f"`{name}`" for name in without)
        yield (
            (*here, "query"),
            f"no Prometheus is known to ask in {names}",
            "add `prometheus: https://…` to these clusters in the platform",
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
    told: set[str] = set()
    for name in own:
        chain, current = [name], name
        while current in own:
            target = own[current].after or own[current].before or ""
            if target in chain:
                if target == name and name not in told:
                    told.update(chain)
                    way = " → ".join([*chain, target])
                    hint = "place one of them by a stage of pipelinegen's own"
                    yield ("stages", name), f"the stages wait for each other: {way}", hint, True
                break
            chain.append(target)
            current = target


def _dependencies(config: Config) -> Iterator[Fault]:
    yield from repeated(config.model.dependencies)
    task = config.model.tests.system
    if task is None:
        return
    modes = task.modes
    if task.when is not None:
        yield (
            ("tests", "system", "when"),
            "system tests run where their `modes` say, so `when` would have no effect",
            "remove it, and write for example `modes: {branch: none, main: containers}`",
            True,
        )
    for key in ("branch", "main"):
        if getattr(modes, key) == "deployed" and not config.sites("test"):
            yield (
                ("tests", "system", "modes", key),
                "there is no cluster in a test account to deploy to",
                "write `containers`, or add a test account to the platform",
                False,
            )
