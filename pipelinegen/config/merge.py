"""Merging of plain data as Helm merges values files: maps deep, lists replaced, null removes."""

from __future__ import annotations

from typing import Any

Data = dict[str, Any]


def merge(base: Data, *overrides: Data) -> Data:
    """``base`` with each of ``overrides`` laid over it; none of them is changed.

    A null removes the key that it stands for, as it does between a chart's defaults and a values
    file (https://helm.sh/docs/chart_template_guide/values_files/#deleting-a-default-key).
    """
    result = base
    for override in overrides:
        result = _over(result, override)
    return result


def _over(base: Data, override: Data) -> Data:
    result = dict(base)
    for key, value in override.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            below = result.get(key)
            result[key] = _over(below if isinstance(below, dict) else {}, value)
        else:
            result[key] = value
    return result


def difference(base: Data, wanted: Data) -> Data:
    """The smallest override with which ``base`` becomes ``wanted``.

    For all maps without nulls: ``merge(base, difference(base, wanted)) == wanted``.
    """
    result: Data = {key: None for key in base if key not in wanted}
    for key, value in wanted.items():
        below = base.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            if changed := difference(below, value):
                result[key] = changed
        elif key not in base or below != value or type(below) is not type(value):
            result[key] = value
    return result


def keep_nulls(raw: Data, merged: Data) -> Data:
    """``merged`` with the nulls of ``raw`` kept: below ``deploy`` they remove a default."""
    result = dict(merged)
    for key, value in raw.items():
        if value is None:
            result[key] = None
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            result[key] = keep_nulls(value, merged[key])
    return result
