"""The panels of a service: requests, what its pods use, their state, alerts."""

from __future__ import annotations

from pipelinegen.config.observability import Requests
from pipelinegen.plan.observed import Observed
from pipelinegen.render.dashboard_parts import (
    PLACE,
    POD,
    RATE,
    Panel,
    Query,
    by_name,
    lines,
    number,
    table,
)
from pipelinegen.render.dashboard_text import literal, selector, words

QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
_WANTED = {"fill": "dash", "dash": [10, 10]}
_DASHED = {"custom_lineStyle": _WANTED, "custom_fillOpacity": 0}


class Asked:
    """The queries of a service.

    Args:
        seen: the service.
        namespace: where it is in its clusters.
    """

    def __init__(self, seen: Observed, namespace: str) -> None:
        self.seen = seen
        self.own = selector(POD, service=seen.service)
        self.own_in_all_pods = selector(PLACE, service=seen.service)
        self.container = selector(POD, namespace=namespace, container=seen.service)
        self.deployment = selector(PLACE, namespace=namespace, deployment=seen.service)
        self.alerts = selector(PLACE, alertstate="firing", service=seen.service, team=seen.team)

    def container_with(self, label: str, value: str) -> str:
        """The container's series with one more label."""
        return f"{self.container[:-1]}, {label}={literal(value)}}}"


def requests_rate(requests: Requests, which: str, by: str = "", window: str = RATE) -> str:
    """Requests in a second."""
    return f"sum{by} (rate({requests.histogram}_count{which}[{window}]))"


def failed_share(requests: Requests, which: str, by: str = "", window: str = RATE) -> str:
    """The share of requests that fail; 0 where none does."""
    bad = f"{which[:-1]}, {requests.status}=~{literal(requests.errors)}}}"
    every = requests_rate(requests, which, by, window)
    return f"({requests_rate(requests, bad, by, window)} or 0 * {every}) / {every}"


def quantile(metric: str, share: str, which: str, by: str = "", window: str = RATE) -> str:
    """A quantile of a histogram."""
    labels = f"{by}, le" if by else "le"
    inner = f"sum by ({labels}) (rate({metric}_bucket{which}[{window}]))"
    return f"histogram_quantile({share}, {inner})"


def glance(asked: Asked) -> list[Panel]:
    """The row of numbers on top."""
    made = []
    if requests := asked.seen.requests:
        rate = Query(requests_rate(requests, asked.own), now=True)
        errors = Query(failed_share(requests, asked.own), now=True)
        p95 = Query(quantile(requests.histogram, "0.95", asked.own), now=True)
        made += [
            number("Requests", "Requests in a second, now.", "reqps", rate),
            number(
                "Errors", "The share of the requests that fail, now.", "percentunit", errors,
                ("orange", 0.01), ("red", 0.05),
            ),
            number(
                "Duration p95", "95% of the requests are answered within this time, now.", "s", p95
            ),
        ]  # fmt: skip
    missing = (
        f"sum (kube_deployment_spec_replicas{asked.deployment})"
        f" - sum (kube_deployment_status_replicas_ready{asked.deployment})"
    )
    restarts = (
        f"sum (increase(kube_pod_container_status_restarts_total{asked.container}[$__range]))"
    )
    firing = f"count (ALERTS{asked.alerts}) or vector(0)"
    return [
        *made,
        number(
            "Pods missing", "Pods that are wanted and not ready, now.", "short",
            Query(missing, now=True), ("red", 1),
        ),
        number(
            "Restarts", "Restarts of the container in the time shown.", "short",
            Query(restarts, now=True), ("orange", 1), ("red", 5),
        ),
        number("Alerts", "Alerts that fire, now.", "short", Query(firing, now=True), ("red", 1)),
    ]  # fmt: skip


def requests_row(asked: Asked) -> list[Panel]:
    """Rate, errors and duration."""
    requests = asked.seen.requests
    if requests is None:
        return []
    split, name = requests.route or requests.status, "route" if requests.route else "status"
    rate = requests_rate(requests, asked.own, f" by ({split})")
    errors = failed_share(requests, asked.own, " by (cluster)")
    durations = [
        Query(quantile(requests.histogram, share, asked.own), short)
        for short, share in QUANTILES.items()
    ]
    made = [
        lines(
            f"Requests by {name}", "Requests in a second.", "reqps", Query(rate, legend(split))
        ),
        lines(
            "Errors by cluster",
            "The share of the requests that fail: whose status is "
            f"{words(requests.errors)}, as a regular expression.",
            "percentunit",
            Query(errors, "{{cluster}}"),
        ),
        lines(
            "Duration", "50%, 95% and 99% of the requests are answered within this time.", "s",
            *durations,
        ),
    ]  # fmt: skip
    if requests.route:
        slow = quantile(requests.histogram, "0.95", asked.own, requests.route)
        by_status = requests_rate(requests, asked.own, f" by ({requests.status})")
        by_cluster = requests_rate(requests, asked.own, " by (cluster)")
        made += [
            lines(
                "Requests by cluster", "Requests in a second.", "reqps",
                Query(by_cluster, "{{cluster}}"),
            ),
            lines(
                "Requests by status", "Requests in a second.", "reqps",
                Query(by_status, legend(requests.status)),
            ),
            lines(
                "Duration p95 by route", "95% of the requests are answered within this time.", "s",
                Query(slow, legend(requests.route)),
            ),
        ]  # fmt: skip
    return made


