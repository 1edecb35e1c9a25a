"""The panels of the metrics of a service's own."""

from __future__ import annotations

from collections.abc import Callable

from pipelinegen.config.observability import Counter
from pipelinegen.render.dashboard_panels import QUANTILES, Asked, legend, quantile
from pipelinegen.render.dashboard_parts import (
    RATE,
    Panel,
    Query,
    lines,
)
from pipelinegen.render.dashboard_text import words


def own_metrics(asked: Asked) -> list[Panel]:
    """A panel for each metric of the service's own."""
    counters = asked.seen.counters
    return [_OWN[counter.type](asked, name, counter) for name, counter in counters.items()]


def _about(counter: Counter, how: str) -> str:
    return f"{words(counter.description.rstrip('.'))}. {how}" if counter.description else how


def _split(counter: Counter) -> tuple[str, str, str]:
    """What a metric is split by: for PromQL, for the legend, for the title."""
    if not counter.labels:
        return "", "", ""
    first = counter.labels[0]
    return f" by ({first})", legend(first), f" by {first}"


def _counter(asked: Asked, name: str, counter: Counter) -> Panel:
    by, series, title = _split(counter)
    expression = f"sum{by} (rate({name}{asked.own}[{RATE}])) * 60"
    about = _about(counter, "Its increase in a minute.")
    query = Query(expression, series or name)
    return lines(f"{name} per minute{title}", about, words(counter.unit), query)


def _gauge(asked: Asked, name: str, counter: Counter) -> Panel:
    by, series, title = _split(counter)
    query = Query(f"sum{by} ({name}{asked.own})", series or name)
    about = _about(counter, "The sum of its values in all pods shown.")
    return lines(f"{name}{title}", about, words(counter.unit), query, from_zero=False)


def _histogram(asked: Asked, name: str, counter: Counter) -> Panel:
    if counter.labels:
        first = counter.labels[0]
        query = Query(quantile(name, "0.95", asked.own, first), legend(first))
        about = _about(counter, "95% of its values are at most this.")
        return lines(f"{name} p95 by {first}", about, words(counter.unit), query)
    queries = [Query(quantile(name, q, asked.own), short) for short, q in QUANTILES.items()]
    about = _about(counter, "50%, 95% and 99% of its values are at most this.")
    return lines(name, about, words(counter.unit), *queries)


def _summary(asked: Asked, name: str, counter: Counter) -> Panel:
    by, series, title = _split(counter)
    whole, count = (f"sum{by} (rate({name}_{of}{asked.own}[{RATE}]))" for of in ("sum", "count"))
    about = _about(counter, "The mean of its values.")
    query = Query(f"{whole} / {count}", series or name)
    return lines(f"{name} mean{title}", about, words(counter.unit), query, from_zero=False)


_OWN: dict[str, Callable[[Asked, str, Counter], Panel]] = {
    "counter": _counter,
    "gauge": _gauge,
    "histogram": _histogram,
    "summary": _summary,
}
