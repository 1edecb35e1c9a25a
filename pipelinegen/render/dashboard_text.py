"""Text within Grafana's dashboards and their queries, and dashboards as text."""

from __future__ import annotations

import json
import re
from typing import Any

from pipelinegen.render.promql import promql

# Seen by nobody; parts what Grafana would read as a variable.
_JOINER = "\u2060"
# A part of the file that is no longer than this stands on one line.
_LINE = 100


def words(text: str) -> str:
    """Text in titles and descriptions of which Grafana takes nothing for a variable.

    https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/ knows `$x`, `${x}`
    and `[[x]]`, and no way to escape them.
    """
    return re.sub(r"(?<=\$)|(?<=\[)(?=\[)", _JOINER, text)


def literal(text: str) -> str:
    """A PromQL string literal of which Grafana takes nothing for a variable either."""
    return promql(text).replace("$", r"\x24").replace("[[", r"\x5b\x5b")


def selector(*more: str, **labels: str) -> str:
    """``{service="orders", account=~"$account"}``: labels equal to texts, finished matchers."""
    said = [f"{name}={literal(text)}" for name, text in labels.items()]
    return "{" + ", ".join([*said, *more]) + "}"


def text(made: dict[str, Any]) -> str:
    """A dashboard as a file has it: what fits on a line stands on one."""
    return _lines(made, "") + "\n"


def _lines(value: Any, indent: str) -> str:
    short = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, dict | list) or len(indent + short) <= _LINE:
        return short
    inner = f"{indent}  "
    if isinstance(value, list):
        parts = [_lines(item, inner) for item in value]
        start, end = "[", "]"
    else:
        keys = {key: json.dumps(key, ensure_ascii=False) for key in value}
        parts = [f"{keys[key]}: {_lines(item, inner)}" for key, item in value.items()]
        start, end = "{", "}"
    return f"{start}\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}{end}"
