"""``observability`` in ``pipeline.yaml``: what of a service is measured, logged and told."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model, shared
from pipelinegen.config.measures import LabelName, MetricName, Regex
from pipelinegen.config.names import StageName, Text, Url, UrlPath

_DURATION = re.compile(r"([1-9][0-9]{0,4})(ms|s|m|h|d)\Z")
_PERCENT = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,4})?)%\Z")
_LONGEST_WINDOW = 7 * 86400
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: str) -> str:
    if not _DURATION.match(value):
        raise PydanticCustomError(
            "duration",
            "`{value}` is not a duration: write a whole number and `ms`, `s`, `m`, `h` or `d`, "
            "like `5m`",
            {"value": value},
        )
    return value


def _percent(value: str) -> str:
    found = _PERCENT.match(value)
    if not found or not float(found[1]):
        raise PydanticCustomError(
            "percent",
            "`{value}` is not a share between 0 and 100: write it with `%`, like `5%` or `99.9%`",
            {"value": value},
        )
    return value


def _window(value: str) -> str:
    if seconds(_duration(value)) > _LONGEST_WINDOW:
        raise PydanticCustomError(
            "duration", "`{value}` is too long: an alert looks at a week at most", {"value": value}
        )
    return value


Duration = Annotated[str, AfterValidator(_duration)]
Window = Annotated[str, AfterValidator(_window)]
Percent = Annotated[str, AfterValidator(_percent)]


def seconds(duration: str) -> float:
    """The seconds of a checked ``Duration``."""
    found = _DURATION.match(duration)
    assert found, duration
    return int(found[1]) * _SECONDS[found[2]]


def share(percent: str) -> float:
    """A checked ``Percent`` between 0 and 1."""
    return float(percent.removesuffix("%")) / 100


class Metrics(Model):
    """Where Prometheus finds the service's counters."""

    path: UrlPath = Field("/metrics", description="The path.")
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="Default: the service's port."
    )


class Requests(Model):
    """The histogram in which the service counts the requests that it answers."""

    histogram: MetricName = Field(
        "http_request_duration_seconds",
        description="Its name, without `_bucket`; it counts seconds.",
    )
    status: LabelName = Field("status", description="The label with the HTTP status.")
    errors: Regex = Field("5..", description="The statuses that are the service's own fault.")
    route: LabelName | None = Field(
        None, description="The label with the route, by which panels are split.", examples=["route"]
    )


class Counter(Model):
    """A metric of the service's own: it is in the dashboard, and `check-metrics` looks for it."""

    type: Literal["counter", "gauge", "histogram", "summary"] = Field(
        "counter", description="Its type."
    )
    description: Text | None = Field(None, description="For people.")
    unit: Text = Field(
        "short",
        description="Grafana's unit, such as `short`, `s`, `bytes` or `currencyUSD`.",
        examples=["s"],
    )
    labels: list[LabelName] = Field(
        default_factory=list,
        description="Its labels; panels are split by the first.",
        examples=[["currency"]],
    )
    most_series: int = Field(
        100, ge=1, description="More series than these from one pod are an explosion of labels."
    )


class Latency(Model):
    """How slow requests may be."""

    quantile: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.95, description="The share of requests that has to be faster."
    )
    above: Duration = Field(description="The alert is told above this.", examples=["500ms"])

    @property
    def above_seconds(self) -> float:
        """``above`` in seconds."""
        return seconds(self.above)


Severity = Literal["critical", "warning", "info"]
Account = Literal["test", "stage", "production"]
# The keys of an alert of which exactly one says what is watched.
CONDITIONS = (
    "counter", "error_rate", "latency", "availability", "restarts", "out_of_memory", "not_scraped",
    "not_progressing",
)  # fmt: skip


