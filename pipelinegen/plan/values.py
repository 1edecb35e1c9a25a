"""From a ``Config`` to Helm values: what each file holds, and what they are together."""

from __future__ import annotations

from typing import Any

from pipelinegen.config.effective import NOWHERE, differing, settings
from pipelinegen.config.loaded import Config
from pipelinegen.config.merge import Data, difference
from pipelinegen.config.quantities import UNLIMITED
from pipelinegen.plan.helm import helm_values
from pipelinegen.plan.observed import monitoring
from pipelinegen.plan.parts import image_repository

BASE = "deploy/values.yaml"
# Rules and dashboards are long: they are kept out of the file that people read.
MONITORING = "deploy/monitoring.yaml"
# The chart's own deadline for a deployment that does not progress.
_PROGRESS_MINUTES = 10
_MONITORS = {"podMonitor": "PodMonitor", "serviceMonitor": "ServiceMonitor"}


def region_file(region: str) -> str:
    """The file with what differs in a region."""
    return f"deploy/values-{region}.yaml"


def cluster_file(cluster: str) -> str:
    """The file with what differs in a cluster."""
    return f"deploy/values-{cluster}.yaml"


def regions(config: Config) -> list[str]:
    """The regions that the service is deployed to, in the platform's order."""
    here = {site.region for site in config.sites()}
    return [region for region in config.platform.model.regions if region in here]


def monitored_by_chart(config: Config) -> tuple[bool, bool]:
    """Whether rules, and whether dashboards, are objects of the chart."""
    where = monitoring(config)
    if where is None:
        return False, False
    return where.prometheus.rules == "prometheusRule", where.grafana.dashboards == "configMap"


def value_files(config: Config) -> dict[str, Data]:
    """The values files of the service with their content; each holds only what differs.

    ``MONITORING`` is not among them: what it holds is rendered.
    """
    base = _values(config, settings(config))
    files = {BASE: base}
    in_region: dict[str, Data] = {}
    for region in regions(config):
        if differing(config, region, None, None) == NOWHERE:
            in_region[region] = {"region": region, **base}
            files[region_file(region)] = {"region": region}
            continue
        in_region[region] = {"region": region, **_values(config, settings(config, region))}
        files[region_file(region)] = difference(base, in_region[region])
    for site in config.sites():
        if differing(config, None, site.account, site.name) == NOWHERE:
            continue  # nothing is said of this cluster or its account
        merged = settings(config, site.region, site.account, site.name)
        wanted = {"region": site.region, **_values(config, merged)}
        if changed := difference(in_region[site.region], wanted):
            files[cluster_file(site.name)] = changed
    return files


def files_for(config: Config, region: str | None, cluster: str | None = None) -> list[str]:
    """The values files of a place, in the order in which helm gets them."""
    files = value_files(config)
    first = [BASE, MONITORING] if any(monitored_by_chart(config)) else [BASE]
    places = [region_file(region) if region else "", cluster_file(cluster) if cluster else ""]
    return [*first, *(path for path in places if path in files)]


def merged_values(
    config: Config,
    defaults: Data,
    region: str | None = None,
    cluster: str | None = None,
    monitored: Data | None = None,
) -> Data:
    """What the chart gets in a region or a cluster.

    Args:
        config: the service.
        defaults: the chart's own values.
        region: a region of the service, or None for the base alone.
        cluster: a cluster of that region, or None.
        monitored: what ``MONITORING`` holds, where there is one.
    """
    files = {**value_files(config), MONITORING: monitored or {}}
    return helm_values(defaults, *(files[path] for path in files_for(config, region, cluster)))


