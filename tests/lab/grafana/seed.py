"""Samples of services as their clusters' Prometheus would have them, without any service."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelinegen.config.loaded import Config
from pipelinegen.config.observability import Counter, Requests
from pipelinegen.plan.observed import observed
from pipelinegen.plan.parts import namespace
from tests.lab.monitoring.servers import Server, prometheus
from tests.lab.monitoring.tools import promtool

# Seconds.
STEP = 60
LONG = 8 * 3600
_BOUNDS = ("0.05", "0.1", "0.25", "0.5", "1", "+Inf")
# The share of the requests that are as fast as each of them.
_FAST = (0.35, 0.7, 0.9, 0.97, 0.995, 1.0)
_ROUTES = {"/orders": 5.0, "/orders/{id}": 8.0, "/": 2.0}
_VALUES = ("EUR", "USD")

Labels = dict[str, str]
# The value at a time, between 0 at the beginning and 1 at the end.
Curve = Callable[[float], float]


@contextmanager
def prometheus_of(configs: list[Config], end: int, folder: Path) -> Iterator[Server]:
    """A real Prometheus that has the services' samples up to a time."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = folder / "samples"
    with samples.open("w") as file:
        for config in configs:
            file.writelines(_lines(config, end))
        file.write("# EOF\n")
    promtool("tsdb", "create-blocks-from", "openmetrics", samples, folder / "server/tsdb")
    (folder / "prometheus.yaml").write_text("global: {}\n")
    with prometheus(folder / "prometheus.yaml", folder / "server") as server:
        yield server


def _lines(config: Config, end: int) -> Iterator[str]:
    times = range(end - LONG, end + 1, STEP)
    for name, labels, curve in _series(config):
        said = ",".join(f'{key}="{value}"' for key, value in labels.items())
        for at in times:
            value = curve((at - end + LONG) / LONG)
            if not math.isnan(value):
                yield f"{name}{{{said}}} {value:.6g} {at}\n"


def _wave(shift: float) -> Curve:
    """Around 1, as a day's traffic."""
    return lambda t: 1 + 0.35 * math.sin(5 * t + shift) + 0.04 * math.sin(41 * t + 3 * shift)


def _flat(value: float) -> Curve:
    return lambda t: value


def _scaled(curve: Curve, by: float) -> Curve:
    return lambda t: by * curve(t)


def _changing(before: float, at: float, after: float, until: float = 2.0) -> Curve:
    return lambda t: after if at <= t < until else before


def _while(curve: Curve, first: float, last: float) -> Curve:
    """Nothing outside of this time."""
    return lambda t: curve(t) if first <= t < last else math.nan


def _counting(rate: Curve, start: float = 0.0) -> Curve:
    """A counter with that rate in a second, summed up step by step."""
    known = [start]

    def value(t: float) -> float:
        steps = round(t * LONG / STEP)
        while len(known) <= steps:
            known.append(known[-1] + rate(len(known) * STEP / LONG) * STEP)
        return known[steps]

    return value


def _series(config: Config) -> Iterator[tuple[str, Labels, Curve]]:
    seen, service = observed(config), config.model.service
    for number, site in enumerate(config.sites()):
        place = {"account": site.account, "region": site.region, "cluster": site.name}
        where = {"namespace": namespace(config), **place}
        deployment = {**where, "deployment": service.name}
        # Deployed one cluster after the other.
        new_from = 0.5 + 0.05 * number
        yield "kube_deployment_spec_replicas", deployment, _flat(2)
        yield (
            "kube_deployment_status_replicas_ready",
            deployment,
            _changing(2, new_from, 1, new_from + 0.01),
        )
        yield (
            "kube_deployment_status_observed_generation",
            deployment,
            _changing(7, new_from, 8),
        )
        firing = {"alertname": "orders_rate", "alertstate": "firing", "severity": "warning"}
        firing |= {"condition": "counter", "notify": "shop-oncall"}
        whose = {"service": service.name, "team": service.team}
        if site.name == "eu-b":
            yield "ALERTS", {**firing, **whose, **place}, _while(_flat(1), 0.9, 2.0)
        for pod in range(2):
            shift = number + pod / 3
            named = {"pod": f"{service.name}-5d9c7b-{'xk'[pod]}{number}"}
            yield from _of_container({**where, **named, "container": service.name}, shift)
            for version, (first, last) in {
                "1.4.0": (0.0, new_from),
                "1.5.0": (new_from, 2.0),
            }.items():
                own = {**whose, **where, **named, "version": version}
                if seen.metrics:
                    yield "up", own, _while(_flat(1), first, last)
                if seen.requests:
                    for name, labels, curve in _requests(seen.requests, own, shift):
                        yield name, labels, _while(curve, first, last)
                for name, counter in seen.counters.items():
                    for full, labels, curve in _own(name, counter, own, shift):
                        yield full, labels, _while(curve, first, last)


