"""Values with those of Grafana's units that the picture needs.

https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_THOUSANDS = ((1e9, "Bil"), (1e6, "Mil"), (1e3, "K"))
_BYTES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B"))
_SECONDS = ((3600.0, "hours"), (60.0, "mins"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def shown(value: float, unit: str) -> str:
    """A value as people read it."""
    if math.isnan(value):
        return "No data"
    if unit == "percentunit":
        return f"{_three(value * 100)}%"
    if unit == "bytes":
        return _scaled(value, _BYTES, " ")
    if unit == "s":
        return _scaled(value, _SECONDS, " ")
    number = _scaled(value, _THOUSANDS, " ")
    return f"{number} req/s" if unit == "reqps" else number


def _scaled(value: float, sizes: Sequence[tuple[float, str]], between: str) -> str:
    for size, name in sizes:
        if abs(value) >= size * 0.9999:
            return f"{_three(value / size)}{between}{name}"
    return _three(value)


def _three(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
