"""The alert rules of a service, each kind in PromQL.

Labels of a service's own metrics are those of `render/scrape.py`; kube-state-metrics names
namespaces, pods, containers and Deployments, and the scrape adds the place.
https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from pipelinegen.config.loaded import Config
from pipelinegen.plan.observed import Observed, Watch, observed
from pipelinegen.plan.parts import namespace
from pipelinegen.render.humanize import humanize
from pipelinegen.render.promql import matchers
from pipelinegen.render.rule_parts import (
    BY,
    ON,
    PLACE,
    Rule,
    Sentence,
    Words,
    expects_pods,
    number,
    percent,
    selector,
    sites,
)
from pipelinegen.render.rule_records import errors_metric, increase_metric

# How many times faster than the objective allows failures use up what it leaves over 30 days: the
# factor, the window, and the short one that shows that it still goes on.
# https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
Windows = tuple[tuple[str, str, str], ...]
PAGES: Windows = (("14.4", "1h", "5m"), ("6", "6h", "30m"))
TICKETS: Windows = (("3", "1d", "2h"), ("1", "3d", "6h"))
# Pages are told with the alert's own severity, tickets with the one below.
BELOW = {"critical": "warning", "warning": "info", "info": "info"}


def alert_rules(config: Config) -> list[Rule]:
    """The alert rules of the alerts that are told where the service runs."""
    seen = observed(config)
    return [
        rule
        for watch in seen.watches
        if sites(config, watch)
        for rule in _KINDS[watch.alert.condition](config, seen, watch)
    ]


def _rule(seen: Observed, watch: Watch, expression: str, text: str, **how: str) -> Rule:
    summary: Sentence | Words
    if watch.alert.summary is not None:
        summary = Words(watch.alert.summary)
    else:
        head = f"{seen.service} in {{cluster}}: "
        summary = Sentence(head, text, how.get("value", "number"), how.get("zero", ""))
    return Rule(watch, how.get("severity", watch.severity), expression, summary)


def _counter(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    alert = watch.alert
    assert alert.counter and alert.between
    least, most = alert.between
    here = selector(watch, service=seen.service)
    increase = increase_metric(alert.counter, watch.window) + here
    sides, words = [], []
    if least:
        # Not before the service has been scraped for the whole window: until then the increase is
        # that of a part of it.
        since = f"group {BY} (up{here} offset {watch.window})"
        sides.append(f"(\n  {increase} < {number(least)}\n  and {ON}\n  {since}\n)")
        words.append(f"at least {humanize(least)}")
    if most is not None:
        sides.append(f"{increase} > {number(most)}")
        words.append(f"at most {humanize(most)}")
    limits = " and ".join(words)
    text = f"{alert.counter} rose by {{value}} in {watch.window}, which should be {limits}"
    return [_rule(seen, watch, "\nor\n".join(sides), text)]


def _error_rate(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    assert watch.alert.error_rate
    ratio = errors_metric(watch.window) + selector(watch, service=seen.service)
    expression = f"{ratio} > {number(percent(watch.alert.error_rate))}"
    return [_rule(seen, watch, expression, "{value} of the requests fail", value="percentage")]


def _latency(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    latency = watch.alert.latency
    assert latency and seen.requests
    buckets = f"{seen.requests.histogram}_bucket{selector(watch, service=seen.service)}"
    expression = (
        f"histogram_quantile(\n  {number(latency.quantile)},\n"
        f"  sum by ({PLACE}, le) (rate({buckets}[{watch.window}]))\n)"
        f" > {number(latency.above_seconds)}"
    )
    text = (
        f"the {latency.quantile * 100:.6g}% quantile of its answers' time is {{value}}, "
        f"it should be at most {latency.above}"
    )
    return [_rule(seen, watch, expression, text, value="duration")]


def _availability(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    assert watch.alert.availability
    rest = 1 - percent(watch.alert.availability)
    ticket = BELOW[watch.severity]
    both: dict[str, Windows] = {watch.severity: PAGES, ticket: TICKETS}
    if ticket == watch.severity:
        both = {ticket: PAGES + TICKETS}
    made = []
    for severity, windows in both.items():
        burns = [
            _burn(seen, watch, f"{factor} * {number(rest)}", long, short)
            for factor, long, short in reachable(rest, windows)
        ]
        if burns:
            objective = watch.alert.availability
            text = f"{{value}} of the requests fail, too many for an availability of {objective}"
            expression = "\nor\n".join(burns)
            how = {"value": "percentage", "severity": severity}
            made.append(_rule(seen, watch, expression, text, **how))
    return made


def reachable(rest: Decimal, windows: Windows) -> Windows:
    """The windows in which failures can be that many: there are never more than all requests."""
    return tuple(window for window in windows if Decimal(window[0]) * rest < 1)


def _burn(seen: Observed, watch: Watch, limit: str, long: str, short: str) -> str:
    here = selector(watch, service=seen.service)
    sides = [f"  {errors_metric(window)}{here} > {limit}" for window in (long, short)]
    return "(\n" + "\n  and\n".join(sides) + "\n)"


def _container(config: Config, seen: Observed, watch: Watch, **more: str) -> str:
    return selector(watch, namespace=namespace(config), container=seen.service, **more)


def _restarts(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    assert watch.alert.restarts
    restarts = f"kube_pod_container_status_restarts_total{_container(config, seen, watch)}"
    expression = f"max {BY} (increase({restarts}[{watch.window}])) >= {watch.alert.restarts}"
    text = f"a container was restarted {{value}} times in {watch.window}"
    return [_rule(seen, watch, expression, text, value="count")]


def _out_of_memory(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    restarts = f"kube_pod_container_status_restarts_total{_container(config, seen, watch)}"
    killed = _container(config, seen, watch, reason="OOMKilled")
    # The reason stays until the container ends again: only the restart says when it was.
    expression = (
        f"count {BY} (\n"
        f"  increase({restarts}[{watch.window}]) > 0\n"
        f"  and on ({PLACE}, namespace, pod, container)\n"
        f"  kube_pod_container_status_last_terminated_reason{killed} == 1\n)"
    )
    text = "containers that were killed for using more than their memory limit: {value}"
    return [_rule(seen, watch, expression, text, value="count")]


def _not_scraped(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    down = f"count {BY} (up{selector(watch, service=seen.service)} == 0)"
    # absent() knows the labels of what is not there from its selector only: one for each cluster.
    places = [
        {"account": site.account, "region": site.region, "cluster": site.name}
        for site in sites(config, watch)
        if expects_pods(config, site)
    ]
    gone = "\n    or\n".join(
        f"    absent(up{matchers(service=seen.service, **place)})" for place in places
    )
    expression = down
    if gone:
        # The rules are the same in all clusters, each with a Prometheus of its own: it only misses
        # what should be in a cluster of which it sees anything.
        expression += f"\nor\n(\n  0 * (\n{gone}\n  )\n  and {ON}\n  group {BY} (up)\n)"
    text = "pods whose metrics Prometheus cannot read: {value}"
    zero = "Prometheus finds no pod"
    return [_rule(seen, watch, expression, text, value="count", zero=zero)]


def _not_progressing(config: Config, seen: Observed, watch: Watch) -> list[Rule]:
    which = {"namespace": namespace(config), "deployment": seen.service}
    here = selector(watch, **which)
    failed = selector(watch, **which, condition="Progressing", status="false")
    # Against the wanted number: a rollout always has unavailable pods beyond that one.
    expression = (
        f"sum {BY} (\n"
        f"  kube_deployment_spec_replicas{here}\n"
        f"  - kube_deployment_status_replicas_available{here}\n"
        f") > 0\n"
        f"or\n"
        f"0 * sum {BY} (kube_deployment_status_condition{failed} == 1)\n"
        f"or\n"
        f"0 * sum {BY} (\n"
        f"  kube_deployment_status_observed_generation{here}\n"
        f"  != kube_deployment_metadata_generation{here}\n"
        f")"
    )
    how = {"value": "count", "zero": "its rollout stands still"}
    return [_rule(seen, watch, expression, "pods that are missing: {value}", **how)]


_KINDS: dict[str, Callable[[Config, Observed, Watch], list[Rule]]] = {
    "counter": _counter,
    "error_rate": _error_rate,
    "latency": _latency,
    "availability": _availability,
    "restarts": _restarts,
    "out_of_memory": _out_of_memory,
    "not_scraped": _not_scraped,
    "not_progressing": _not_progressing,
}
