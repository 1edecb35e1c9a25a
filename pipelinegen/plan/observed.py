"""What is watched of a service: its alerts with all that they leave unsaid, and its metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipelinegen.config.loaded import Config
from pipelinegen.config.monitoring import Monitoring
from pipelinegen.config.observability import Alert, Counter, Requests, Severity

_WINDOW = {"counter": "1h", "restarts": "15m", "out_of_memory": "15m"}
# The short windows of an availability's alerts are what shows that it lasts.
_LASTING = {"restarts": "0m", "out_of_memory": "0m", "not_progressing": "10m", "availability": "0m"}
_CRITICAL = ("error_rate", "availability", "not_scraped")


@dataclass(frozen=True)
class Watch:
    """One alert, complete.

    Args:
        name: its name in the file, which is its ``alertname``.
        alert: what was said of it.
        window: the time that is looked at, such as ``5m``.
        lasting: how long it has to be so; ``0m``: told at once.
        severity: how bad it is.
        receiver: who hears of it; None: the platform has no receivers.
    """

    name: str
    alert: Alert
    window: str
    lasting: str
    severity: Severity
    receiver: str | None


@dataclass(frozen=True)
class Observed:
    """A service as its dashboard and its rules see it.

    Args:
        service: its name; the label ``service`` of its metrics and the field of its messages.
        team: its team; the label ``team``.
        metrics: whether Prometheus scrapes it.
        requests: how it counts requests, or None.
        counters: its own metrics, those among them that only an alert names.
        watches: its alerts, by their names.
    """

    service: str
    team: str
    metrics: bool
    requests: Requests | None
    counters: dict[str, Counter]
    watches: list[Watch]


def monitoring(config: Config) -> Monitoring | None:
    """The platform's monitoring, when something of the service runs that can be watched."""
    return config.platform.model.monitoring if config.sites() else None


@cache
def _standard(*, metrics: bool) -> dict[str, Alert]:
    """What every service has that is deployed; an alert of the same name replaces it."""
    said: dict[str, dict[str, object]] = {
        "restarts": {"restarts": 3},
        "out_of_memory": {"outOfMemory": True},
        "not_progressing": {"notProgressing": True},
    }
    if metrics:
        said["not_scraped"] = {"notScraped": True}
    return {name: Alert.model_validate(alert) for name, alert in said.items()}


def observed(config: Config) -> Observed:
    """All that is watched of a service."""
    model = config.model
    said = model.observability
    alerts = {**_standard(metrics=said.metrics is not None), **said.alerts}
    watches = [_watch(config, name, alert) for name, alert in sorted(alerts.items()) if alert]
    counters = dict(said.counters)
    for watch in watches:
        if watch.alert.counter:
            counters.setdefault(watch.alert.counter, Counter())
    return Observed(
        service=model.service.name,
        team=model.service.team,
        metrics=said.metrics is not None,
        requests=said.requests,
        counters=counters,
        watches=watches,
    )


def _watch(config: Config, name: str, alert: Alert) -> Watch:
    condition = alert.condition
    return Watch(
        name=name,
        alert=alert,
        window=alert.window or _WINDOW.get(condition, "5m"),
        lasting=alert.lasting or _LASTING.get(condition, "5m"),
        severity=alert.severity or ("critical" if condition in _CRITICAL else "warning"),
        receiver=alert.notify or team_receiver(config),
    )


def team_receiver(config: Config) -> str | None:
    """Who hears of a team's alerts that name nobody."""
    where = config.platform.model.monitoring
    if where is None:
        return None
    default = where.receiver or next(iter(where.receivers), None)
    return where.teams.get(config.model.service.team, default)
