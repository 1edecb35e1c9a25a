"""Alertmanager's configuration: who hears of which alert, and how often.

https://prometheus.io/docs/alerting/latest/configuration/
"""

from __future__ import annotations

from typing import Any

from pipelinegen import data
from pipelinegen.config.monitoring import Monitoring, Receiver, Slack, Smtp
from pipelinegen.render.header import header
from pipelinegen.render.promql import template
from pipelinegen.render.yamltext import dump

FILE = "alertmanager/alertmanager.yaml"
MESSAGES = "alertmanager/messages.tmpl"
# An alert with its severities, in all regions and clusters of an account, is one message.
GROUP = ["account", "team", "service", "alertname"]
# What is the same when one alert explains another.
_SAME = ["account", "cluster", "team", "service"]
_NOBODY = "nobody"


def alertmanager_files(monitoring: Monitoring) -> dict[str, str]:
    """The configuration, and the templates of its messages, by their paths."""
    made = {
        FILE: header(source="platform.yaml", command="monitoring")
        + dump(_configuration(monitoring))
    }
    if monitoring.receivers:
        made[MESSAGES] = data.templates().joinpath("monitoring/messages.tmpl").read_text("utf-8")
    return made


def _configuration(monitoring: Monitoring) -> dict[str, Any]:
    receivers = monitoring.receivers
    default = monitoring.receiver or next(iter(receivers), _NOBODY)
    made: dict[str, Any] = {}
    if monitoring.smtp:
        made["global"] = _smtp(monitoring.smtp)
    if receivers:
        made["templates"] = ["messages.tmpl"]
    made["route"] = {
        "receiver": default,
        "group_by": GROUP,
        # Long enough that what the regions' Prometheis find one after the other is one message.
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "12h",
        "routes": [
            {"receiver": name, "matchers": [f'notify="{name}"']} for name in sorted(receivers)
        ],
    }
    made["inhibit_rules"] = [
        {
            "source_matchers": ['severity="critical"'],
            "target_matchers": ['severity=~"warning|info"'],
            "equal": [*_SAME, "alertname"],
        },
        # A container that is killed is restarted, and one that restarts holds up its rollout.
        _explains("out_of_memory", "restarts|not_progressing"),
        _explains("restarts", "not_progressing"),
    ]
    named = {name: _receiver(receiver) for name, receiver in receivers.items()}
    made["receivers"] = [{"name": name, **how} for name, how in (named or {_NOBODY: {}}).items()]
    return made


def _explains(source: str, targets: str) -> dict[str, Any]:
    return {
        "source_matchers": [f'condition="{source}"'],
        "target_matchers": [f'condition=~"{targets}"'],
        "equal": _SAME,
    }


def _smtp(smtp: Smtp) -> dict[str, Any]:
    made: dict[str, Any] = {
        "smtp_smarthost": smtp.server,
        "smtp_from": smtp.sender,
        "smtp_require_tls": smtp.tls,
    }
    if smtp.username is not None:
        made["smtp_auth_username"] = smtp.username
    if smtp.password_file is not None:
        made["smtp_auth_password_file"] = smtp.password_file
    return made


def _receiver(receiver: Receiver) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if receiver.slack:
        made["slack_configs"] = [_slack(receiver.slack)]
    if receiver.email:
        made["email_configs"] = [
            {
                "to": template(address),
                "send_resolved": True,
                "headers": {"Subject": '{{ template "pipelinegen.title" . }}'},
                "html": "",
                "text": '{{ template "pipelinegen.mail" . }}',
            }
            for address in receiver.email
        ]
    return made


def _slack(slack: Slack) -> dict[str, Any]:
    return {
        "api_url_file": slack.url_file,
        "channel": template(slack.channel),
        "send_resolved": True,
        "color": '{{ template "pipelinegen.color" . }}',
        "title": '{{ template "pipelinegen.title" . }}',
        "title_link": "{{ .CommonAnnotations.dashboard }}",
        "text": '{{ template "pipelinegen.text" . }}{{ template "pipelinegen.links" . }}',
    }
