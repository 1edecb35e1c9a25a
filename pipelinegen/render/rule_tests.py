"""The tests of a service's rules, for ``promtool test rules``.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from pipelinegen.config.loaded import Config, Site
from pipelinegen.config.observability import seconds
from pipelinegen.plan.observed import Watch, observed
from pipelinegen.render.rule_alerts import alert_rules
from pipelinegen.render.rule_cases import cases
from pipelinegen.render.rule_parts import Rule, expects_pods, sites
from pipelinegen.render.rule_scene import Scene
from pipelinegen.render.rules import labels, links
from pipelinegen.render.yamltext import dump

TESTS = "monitoring/rules.test.yaml"
_MINUTE = 60
_HOUR = 3600
# How often all rules are evaluated within the longest of the tests.
_EVALUATIONS = 200
# Seconds between two samples: less than the five minutes that an instant looks back. promtool holds
# 10,000 samples at a time, which are those of two series in a week.
_STEPS = (1, 5, 15, 30, 60, 120, 240)


def tests_text(config: Config) -> str | None:
    """The tests without a header; None where no alert is watched."""
    rules = alert_rules(config)
    every = _interval(rules)
    tests = [
        test
        for _, same in groupby(rules, key=lambda rule: rule.watch.name)
        for test in _tests(config, list(same), every)
    ]
    if not tests:
        return None
    made = {"rule_files": ["rules.yaml"], "evaluation_interval": _minutes(every), "tests": tests}
    return dump(made)


def _interval(rules: list[Rule]) -> int:
    """Seconds between two evaluations: whole minutes, and more where an alert takes days."""
    longest = max((sum(_spans(rule.watch)) for rule in rules), default=0)
    minutes = max(1, math.ceil(longest / _EVALUATIONS / _MINUTE))
    # Each evaluation falls on a sample.
    return (minutes if minutes <= 2 else math.ceil(minutes / 4) * 4) * _MINUTE


def _spans(watch: Watch) -> tuple[float, float]:
    """What has to be seen, and for how long, in seconds."""
    window = seconds(watch.window)
    if watch.alert.availability:
        window = 8 * _HOUR  # a burst of failures that is over has its own test, which takes hours
    elif watch.alert.condition in ("error_rate", "latency"):
        window = min(window, 8 * _HOUR)  # a share is the same in a part of the window
    return window, 0.0 if watch.lasting == "0m" else seconds(watch.lasting)


def _tests(config: Config, rules: list[Rule], every: int) -> Iterator[dict[str, Any]]:
    watch = rules[0].watch
    window, lasting = _spans(watch)
    end = (math.ceil(window / every) + math.ceil(lasting / every) + 1) * every
    step = _step(watch, every)
    places = sites(config, watch)
    site = next((place for place in places if expects_pods(config, place)), places[0])
    scene = Scene(config, observed(config), watch, site, end, step, expects_pods(config, site))
    away = replace(scene, site=replace(site, account="elsewhere"))
    for case, other in zip(cases(scene), cases(away), strict=True):
        series = dict(case.series)
        if case.told and case.elsewhere:
            # The same in an account where it is not watched.
            series |= other.series
        yield {
            "name": f"{watch.name}: {case.name}",
            "interval": f"{step}s" if step < _MINUTE else _minutes(step),
            "input_series": [{"series": name, "values": text} for name, text in series.items()],
            "alert_rule_test": [
                {
                    "eval_time": _minutes(end),
                    "alertname": watch.name,
                    "exp_alerts": [
                        _alert(config, rule, site, case.told[rule.severity])
                        for rule in rules
                        if rule.severity in case.told
                    ],
                }
            ],
        }


def _step(watch: Watch, every: int) -> int:
    """Seconds between two samples, of which some fit into the window."""
    if watch.alert.availability:
        return _MINUTE
    most = max(1, seconds(watch.window) / 20)
    return max(step for step in _STEPS if step <= most and every % step == 0)


def _minutes(span: int) -> str:
    return f"{span // _MINUTE}m"


def _alert(config: Config, rule: Rule, site: Site, value: float) -> dict[str, Any]:
    place = {"account": site.account, "region": site.region, "cluster": site.name}
    said = {"summary": rule.summary.said(site.name, value)}
    return {
        "exp_labels": {**place, **labels(config, rule)},
        "exp_annotations": {**said, **links(config, rule.watch)},
    }
