"""What the platform's monitoring reads of all services together: ``{path: text}``."""

from __future__ import annotations

from collections.abc import Sequence

from pipelinegen.config.loaded import Config, PlatformFile
from pipelinegen.config.monitoring import Monitoring
from pipelinegen.plan.links import dashboard_uid
from pipelinegen.render.alertmanager import alertmanager_files
from pipelinegen.render.contentpack import content_pack
from pipelinegen.render.dashboard_team import team_dashboard
from pipelinegen.render.fluentbit import fluent_bit
from pipelinegen.render.header import header
from pipelinegen.render.rules import rules_text
from pipelinegen.render.scrape import prometheus_configuration, prometheus_file, rules_file
from pipelinegen.render.yamltext import dump

# The folders of what is made; nothing else is in a folder of ours.
FOLDERS = ("prometheus", "alertmanager", "grafana", "fluent-bit", "graylog")


def monitoring_files(
    platform: PlatformFile,
    monitoring: Monitoring,
    services: Sequence[Config],
    content_pack_before: str | None = None,
) -> dict[str, str]:
    """Everything that is made for the platform.

    Args:
        platform: the platform of all services.
        monitoring: its ``monitoring``.
        services: the services.
        content_pack_before: Graylog's content pack as it was made the last time.
    """
    made = alertmanager_files(monitoring)
    if monitoring.prometheus.scrape == "annotations":
        for site in platform.sites:
            text = prometheus_configuration(site, monitoring.prometheus)
            made[prometheus_file(site.name)] = text
    if monitoring.prometheus.rules == "files":
        for service in services:
            made |= _rules(service)
    if monitoring.grafana.dashboards == "configMap":
        made |= _teams(services)
    made |= fluent_bit(platform.model)
    made |= content_pack(services, content_pack_before)
    return made


def _rules(config: Config) -> dict[str, str]:
    """The rules of a service in each cluster that it runs in."""
    text, service = rules_text(config), config.model.service
    if text is None:
        return {}
    text = header(source=f"the pipeline.yaml of {service.name}", command="monitoring") + text
    return {rules_file(site.name, service.team, service.name): text for site in config.sites()}


def _teams(services: Sequence[Config]) -> dict[str, str]:
    """The teams' dashboards as ConfigMaps for Grafana's sidecar; the services' are in the chart.

    https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/
    """
    teams: dict[str, list[Config]] = {}
    for service in services:
        teams.setdefault(service.model.service.team, []).append(service)
    made = {
        f"grafana/{dashboard_uid(team)}.json": team_dashboard(team, members)
        for team, members in sorted(teams.items())
    }
    names = [path.removeprefix("grafana/").removesuffix(".json") for path in made]
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "generatorOptions": {"disableNameSuffixHash": True, "labels": {"grafana_dashboard": "1"}},
        "configMapGenerator": [{"name": name, "files": [f"{name}.json"]} for name in names],
    }
    top = header(source="the services' pipeline.yaml", command="monitoring")
    return {**made, "grafana/kustomization.yaml": top + dump(kustomization)}
