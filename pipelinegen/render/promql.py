"""Text within PromQL, and within the templates of Prometheus' annotations."""

from __future__ import annotations

import json


def promql(text: str) -> str:
    """A PromQL string literal, read back as exactly this text.

    https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals: Go's escapes, of
    which JSON's are a part as long as characters beyond 16 bits stand for themselves.
    """
    return json.dumps(text, ensure_ascii=False)


def template(text: str) -> str:
    """Text that a Go template of an annotation or label gives out as it is."""
    return text.replace("{{", '{{ "{{" }}')


def matchers(**labels: str) -> str:
    """A selector's labels, each equal to its text: ``{service="orders", team="shop"}``."""
    return "{" + ", ".join(f"{name}={promql(value)}" for name, value in labels.items()) + "}"