class Alert(Model):
    """Something that somebody has to hear of; exactly one key says what is watched."""

    counter: MetricName | None = Field(
        None,
        description="A counter whose increase within `window` has to stay `between` two numbers, "
        "in each cluster.",
        examples=["orders_total"],
    )
    between: list[Annotated[float, Field(allow_inf_nan=False)] | None] | None = Field(
        None,
        description="The least and the most increase; null: no such limit.",
        examples=[[2000000, 6000000]],
    )
    error_rate: Percent | None = Field(
        None, description="Requests that fail: told above this share.", examples=["5%"]
    )
    latency: Latency | None = Field(None, description="Requests that are slow.")
    availability: Percent | None = Field(
        None,
        description="The share of requests in 30 days that must not fail. Told when failures use "
        "up the rest too fast, over several windows.",
        examples=["99.9%"],
    )
    restarts: Annotated[int, Field(ge=1)] | None = Field(
        None, description="A container that restarts this often within `window`.", examples=[3]
    )
    out_of_memory: Literal[True] | None = Field(
        None, description="true: a container was killed since it was over its memory limit."
    )
    not_scraped: Literal[True] | None = Field(
        None, description="true: Prometheus gets no metrics from a pod, or finds no pod at all."
    )
    not_progressing: Literal[True] | None = Field(
        None, description="true: a rollout stands still, or pods are missing."
    )
    window: Window | None = Field(
        None, description="The time that is looked at; default: 1h for a counter, else 5m or 15m."
    )
    lasting: Window | None = Field(
        None, description="How long it has to be so until it is told; default: 5m or less."
    )
    severity: Severity | None = Field(
        None, description="Default: critical for an error rate, availability and missing metrics."
    )
    notify: StageName | None = Field(
        None,
        description="A receiver of the platform's `monitoring`; default: the team's.",
        examples=["shop-oncall"],
    )
    summary: Text | None = Field(
        None, description="What people read first; default: a sentence made from the alert."
    )
    runbook: Url | None = Field(None, description="What to do about it.")
    accounts: list[Account] = Field(
        default=["production"], min_length=1, description="Where it is watched."
    )

    @property
    def condition(self) -> str:
        """The one of ``CONDITIONS`` that is set."""
        return next(name for name in CONDITIONS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_condition(self) -> Alert:
        said = [name for name in CONDITIONS if getattr(self, name) is not None]
        if len(said) != 1:
            keys = [type(self).model_fields[name].alias or name for name in said or CONDITIONS]
            what = "says nothing to watch: set one of" if not said else "watches several things:"
            raise PydanticCustomError(
                "alert", "the alert {what} {keys}", {"what": what, "keys": ", ".join(keys)}
            )
        if (self.counter is None) != (self.between is None):
            raise PydanticCustomError("alert", "`counter` and `between` belong together")
        if self.between is not None:
            self._range(self.between)
        return self

    @staticmethod
    def _range(limits: list[float | None]) -> None:
        said = [limit for limit in limits if limit is not None]
        right = len(limits) == 2 and said and said == sorted(said) and min(said) >= 0
        # Within these a counter's value is exact, and Prometheus writes it as it is.
        if not right or not all(0.001 <= limit <= 1e15 for limit in said if limit):
            raise PydanticCustomError(
                "between", "`between` is the least and the most increase, like `[100, 2000]`"
            )
        if said == [0] and limits[1] is None:
            raise PydanticCustomError("between", "no increase is less than 0: this is never told")
        if limits[0] == limits[1] != 0:
            raise PydanticCustomError(
                "between",
                "the least and the most are the same: Prometheus' increase is extrapolated, and "
                "hardly ever exactly a number",
            )


class Logs(Model):
    """What the service writes to stdout."""

    stream: Text | None = Field(
        None, description="The name of its stream in Graylog; default: the service's name."
    )


class Observability(Model):
    """What is measured, logged and told."""

    metrics: Metrics | None = Field(None, description="Scraped by Prometheus when set.")
    requests: Requests | None = Field(
        None, description="How requests are counted; what is told of them needs it."
    )
    counters: dict[MetricName, Counter] = Field(
        default_factory=dict,
        description="Metrics of the service's own.",
        examples=[{"orders_total": {"labels": ["currency"]}}],
    )
    alerts: dict[StageName, Alert | None] = Field(
        default_factory=dict,
        description="What somebody has to hear of. `restarts`, `out_of_memory`, `not_scraped` and "
        "`not_progressing` are there by themselves; null removes one.",
        examples=[
            {"orders_rate": {"counter": "orders_total", "between": [2000000, 6000000]}},
        ],
    )
    logs: Logs = Field(default_factory=shared(Logs), description="Its logs.")
