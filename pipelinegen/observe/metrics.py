"""Whether a service's metrics page has what its rules and its dashboard ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelinegen.config.observability import Counter
from pipelinegen.errors import OutsideError
from pipelinegen.plan.observed import Observed

if TYPE_CHECKING:
    from prometheus_client import Metric

SECONDS = 10.0
# More than any page of a service should have.
MOST_BYTES = 50 * 1024 * 1024
# A metric of which nothing is said.
MOST_SERIES = 1000
# Both of Prometheus' formats; which one it is stands in the answer.
_ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
# What makes the parts of a histogram or summary.
_OWN_LABELS = {"histogram": "le", "summary": "quantile"}


@dataclass(frozen=True)
class Finding:
    """What is to be said of a metric.

    Args:
        metric: its name, as it is declared.
        wrong: whether something has to be done about it.
        message: what is so.
    """

    metric: str
    wrong: bool
    message: str


def fetch(url: str) -> list[Metric]:
    """The metrics of a page.

    Args:
        url: its address.

    Raises:
        OutsideError: it cannot be read, or is no such page.
    """
    import requests

    body = b""
    try:
        with requests.get(url, headers={"Accept": _ACCEPT}, timeout=SECONDS, stream=True) as answer:
            for part in answer.iter_content(64 * 1024):
                body += part
                if len(body) > MOST_BYTES:
                    break
    except requests.RequestException as error:
        raise OutsideError(f"{url}: no answer: {_reason(error)}") from None
    if answer.status_code != 200:
        raise OutsideError(f"{url}: the answer is {answer.status_code} {answer.reason}")
    if len(body) > MOST_BYTES:
        raise OutsideError(f"{url}: the page has more than {MOST_BYTES // 1024**2} MiB")
    try:
        return parse(body.decode("utf-8"), answer.headers.get("Content-Type", ""))
    except (ValueError, KeyError, IndexError) as error:
        raise OutsideError(
            f"{url}: is no page of metrics: {error}\n"
            "      = name the address that Prometheus scrapes, such as http://localhost:8080/metrics"
        ) from None


def _reason(error: Exception) -> str:
    told = getattr(error.args[0] if error.args else None, "reason", None) or error
    said = str(told).rpartition(": ")[2].rpartition("] ")[2]
    return said or type(error).__name__


def parse(text: str, content_type: str) -> list[Metric]:
    """The metrics in a text.

    Raises:
        ValueError: it is not of the format that its type tells.
    """
    if content_type.startswith("application/openmetrics-text"):
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    else:
        from prometheus_client.parser import text_string_to_metric_families
    found: dict[str, Metric] = {}
    # What has no type is told sample by sample.
    for metric in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        there = found.setdefault(metric.name, metric)
        if there is not metric:
            there.samples.extend(metric.samples)
    return list(found.values())


def check(observed: Observed, metrics: list[Metric]) -> list[Finding]:
    """What is to be said of each metric that the service's config names, and of huge ones."""
    known = dict(observed.counters)
    if requests := observed.requests:
        labels = [requests.status, *([requests.route] if requests.route else [])]
        said = known.get(requests.histogram)
        most = said.most_series if said else MOST_SERIES
        known[requests.histogram] = Counter(type="histogram", labels=labels, mostSeries=most)
    by_name = {name: metric for metric in metrics for name in _names(metric)}
    found = [
        finding
        for name, declared in known.items()
        for finding in _one(name, declared, by_name.get(name))
    ]
    looked = {id(by_name[name]) for name in known if name in by_name}
    for metric in metrics:
        if id(metric) not in looked:
            found += _too_many(metric.name, metric, MOST_SERIES)
    return found


def _names(metric: Metric) -> Iterator[str]:
    """A counter's family is named without the `_total` of its samples."""
    yield metric.name
    if metric.type == "counter":
        yield f"{metric.name}_total"


def _one(name: str, declared: Counter, metric: Metric | None) -> Iterator[Finding]:
    if metric is None:
        yield Finding(name, True, "missing: the page has no metric of that name")
        return
    if metric.type != declared.type:
        yield Finding(name, True, f"is a {metric.type}, and declared as a {declared.type}")
        return
    series = _series(metric)
    if not series:
        yield Finding(
            name,
            False,
            "has no series yet: start each at 0, since an increase from nothing is not seen",
        )
        return
    wrong = [*_labels(name, declared, series), *_too_many(name, metric, declared.most_series)]
    yield from wrong
    if not wrong:
        yield Finding(name, False, f"{metric.type}, {len(series)} series")


def _labels(name: str, declared: Counter, series: list[Mapping[str, str]]) -> Iterator[Finding]:
    if missing := [label for label in declared.labels if not all(label in one for one in series)]:
        there = ", ".join(sorted({label for one in series for label in one})) or "none"
        told = ", ".join(f"`{label}`" for label in missing)
        yield Finding(name, True, f"lacks the label {told} (it has {there})")


def _too_many(name: str, metric: Metric, most: int) -> Iterator[Finding]:
    series = _series(metric)
    if len(series) <= most:
        return
    values: dict[str, set[str]] = defaultdict(set)
    for one in series:
        for label, value in one.items():
            values[label].add(value)
    label, seen = max(values.items(), key=lambda pair: (len(pair[1]), pair[0]))
    example = min(seen)
    yield Finding(
        name,
        True,
        f"{len(series)} series, at most {most} are sensible: `{label}` has {len(seen)} values, "
        f"such as `{_shown(example)}`",
    )


def _series(metric: Metric) -> list[Mapping[str, str]]:
    """The labels of each series, the parts of a histogram or summary counting once."""
    own = _OWN_LABELS.get(metric.type, "")
    unique: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    for sample in metric.samples:
        labels = {name: value for name, value in sample.labels.items() if name != own}
        unique.setdefault(tuple(sorted(labels.items())), labels)
    return list(unique.values())


def _shown(value: str) -> str:
    told = "".join(c if c.isprintable() else "\ufffd" for c in value)
    return told if len(told) <= 60 else told[:59] + "…"
