"""Where people look at a service: its dashboard and its logs."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

from pipelinegen.config.loaded import Config
from pipelinegen.plan.lucene import query

# https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/: at most 40 characters.
_LONGEST_UID = 40


def dashboard_uid(team: str, service: str | None = None) -> str:
    """The identity of a service's dashboard, or of its team's; the same in every Grafana."""
    return _short(f"{team}-{service}" if service else f"team-{team}")


def folder_uid(team: str) -> str:
    """The identity of the folder of a team's dashboards; other than that of any dashboard."""
    return _short(f"folder_{team}")


def _short(uid: str) -> str:
    if len(uid) <= _LONGEST_UID:
        return uid
    digest = hashlib.sha256(uid.encode()).hexdigest()[:8]
    return f"{uid[: _LONGEST_UID - 9]}-{digest}"


def dashboard_url(config: Config) -> str | None:
    """The service's dashboard; None where the platform names no Grafana."""
    monitoring = config.platform.model.monitoring
    if monitoring is None or monitoring.grafana.url is None:
        return None
    service = config.model.service
    return f"{monitoring.grafana.url.rstrip('/')}/d/{dashboard_uid(service.team, service.name)}"


def logs_url(config: Config, start: str | None = None, end: str | None = None) -> str | None:
    """The service's logs, of the last hour or of a time; None where the platform names no Graylog.

    Args:
        config: the service.
        start: the first moment in ISO 8601, in UTC, or what Grafana replaces by it.
        end: the last one.
    """
    monitoring = config.platform.model.monitoring
    if monitoring is None or monitoring.graylog.url is None:
        return None
    when, kept = {"rangetype": "relative", "from": "3600"}, ""
    if start is not None and end is not None:
        when, kept = {"rangetype": "absolute", "from": start, "to": end}, "${}:"
    asked = urlencode({**when, "q": query([config.model.service.name])}, safe=kept)
    base = monitoring.graylog.url.rstrip("/")
    if kept:
        base = base.replace("$", "%24").replace("[[", "%5B%5B")
    return f"{base}/search?{asked}"
