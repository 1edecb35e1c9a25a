"""The values file with what is monitored by objects of the chart: rules and dashboards."""

from __future__ import annotations

from typing import Any

from pipelinegen.config.loaded import Config
from pipelinegen.plan.values import monitored_by_chart
from pipelinegen.render.dashboard import service_dashboard
from pipelinegen.render.rules import rule_groups


def monitoring_values(config: Config) -> dict[str, Any] | None:
    """What ``deploy/monitoring.yaml`` holds; None where there is no such file."""
    rules, dashboards = monitored_by_chart(config)
    if not rules and not dashboards:
        return None
    made: dict[str, Any] = {}
    if rules and (groups := rule_groups(config)):
        made["prometheusRule"] = {"groups": groups}
    if dashboards:
        made["dashboards"] = {config.model.service.name: service_dashboard(config)}
    return made