def _of_container(labels: Labels, shift: float) -> Iterator[tuple[str, Labels, Curve]]:
    yield "kube_pod_container_info", labels, _flat(1)
    for kind, cpu, memory in (("requests", 0.1, 128), ("limits", 0.5, 256)):
        name = f"kube_pod_container_resource_{kind}"
        yield name, {**labels, "resource": "cpu"}, _flat(cpu)
        yield name, {**labels, "resource": "memory"}, _flat(memory * 2**20)
    restarts = "kube_pod_container_status_restarts_total"
    yield restarts, labels, _changing(0, 0.8, int(labels["cluster"] == "us-a" and shift % 1 == 0))
    wave = _wave(shift)
    yield "container_cpu_usage_seconds_total", labels, _counting(_scaled(wave, 0.17))
    yield "container_cpu_cfs_periods_total", labels, _counting(_flat(10))
    slow = _counting(lambda t: 0.4 * wave(t) ** 2)
    yield "container_cpu_cfs_throttled_periods_total", labels, slow
    yield (
        "container_memory_working_set_bytes",
        labels,
        lambda t: (120 + 50 * t + 9 * wave(3 * t)) * 2**20,
    )


def _requests(
    requests: Requests, labels: Labels, shift: float
) -> Iterator[tuple[str, Labels, Curve]]:
    routes = _ROUTES if requests.route else {"": 15.0}
    wave = _wave(shift)
    for number, (route, rate) in enumerate(routes.items()):
        for status, part in {"200": 0.985, "404": 0.01, "500": 0.005}.items():
            here = {**labels, requests.status: status}
            if requests.route:
                here[requests.route] = route
            if status == "500":
                rates = _failing(wave, rate * part, labels["cluster"])
            else:
                rates = _scaled(wave, rate * part)
            yield from _buckets(requests.histogram, here, rates, 0.6 + 0.5 * number)


def _failing(wave: Curve, rate: float, cluster: str) -> Curve:
    """Failures, for a while eight times as many in one cluster."""
    peak = _peak(0.72, 0.03) if cluster == "us-a" else _flat(0)
    return lambda t: rate * wave(t) * (1 + 7 * peak(t))


def _peak(at: float, width: float) -> Curve:
    return lambda t: math.exp(-(((t - at) / width) ** 2))


def _buckets(
    name: str, labels: Labels, rates: Curve, slow: float = 1.0
) -> Iterator[tuple[str, Labels, Curve]]:
    """A histogram whose values are larger the slower it is."""
    count, peak = _counting(rates), _peak(0.4, 0.05)
    yield f"{name}_count", labels, count
    yield f"{name}_sum", labels, _scaled(count, 0.12 * slow)

    def within(share: float) -> Curve:
        return _counting(lambda t: rates(t) * share ** (slow * (1 + 0.6 * peak(t))))

    for bound, share in zip(_BOUNDS, _FAST, strict=True):
        yield f"{name}_bucket", {**labels, "le": bound}, within(share)


def _own(
    name: str, counter: Counter, labels: Labels, shift: float
) -> Iterator[tuple[str, Labels, Curve]]:
    wave = _wave(shift + 1)
    for number, value in enumerate(_VALUES if counter.labels else ("",)):
        here = {**labels, **dict.fromkeys(counter.labels, value)}
        rate = 2.5 / (number + 1)
        if counter.type == "gauge":
            yield name, here, _scaled(wave, 10 * rate)
        elif counter.type == "counter":
            yield name, here, _counting(_scaled(wave, rate))
        else:
            yield from _buckets(name, here, _scaled(wave, rate))
