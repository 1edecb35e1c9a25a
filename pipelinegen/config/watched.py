"""What is watched needs something to watch, somebody to tell, and a place for both."""

from __future__ import annotations

from collections.abc import Iterator

from pipelinegen.config.document import Fault, Path
from pipelinegen.config.loaded import Config
from pipelinegen.config.monitoring import Monitoring
from pipelinegen.config.observability import Alert, seconds

_HERE = ("observability",)
_OF_REQUESTS = {"error_rate": "errorRate", "latency": "latency", "availability": "availability"}
_WITHOUT_WINDOW = ("availability", "not_scraped", "not_progressing")
# What a rate needs.
_SAMPLES = 2


def check_watched(config: Config) -> Iterator[Fault]:
    """Every fault of ``observability`` that needs more than one key to see."""
    said = config.model.observability
    where = config.platform.model.monitoring
    what, mend = "the platform has no `monitoring`", "add `monitoring: {}` to platform.yaml"
    if config.platform.document is None:
        what, mend = "there is no platform", "name one with `monitoring`, in `platform`"
    for section in ("alerts", "counters", "requests"):
        if getattr(said, section) and where is None:
            yield (
                (*_HERE, section),
                f"{what}, so this would have no effect",
                mend,
                True,
            )
    for name, alert in said.alerts.items():
        if alert is not None:
            yield from _alert(config, (*_HERE, "alerts", name), alert, where)


def _alert(config: Config, at: Path, alert: Alert, where: Monitoring | None) -> Iterator[Fault]:
    said = config.model.observability
    if alert.condition in _OF_REQUESTS and said.requests is None:
        yield (
            (*at, _OF_REQUESTS[alert.condition]),
            "it is unknown how the service counts its requests",
            "add `requests: {histogram: http_request_duration_seconds}` to `observability`",
            True,
        )
    needs_metrics = alert.condition in (*_OF_REQUESTS, "counter", "not_scraped")
    if needs_metrics and said.metrics is None:
        yield (
            at,
            "Prometheus does not scrape the service, so this is never told",
            "add `metrics: {path: /metrics}` to `observability`",
            True,
        )
    yield from _window(at, alert, where)
    if alert.counter in said.counters and said.counters[alert.counter].type != "counter":
        yield (
            (*at, "counter"),
            f"`{alert.counter}` is declared as a {said.counters[alert.counter].type}, which has no "
            "increase",
            "name a counter",
            False,
        )
    if where and alert.notify and alert.notify not in where.receivers:
        known = ", ".join(where.receivers) or "none"
        yield (
            (*at, "notify"),
            f"the platform has no receiver `{alert.notify}`",
            f"receivers in its `monitoring`: {known}",
            False,
        )


def _window(at: Path, alert: Alert, where: Monitoring | None) -> Iterator[Fault]:
    if alert.window is None:
        return
    here = (*at, "window")
    if alert.condition in _WITHOUT_WINDOW:
        key = type(alert).model_fields[alert.condition].alias
        yield here, f"`{key}` has no window of its own, so this would have no effect", "", True
    elif where and seconds(alert.window) < _SAMPLES * where.prometheus.interval_seconds:
        every = where.prometheus.interval_seconds
        yield (
            here,
            f"Prometheus scrapes every {every} s, so this window holds too little to see a rate",
            f"make it {_SAMPLES * every}s or more",
            False,
        )


def check_receivers(where: Monitoring | None) -> Iterator[Fault]:
    """Every fault of a platform's ``monitoring`` that needs more than one key to see."""
    if where is None:
        return
    known = ", ".join(where.receivers) or "none"
    named: dict[Path, str] = {("teams", team): name for team, name in where.teams.items()}
    if where.receiver:
        named["receiver",] = where.receiver
    for path, name in named.items():
        if name not in where.receivers:
            yield (
                ("monitoring", *path),
                f"there is no receiver `{name}`",
                f"`receivers`: {known}",
                False,
            )
    if where.smtp is None:
        for name, receiver in where.receivers.items():
            if receiver.email:
                yield (
                    ("monitoring", "receivers", name, "email"),
                    "no mail goes out: `smtp` is not set",
                    "add `smtp: {server: smtp.example.com:587, sender: alerts@example.com}`",
                    True,
                )
