"""What happens in the tests of each kind of alert: series, and the alerts that come of them.

Values are well inside and well outside of the limits: `increase()` and `rate()` extrapolate, a
little differently in each version of Prometheus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from pipelinegen.config.observability import Requests
from pipelinegen.render.promql import matchers
from pipelinegen.render.rule_alerts import BELOW, PAGES, reachable
from pipelinegen.render.rule_parts import percent
from pipelinegen.render.rule_scene import Case, Scene

# What statuses look like; the first that is an error, and the first that is none, are taken.
_STATUSES = (
    *("500", "200", "503", "404", "429", "302", "5xx", "2xx", "4xx", "error", "ok", "ERROR", "OK"),
    *(
        "failure",
        "success",
        "FAILURE",
        "SUCCESS",
        "failed",
        "false",
        "true",
        "INTERNAL",
        "Internal",
    ),
    *(str(status) for status in range(100, 600)),
)
_HOUR = 3600


def cases(scene: Scene) -> Iterator[Case]:
    """The tests of an alert."""
    return _KINDS[scene.watch.alert.condition](scene)


def rounded(value: float, digits: int, how: str) -> float:
    """A number of so few digits that a template does not round it any more."""
    exact = Decimal(repr(value))
    return float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), rounding=how))


def _beyond(limit: float, above: bool) -> float:
    """An increase well beyond a limit."""
    far = rounded(limit * 2, 2, ROUND_UP) if above else rounded(limit / 2, 2, ROUND_DOWN)
    if Decimal(repr(far)).normalize().as_tuple().digits == (1,):
        # Next to a power of ten a template writes 1000k for the least bit that 1M lacks.
        return far * 2 if above else far / 2
    return far


def _counter(scene: Scene) -> Iterator[Case]:
    alert = scene.watch.alert
    assert alert.counter and alert.between
    least, most = alert.between
    counter, up = scene.of_service(alert.counter), scene.of_service("up")
    scraped = {up: scene.always(1)}

    def case(name: str, by: float, told: bool) -> Case:
        return Case(name, {**scraped, counter: scene.rising(by)}, scene.told(by) if told else {})

    if most is not None:
        yield case("more than the most", _beyond(most, True) if most else 2.0, True)
    if least:
        yield case("less than the least", _beyond(least, False), True)
        yield Case("scraped, and the counter is not there", scraped, scene.told(0))
        young = {up: scene.late(1, scene.window / 2)}
        yield Case("scraped for less than the window", young)
    low, high = least or 0.0, 2 * (least or 0.0) if most is None else most
    if not high or high - low > 1e-6 * high:
        yield case("within the limits", (low + high) / 2, False)


def statuses(requests: Requests) -> tuple[str, str] | None:
    """A status that is an error and one that is none; None where neither is known."""
    errors = re.compile(requests.errors)
    bad = [status for status in _STATUSES if errors.fullmatch(status)]
    good = [status for status in _STATUSES if not errors.fullmatch(status)]
    return (bad[0], good[0]) if bad and good else None


def _failing(scene: Scene, share: float) -> dict[str, str] | None:
    """Requests of which a share fails."""
    assert scene.seen.requests
    if (found := statuses(scene.seen.requests)) is None:
        return None
    bad, good = (_requests(scene, status) for status in found)
    return {
        good: scene.rising((1 - share) * _HOUR, _HOUR),
        bad: scene.rising(share * _HOUR, _HOUR),
    }


def _requests(scene: Scene, status: str) -> str:
    assert scene.seen.requests
    requests = scene.seen.requests
    return scene.of_service(f"{requests.histogram}_count", **{requests.status: status})


def _above(share: Decimal) -> float:
    """A share of requests beyond a limit."""
    return min(1.0, rounded(float(share) * 1.5, 1, ROUND_UP))


def _error_rate(scene: Scene) -> Iterator[Case]:
    assert scene.watch.alert.error_rate
    limit = percent(scene.watch.alert.error_rate)
    if (most := _failing(scene, _above(limit))) is None:
        return
    yield Case("too many requests fail", most, scene.told(_above(limit)))
    yield Case("few requests fail", _failing(scene, float(limit) / 2) or {})


def _availability(scene: Scene) -> Iterator[Case]:
    assert scene.watch.alert.availability
    rest = 1 - percent(scene.watch.alert.availability)
    slow, fast = _above(rest), _above(6 * rest)
    if (some := _failing(scene, slow)) is None:
        return
    severity = scene.watch.severity
    ticket = BELOW[severity]
    if reachable(rest, PAGES):
        told = {severity: fast, ticket: fast}
        yield Case(
            "failures would use up a month's share in days", _failing(scene, fast) or {}, told
        )
    yield Case("failures would use up a month's share in weeks", some, {ticket: slow})
    yield Case("few requests fail", _failing(scene, float(rest) / 2) or {})
    if scene.end >= 8 * _HOUR:
        yield Case("failures that ended seven hours ago", _ended(scene))


def _ended(scene: Scene) -> dict[str, str]:
    assert scene.seen.requests
    bad, good = statuses(scene.seen.requests) or ("", "")
    first = (scene.end - 7 * _HOUR) // scene.step
    rest = scene.samples - first - 1
    return {
        _requests(scene, good): f"0x{first} 1+1x{rest}",
        _requests(scene, bad): f"0+1x{first} {first}x{rest}",
    }


def _latency(scene: Scene) -> Iterator[Case]:
    latency, requests = scene.watch.alert.latency, scene.seen.requests
    assert latency and requests

    def buckets(last: float, within: str) -> dict[str, str]:
        """All requests within the bucket that ends there, or beyond it."""
        name, every = f"{requests.histogram}_bucket", scene.rising(_HOUR, _HOUR)
        below = every if within == "within" else scene.always(0)
        return {
            scene.of_service(name, le=repr(last)): below,
            scene.of_service(name, le="+Inf"): every,
        }

    slow = 2 * latency.above_seconds
    # Of requests beyond the last bucket no more is known than where that one ends.
    yield Case("slow requests", buckets(slow, "beyond"), scene.told(slow))
    yield Case("fast requests", buckets(latency.above_seconds / 2, "within"))


def _restarts(scene: Scene) -> Iterator[Case]:
    most = scene.watch.alert.restarts
    assert most
    series = scene.of_container("kube_pod_container_status_restarts_total")
    yield Case("it restarts often", {series: scene.rising(2 * most)}, scene.told(2 * most))
    yield Case("it restarts now and then", {series: scene.rising(0.4 * most)})
    yield Case("it restarted long ago", {series: scene.always(5 * most)})


def _out_of_memory(scene: Scene) -> Iterator[Case]:
    restarts = scene.of_container("kube_pod_container_status_restarts_total")
    why = "kube_pod_container_status_last_terminated_reason"
    killed = {scene.of_container(why, reason="OOMKilled"): scene.always(1)}
    failed = {scene.of_container(why, reason="Error"): scene.always(1)}
    yield Case("killed for its memory", {restarts: scene.rising(2), **killed}, scene.told(1))
    yield Case("restarted for something else", {restarts: scene.rising(2), **failed})
    yield Case("killed for its memory long ago", {restarts: scene.always(1), **killed})


def _not_scraped(scene: Scene) -> Iterator[Case]:
    up = scene.of_service("up", job="pods")
    other = scene.of_cluster("up", job="kube-state-metrics")
    away = f"up{matchers(cluster='another', job='kube-state-metrics')}"
    seen, fine = {other: scene.always(1)}, {up: scene.always(1)}
    yield Case("a pod does not answer", {**seen, up: scene.always(0)}, scene.told(1))
    if scene.pods:
        yield Case("there is no pod", seen, scene.told(0), elsewhere=False)
    yield Case("all pods answer", {**seen, **fine})
    yield Case("there is no pod, in the Prometheus of another cluster", {away: scene.always(1)})


def _not_progressing(scene: Scene) -> Iterator[Case]:
    def deployment(
        available: int = 3, failed: int = 0, observed: int = 2, release: str = ""
    ) -> dict[str, str]:
        values = {
            "kube_deployment_spec_replicas": 3,
            "kube_deployment_status_replicas_available": available,
            "kube_deployment_status_observed_generation": observed,
            "kube_deployment_metadata_generation": 2,
        }
        made = {
            scene.of_deployment(name, release): scene.always(value)
            for name, value in values.items()
        }
        condition = {"condition": "Progressing", "status": "false"}
        name = "kube_deployment_status_condition"
        return {**made, scene.of_deployment(name, release, **condition): scene.always(failed)}

    yield Case("pods are missing", deployment(available=1), scene.told(2))
    yield Case("its deadline is over", deployment(failed=1), scene.told(0))
    yield Case("nobody looks at what was deployed", deployment(observed=1), scene.told(0))
    yield Case("all is well", deployment())
    temporary = f"{scene.seen.service}-t-01234567"
    yield Case("a temporary release stands still", deployment(0, 1, 1, temporary))


_KINDS: dict[str, Callable[[Scene], Iterator[Case]]] = {
    "counter": _counter,
    "error_rate": _error_rate,
    "latency": _latency,
    "availability": _availability,
    "restarts": _restarts,
    "out_of_memory": _out_of_memory,
    "not_scraped": _not_scraped,
    "not_progressing": _not_progressing,
}