def legend(label: str) -> str:
    """The name of a series: its value of this label."""
    return "{{" + label + "}}"


def saturation(asked: Asked) -> list[Panel]:
    """What containers use of what they asked for and of what they may have."""
    cpu = f"rate(container_cpu_usage_seconds_total{asked.container}[{RATE}])"
    memory = f"container_memory_working_set_bytes{asked.container}"
    throttled = f"rate(container_cpu_cfs_throttled_periods_total{asked.container}[{RATE}])"
    periods = f"rate(container_cpu_cfs_periods_total{asked.container}[{RATE}])"
    by = "sum by (cluster, pod)"
    pod = "{{pod}} {{cluster}}"

    def bounds(resource: str) -> list[Query]:
        which = asked.container_with("resource", resource)
        return [
            Query(f"max (kube_pod_container_resource_requests{which})", "requested"),
            Query(f"max (kube_pod_container_resource_limits{which})", "limit"),
        ]

    dashed = [
        by_name("requested", color={"mode": "fixed", "fixedColor": "orange"}, **_DASHED),
        by_name("limit", color={"mode": "fixed", "fixedColor": "red"}, **_DASHED),
    ]
    return [
        lines(
            "CPU by pod",
            "Cores that each container uses; what it asked for, and its limit.",
            "short",
            Query(f"{by} ({cpu})", pod),
            *bounds("cpu"),
            overrides=dashed,
        ),
        lines(
            "CPU throttled by pod",
            "The share of time in which a container had to wait since it was at its limit.",
            "percentunit",
            Query(f"{by} ({throttled}) / {by} ({periods})", pod),
        ),
        lines(
            "Memory by pod",
            "What each container uses; what it asked for, and its limit, above which it is killed.",
            "bytes",
            Query(f"{by} ({memory})", pod),
            *bounds("memory"),
            overrides=dashed,
        ),
    ]


def pods(asked: Asked) -> list[Panel]:
    """Pods, their restarts and their versions."""
    by = "sum by (cluster)"
    restarts = f"increase(kube_pod_container_status_restarts_total{asked.container}[{RATE}])"
    made = [
        lines(
            "Pods by cluster", "Pods that are ready, and those that are wanted.", "short",
            Query(f"{by} (kube_deployment_status_replicas_ready{asked.deployment})",
                  "ready {{cluster}}"),
            Query(f"{by} (kube_deployment_spec_replicas{asked.deployment})", "wanted {{cluster}}"),
            overrides=[
                {"matcher": {"id": "byRegexp", "options": "/^wanted /"},
                 "properties": by_name("", **_DASHED)["properties"]},
            ],
        ),
        lines(
            "Restarts by pod", "Restarts of the container.", "short",
            Query(f"sum by (cluster, pod) ({restarts})", "{{pod}} {{cluster}}"),
        ),
    ]  # fmt: skip
    if asked.seen.metrics:
        running = f"count by (version) (up{asked.own})"
        made.append(
            lines(
                "Pods by version", "Pods of each version that runs.", "short",
                Query(running, "{{version}}"),
            )
        )  # fmt: skip
    return made


def alerts(which: str, *hidden: str) -> Panel:
    """The alerts that fire, without the columns that are the same in all rows."""
    away = ["Time", "Value", "__name__", "alertstate", "team", "notify", "condition", *hidden]
    order = {"alertname": 0, "severity": 1, "service": 2, "account": 3, "region": 4, "cluster": 5}
    renamed = {"alertname": "alert"}
    options = {"excludeByName": dict.fromkeys(away, True), "indexByName": order}
    return table(
        "Alerts that fire",
        "Alerts that fire now; none: an empty table.",
        Query(f"ALERTS{which}", now=True, table=True),
        height=5,
        transformations=[{"id": "organize", "options": {**options, "renameByName": renamed}}],
    )
