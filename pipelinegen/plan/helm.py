"""Helm's own way of putting values together, exactly, nulls included.

Between files a null is a value like any other; under the chart's defaults it removes the default.
Found with Helm 4.1 and held by a property test with the real one.
"""

from __future__ import annotations

from pipelinegen.config.merge import Data


def helm_values(defaults: Data, *files: Data) -> Data:
    """What a template sees as ``.Values``.

    Args:
        defaults: the chart's values.yaml.
        files: the content of each ``-f`` file, in order.
    """
    over: Data = {}
    for file in files:
        over = _over(over, file)
    return _under(over, defaults, top=True)


def _over(first: Data, second: Data) -> Data:
    result = dict(first)
    for key, value in second.items():
        below = result.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            value = _over(below, value)
        result[key] = value
    return result


def _under(over: Data, defaults: Data, *, top: bool) -> Data:
    result = dict(over)
    for key, default in defaults.items():
        if key not in result:
            result[key] = default
        elif result[key] is None:
            if top or default is not None:
                del result[key]
        elif isinstance(result[key], dict) and isinstance(default, dict):
            result[key] = _under(result[key], default, top=False)
    return result
