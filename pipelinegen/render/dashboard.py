"""The Grafana dashboard of a service."""

from __future__ import annotations

from typing import Any

from pipelinegen.config.loaded import Config
from pipelinegen.plan.links import dashboard_uid, logs_url
from pipelinegen.plan.observed import monitoring, observed
from pipelinegen.plan.parts import namespace
from pipelinegen.render import dashboard_panels as panels
from pipelinegen.render.dashboard_metrics import own_metrics
from pipelinegen.render.dashboard_panels import Asked
from pipelinegen.render.dashboard_parts import (
    annotation,
    dashboard,
    link,
    placed,
    variables,
)
from pipelinegen.render.dashboard_text import literal, text, words

FILE = "monitoring/dashboard.json"
MADE = "Made by pipelinegen from {source}: change that instead."


def dashboard_files(config: Config) -> dict[str, str]:
    """The dashboard of a service by its path; nothing where nothing of it is watched."""
    return {FILE: service_dashboard(config)} if monitoring(config) else {}


def service_dashboard(config: Config) -> str:
    """The dashboard of a service as JSON."""
    service, seen = config.model.service, observed(config)
    asked = Asked(seen, namespace(config))
    rows = [
        ("Now", panels.glance(asked)),
        ("Requests", panels.requests_row(asked)),
        ("Saturation", panels.saturation(asked)),
        ("Pods", panels.pods(asked)),
        (words(f"Metrics of {seen.service}"), own_metrics(asked)),
        ("Alerts", [panels.alerts(asked.alerts, "service")]),
    ]
    which = f"namespace={literal(namespace(config))}, container={literal(seen.service)}"
    about = MADE.format(source="its pipeline.yaml")
    if service.description:
        about = f"{words(service.description.rstrip('.'))}. {about}"
    accounts = {site.account for site in config.sites()}
    made = dashboard(
        dashboard_uid(service.team, service.name),
        service.name,
        about,
        [service.team, service.name],
        panels=placed(rows),
        variables=variables(
            "kube_pod_container_info", which, accounts, "account", "region", "cluster", "pod"
        ),
        links=_links(config),
        annotations=_annotations(asked),
    )
    return text(made)


def _links(config: Config) -> list[dict[str, Any]]:
    team = config.model.service.team
    url = f"/d/{dashboard_uid(team)}"
    made = [link(words(f"Team {team}"), url, "All services of the team", inside=True)]
    if logs := logs_url(config, "${__from:date:iso}", "${__to:date:iso}"):
        made.insert(0, link("Logs", logs, "Its logs in the time shown, in Graylog", inside=False))
    return made


def _annotations(asked: Asked) -> list[dict[str, Any]]:
    """Marks of deployments.

    A version is new where no pod had it in the ten minutes before; its mark is five minutes long,
    so that a long time range, with its far-apart points, has it, too.
    """
    made = []
    by = "count by (account, cluster, version)"
    up = f"up{asked.own_in_all_pods}"
    if asked.seen.metrics:
        new = f"{by} ({up}) unless {by} (present_over_time({up}[10m] offset 5m))"
        made.append(
            annotation("Deployments", new, "{{version}} in {{cluster}}", "cluster", shown=True)
        )
    generation = f"kube_deployment_status_observed_generation{asked.deployment}"
    changed = f"changes({generation}[5m]) > 0"
    name = "Changes of the Deployment" if made else "Deployments"
    made.append(
        annotation(name, changed, "Deployment changed in {{cluster}}", "cluster", shown=not made)
    )
    return made