def _values(config: Config, merged: Data) -> Data:
    """One place's values, from its merged settings; keys in the order of the chart's values."""
    model = config.model
    values: Data = {
        "service": {"name": model.service.name, "team": model.service.team},
        "image": _image(config),
        "port": model.port,
        "replicas": merged["replicas"],
    }
    if merged.get("resources"):
        values["resources"] = _texts(merged["resources"])
    if probes := _probes(model.port, merged.get("health", {})):
        values["probes"] = probes
    env, secrets = _environment(config, merged)
    if env:
        values["env"] = env
    if secrets:
        values["secretEnv"] = secrets
    if (metrics := model.observability.metrics) and (port := metrics.port or model.port):
        values["metrics"] = {"path": metrics.path, "port": port}
        if (where := monitoring(config)) and (kind := _MONITORS.get(where.prometheus.scrape)):
            # A worker has no Service.
            values["metrics"]["monitor"] = kind if model.port is not None else "PodMonitor"
    if scale := merged.get("autoscaling"):
        values["autoscaling"] = {
            "minReplicas": scale.get("minReplicas", merged["replicas"]),
            "maxReplicas": scale["maxReplicas"],
            "cpu": scale.get("cpu", 80),
        }
    if budget := merged.get("disruptionBudget"):
        key = "minAvailable" if "minAvailable" in budget else "maxUnavailable"
        values["disruptionBudget"] = {key: budget[key]}
    if ingress := merged.get("ingress"):
        values["ingress"] = {"path": "/", **ingress}
    if account := merged.get("serviceAccount"):
        values["serviceAccount"] = account
    if model.deploy.ready_minutes > _PROGRESS_MINUTES:
        # Else the cluster gives up before `pipelinegen deploy` does.
        values["progressDeadlineSeconds"] = model.deploy.ready_minutes * 60
    ends = merged.get("shutdown", {})
    if "graceSeconds" in ends:
        values["terminationGracePeriodSeconds"] = ends["graceSeconds"]
    if "drainSeconds" in ends and model.port is not None:
        values["drainSeconds"] = ends["drainSeconds"]
    if writable := merged.get("writable"):
        values["writable"] = {
            path: {} if size == UNLIMITED else {"sizeLimit": str(size)}
            for path, size in writable.items()
        }
    if files := merged.get("configFiles"):
        values["configFiles"] = files
    if merged.get("security"):
        values["security"] = merged["security"]
    if merged.get("spread"):
        values["spread"] = merged["spread"]
    if policy := merged.get("networkPolicy"):
        values["networkPolicy"] = {"from": [_said(peer) for peer in policy["from"]]}
    if selector := merged.get("nodeSelector"):
        values["nodeSelector"] = selector
    if tolerations := merged.get("tolerations"):
        values["tolerations"] = [
            {"operator": "Equal" if "value" in toleration else "Exists", **toleration}
            for toleration in map(_said, tolerations)
        ]
    return values


def _said(item: Data) -> Data:
    """An item of a list, in which a null has nothing to remove."""
    return {key: value for key, value in item.items() if value is not None}


def _image(config: Config) -> Data:
    registry = config.platform.model.registry
    image: Data = {"repository": image_repository(config)}
    if registry and registry.pull_secret:
        image["pullSecret"] = registry.pull_secret
    return image


def _texts(resources: Data) -> Data:
    return {
        kind: {name: str(amounts[name]) for name in ("cpu", "memory") if name in amounts}
        for kind, amounts in resources.items()
    }


def _probes(port: int | None, health: Data) -> Data:
    """Complete Kubernetes probes; without a path they only open the port."""
    if port is None:
        return {}
    probes: Data = {}
    for name, probe in health.items():
        rest = {key: value for key, value in probe.items() if key != "path"}
        how: Data = {"tcpSocket": {"port": "http"}}
        if "path" in probe:
            how = {"httpGet": {"path": probe["path"], "port": "http"}}
        probes[name] = {**how, **rest}
    return probes


def dependency_urls(config: Config) -> tuple[dict[str, tuple[str, str]], dict[str, Any]]:
    """Where the URL of each dependency comes from: plain variables, and those from Secrets.

    Returns:
        By variable, the value or the Secret's reference, with the dependency's name.
    """
    env: dict[str, tuple[str, str]] = {}
    secrets: dict[str, Any] = {}
    for name, dependency in config.model.dependencies.items():
        if dependency.env is None:
            continue
        if dependency.url is not None:
            env[dependency.env] = dependency.url, name
        elif dependency.secret is not None:
            secrets[dependency.env] = dependency.secret.model_dump(), name
        elif dependency.type in ("service", "http"):
            env[dependency.env] = f"http://{name}", name
        else:
            secret = f"{config.model.service.name}-{name}"
            secrets[dependency.env] = {"name": secret, "key": "url"}, name
    return env, secrets


def _environment(config: Config, merged: Data) -> tuple[Data, Data]:
    """Plain variables and those from Secrets; what the service sets itself wins."""
    urls, references = dependency_urls(config)
    env: Data = {name: url for name, (url, _) in urls.items()}
    secrets: Data = {name: reference for name, (reference, _) in references.items()}
    for name, value in merged.get("env", {}).items():
        env[name] = str(value).lower() if isinstance(value, bool) else str(value)
        secrets.pop(name, None)
    for name, reference in merged.get("secrets", {}).items():
        secrets[name] = reference if "store" in reference else {"key": "url", **reference}
        env.pop(name, None)
    return env, secrets
