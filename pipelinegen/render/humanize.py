"""Numbers as the templates of Prometheus' annotations write them.

https://prometheus.io/docs/prometheus/latest/configuration/template_reference/#numbers
"""

from __future__ import annotations

_LARGE = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("", "m", "u", "n", "p", "f", "a", "z", "y")


def humanize(value: float) -> str:
    """``humanize``: four digits and a metric prefix."""
    if value == 0:
        return "0"
    if abs(value) < 1:
        return _small(value)
    for prefix in _LARGE[:-1]:
        if abs(value) < 1000:
            return f"{value:.4g}{prefix}"
        value /= 1000
    return f"{value:.4g}{_LARGE[-1]}"


def humanize_percentage(value: float) -> str:
    """``humanizePercentage`` of a share."""
    return f"{value * 100:.4g}%"


def humanize_duration(seconds: float) -> str:
    """``humanizeDuration`` of seconds that are not negative."""
    if seconds < 1:
        return f"{_small(seconds)}s" if seconds else "0s"
    whole = int(seconds)
    minutes, hours, days = whole // 60 % 60, whole // 3600 % 24, whole // 86400
    if days:
        return f"{days}d {hours}h {minutes}m {whole % 60}s"
    if hours:
        return f"{hours}h {minutes}m {whole % 60}s"
    if minutes:
        return f"{minutes}m {whole % 60}s"
    return f"{seconds:.4g}s"


def _small(value: float) -> str:
    for prefix in _SMALL[:-1]:
        if abs(value) >= 1:
            return f"{value:.4g}{prefix}"
        value *= 1000
    return f"{value:.4g}{_SMALL[-1]}"
