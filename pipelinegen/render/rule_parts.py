"""What the rules of a service are made of: selectors, numbers, sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from pipelinegen.config.effective import settings
from pipelinegen.config.loaded import Config, Site
from pipelinegen.plan.observed import Watch
from pipelinegen.render.humanize import humanize, humanize_duration, humanize_percentage
from pipelinegen.render.promql import promql, template

# Where something happens: an alert keeps these labels of its series.
PLACE = "account, region, cluster"
BY = f"by ({PLACE})"
ON = f"on ({PLACE})"

# What a template does with the value, and what comes of it.
_VALUES: dict[str, tuple[str, Callable[[float], str]]] = {
    "number": ("humanize", humanize),
    "percentage": ("humanizePercentage", humanize_percentage),
    "duration": ("humanizeDuration", humanize_duration),
    "count": ('printf "%.0f"', lambda value: f"{value:.0f}"),
}


@dataclass(frozen=True)
class Sentence:
    """The summary of an alert.

    Args:
        head: how it begins, with ``{cluster}``; as the others without anything else that a
            template would read.
        text: how it goes on, with ``{value}``.
        value: how the value is written, one of ``_VALUES``.
        zero: the text where the value is 0; empty: the same.
    """

    head: str
    text: str
    value: str = "number"
    zero: str = ""

    def template(self) -> str:
        """As the template of an annotation."""
        value = "{{ $value | " + _VALUES[self.value][0] + " }}"
        text = self.text.replace("{value}", value)
        if self.zero:
            text = "{{ if $value }}" + text + "{{ else }}" + self.zero + "{{ end }}"
        return self.head.replace("{cluster}", "{{ $labels.cluster }}") + text

    def said(self, cluster: str, value: float) -> str:
        """What Prometheus makes of that template."""
        text = self.zero if self.zero and not value else self.text
        shown = _VALUES[self.value][1](value)
        return self.head.replace("{cluster}", cluster) + text.replace("{value}", shown)


@dataclass(frozen=True)
class Words:
    """A summary that a person wrote."""

    text: str

    def template(self) -> str:
        """As the template of an annotation."""
        return template(self.text)

    def said(self, cluster: str, value: float) -> str:
        """What Prometheus makes of that template."""
        return self.text


@dataclass(frozen=True)
class Rule:
    """An alert rule.

    Args:
        watch: what is watched.
        severity: how bad it is.
        expression: the PromQL.
        summary: what people read first.
    """

    watch: Watch
    severity: str
    expression: str
    summary: Sentence | Words


@dataclass(frozen=True)
class Record:
    """A recording rule: a metric's name and the PromQL of its values."""

    name: str
    expression: str


def sites(config: Config, watch: Watch) -> list[Site]:
    """Where the alert is told."""
    return [site for site in config.sites() if site.account in watch.alert.accounts]


def expects_pods(config: Config, site: Site) -> bool:
    """Whether the service has pods there at all."""
    return settings(config, site.region, site.account, site.name).get("replicas") != 0


def selector(watch: Watch, *more: str, **labels: str) -> str:
    """A selector of the alert's accounts: ``{service="orders", account="production"}``.

    Args:
        watch: what is watched.
        more: further matchers, finished.
        labels: labels, each equal to its text.
    """
    said = [f"{name}={promql(text)}" for name, text in labels.items()]
    accounts = list(dict.fromkeys(watch.alert.accounts))
    sign = "=" if len(accounts) == 1 else "=~"
    return "{" + ", ".join([*said, f"account{sign}{promql('|'.join(accounts))}", *more]) + "}"


def number(value: float | Decimal) -> str:
    """A number of PromQL."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(int(value)) if value == int(value) else repr(value)


def percent(text: str) -> Decimal:
    """A checked ``Percent`` between 0 and 1, without an error of rounding."""
    return Decimal(text.removesuffix("%")) / 100
