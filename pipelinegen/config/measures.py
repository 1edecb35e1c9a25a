"""Names of metrics and labels, and regular expressions, as Prometheus takes them."""

from __future__ import annotations

import math
import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from pipelinegen.config.names import printable

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*\Z")
# Labels of every series, from the scrape.
_SCRAPED = frozenset(
    (
        *("account", "region", "cluster", "namespace", "pod", "service", "team", "version"),
        *("instance", "job", "le", "quantile"),
    )
)
# What is in Python's regular expressions and not in RE2, or something else there: groups with `(?`
# other than `(?:`, references, possessive and open repetitions, sets within sets.
_NOT_RE2 = re.compile(
    r"\(\?(?!:).?|\\(?![dDwWsS.*+?()\[\]{}|^$\\/_-]).?|[*+?}]\+|\{,|\[\[|--|\|\||&&|~~"
)
_REPEATED = re.compile(r"\{([0-9]+)(?:,([0-9]*))?\}")
_MOST_REPEATED = 1000


def _metric(value: str) -> str:
    # https://prometheus.io/docs/concepts/data_model/
    if len(value) > 200 or not _METRIC.match(value):
        raise PydanticCustomError(
            "metric",
            "`{value}` is not a metric's name: letters, digits, `_` and `:`",
            {"value": value},
        )
    return value


def _label(value: str) -> str:
    if len(value) > 100 or not _LABEL.match(value):
        raise PydanticCustomError(
            "label",
            "`{value}` is not a label's name: letters, digits and `_`, without `__` in front",
            {"value": value},
        )
    if value in _SCRAPED:
        raise PydanticCustomError(
            "label",
            "every series gets the label `{value}` from Prometheus: give the service's own another "
            "name",
            {"value": value},
        )
    return value


def _regex(value: str) -> str:
    # Prometheus takes RE2 (https://github.com/google/re2/wiki/Syntax), of which this is the part
    # that both read alike.
    try:
        _re2(printable(value))
        re.compile(value)
    except (re.error, ValueError) as error:
        raise PydanticCustomError(
            "regex",
            "`{value}` is no regular expression: {why}",
            {"value": value, "why": str(error)},
        ) from error
    return value


def _re2(value: str) -> None:
    if found := _NOT_RE2.search(value):
        raise ValueError(f"Prometheus takes RE2, which has no `{found[0]}`")
    # All together, since one may stand within another.
    counts = [int(most or least) for least, most in _REPEATED.findall(value)]
    if math.prod(count for count in counts if count) > _MOST_REPEATED:
        raise ValueError(f"RE2 repeats at most {_MOST_REPEATED} times")


MetricName = Annotated[str, AfterValidator(_metric)]
LabelName = Annotated[str, AfterValidator(_label)]
Regex = Annotated[str, AfterValidator(_regex)]
