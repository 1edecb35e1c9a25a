"""A service's rules for Prometheus.

https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
"""

from __future__ import annotations

from typing import Any

from pipelinegen.config.loaded import Config
from pipelinegen.plan.links import dashboard_url, logs_url
from pipelinegen.plan.observed import Watch, monitoring
from pipelinegen.render.header import header
from pipelinegen.render.promql import template
from pipelinegen.render.rule_alerts import alert_rules
from pipelinegen.render.rule_parts import Rule
from pipelinegen.render.rule_records import records
from pipelinegen.render.yamltext import dump

FILE = "monitoring/rules.yaml"


def rule_groups(config: Config) -> list[dict[str, Any]]:
    """The groups of a rule file: one, so that alerts see what was recorded just before.

    Empty where the platform has no monitoring, or nothing is watched.
    """
    if monitoring(config) is None:
        return []
    service = config.model.service
    whose = {"service": service.name, "team": service.team}
    made: list[dict[str, Any]] = [
        {"record": record.name, "expr": record.expression, "labels": whose}
        for record in records(config)
    ]
    made += [_alert(config, rule) for rule in alert_rules(config)]
    return [{"name": f"{service.team}/{service.name}", "rules": made}] if made else []


def rules_text(config: Config) -> str | None:
    """The rule file without a header; None where there are no rules."""
    groups = rule_groups(config)
    return dump({"groups": groups}) if groups else None


def rules_files(config: Config) -> dict[str, str]:
    """The rule file of a service and its tests, by path."""
    from pipelinegen.render.rule_tests import TESTS, tests_text

    text = rules_text(config)
    if text is None:
        return {}
    made = {FILE: header() + text}
    if tests := tests_text(config):
        made[TESTS] = header() + tests
    return made


def labels(config: Config, rule: Rule) -> dict[str, str]:
    """The labels that a rule gives its alerts, besides those of the place."""
    watch, service = rule.watch, config.model.service
    made = {
        "service": service.name,
        "team": service.team,
        "severity": rule.severity,
        "condition": watch.alert.condition,
    }
    return made | ({"notify": watch.receiver} if watch.receiver else {})


def links(config: Config, watch: Watch) -> dict[str, str]:
    """The annotations that are the same wherever it happens."""
    said = {
        "dashboard": dashboard_url(config),
        "logs": logs_url(config),
        "runbook_url": watch.alert.runbook,
    }
    return {name: url for name, url in said.items() if url}


def _alert(config: Config, rule: Rule) -> dict[str, Any]:
    watch = rule.watch
    made: dict[str, Any] = {"alert": watch.name, "expr": rule.expression}
    if watch.lasting != "0m":
        made["for"] = watch.lasting
    more = {name: template(url) for name, url in links(config, watch).items()}
    made["labels"] = labels(config, rule)
    made["annotations"] = {"summary": rule.summary.template(), **more}
    return made
