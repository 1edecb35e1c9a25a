"""The recording rules of a service, named ``level:metric:operations``.

https://prometheus.io/docs/practices/rules/
"""

from __future__ import annotations

from pipelinegen.config.loaded import Config
from pipelinegen.config.observability import Requests
from pipelinegen.plan.observed import observed
from pipelinegen.render.promql import matchers, promql
from pipelinegen.render.rule_parts import BY, Record, sites

REQUESTS = "service:http_requests:rate5m"
# The windows of the burn rates in `rule_alerts`.
_BURN = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


def errors_metric(window: str) -> str:
    """The share of requests that fail."""
    return f"service:http_request_errors:ratio_rate{window}"


def increase_metric(counter: str, window: str) -> str:
    """A counter's increase."""
    return f"service:{counter}:increase{window}"


def records(config: Config) -> list[Record]:
    """The recording rules: requests, their errors, and the counters that are watched.

    They are of all accounts, since the dashboard asks them, too.
    """
    seen = observed(config)
    here = matchers(service=seen.service)
    made: dict[str, str] = {}
    watches = [watch for watch in seen.watches if sites(config, watch)]
    if seen.requests:
        made[REQUESTS] = f"sum {BY} (rate({seen.requests.histogram}_count{here}[5m]))"
        windows = ["5m"]
        for watch in watches:
            if watch.alert.error_rate:
                windows.append(watch.window)
            if watch.alert.availability:
                windows += _BURN
        for window in windows:
            made[errors_metric(window)] = _errors(seen.service, seen.requests, window)
    for watch in watches:
        if counter := watch.alert.counter:
            # A labelled counter does not exist until its first event, so a scraped pod counts as 0.
            made[increase_metric(counter, watch.window)] = (
                f"sum {BY} (increase({counter}{here}[{watch.window}]))\nor\n0 * sum {BY} (up{here})"
            )
    return [Record(name, expression) for name, expression in made.items()]


def _errors(service: str, requests: Requests, window: str) -> str:
    count = f"{requests.histogram}_count"
    every = f"sum {BY} (rate({count}{matchers(service=service)}[{window}]))"
    failed = f"{{service={promql(service)}, {requests.status}=~{promql(requests.errors)}}}"
    # No series of errors is no error, and not an unknown number of them.
    return f"(\n  sum {BY} (rate({count}{failed}[{window}]))\n  or\n  0 * {every}\n)\n/\n{every}"
