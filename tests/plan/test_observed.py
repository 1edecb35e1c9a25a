"""What is watched of a service, with all that its file leaves unsaid."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.plan.observed import Observed, Watch, monitoring, observed, team_receiver
from tests.configs import PLATFORM, load

RECEIVERS = """
  smtp: {server: "smtp.example.com:25", sender: a@example.com}
  receivers: {all: {email: [a@example.com]}, shop: {email: [b@example.com]}}
"""
WATCHED = PLATFORM + "monitoring:\n" + RECEIVERS


def seen(folder: Path, said: str = "", platform: str = WATCHED) -> Observed:
    return observed(load(folder, f"observability:\n{said}" if said else "", platform))


def watch(folder: Path, said: str, platform: str = WATCHED) -> Watch:
    """The alert `a` of a service that is scraped and counts its requests."""
    text = f"  metrics: {{}}\n  requests: {{}}\n  alerts: {{a: {said}}}\n"
    (found,) = (one for one in seen(folder, text, platform).watches if one.name == "a")
    return found


def test_pods_are_watched_by_themselves_and_their_metrics_once_there_are_some(
    tmp_path: Path,
) -> None:
    pods = ["not_progressing", "out_of_memory", "restarts"]
    assert [one.name for one in seen(tmp_path).watches] == pods
    scraped = seen(tmp_path, "  metrics: {}\n")
    assert [one.name for one in scraped.watches] == sorted([*pods, "not_scraped"])
    assert (seen(tmp_path).metrics, scraped.metrics) == (False, True)


def test_null_removes_one_and_another_of_its_name_replaces_it(tmp_path: Path) -> None:
    found = seen(tmp_path, "  alerts: {restarts: {restarts: 9}, out_of_memory: null}\n")
    assert [one.name for one in found.watches] == ["not_progressing", "restarts"]
    assert found.watches[1].alert.restarts == 9


def test_what_a_platform_watches_for_all_may_be_removed_by_one(tmp_path: Path) -> None:
    defaults = "defaults: {observability: {alerts: {often: {restarts: 9}}}}\n"
    everywhere = WATCHED + defaults
    assert "often" in [one.name for one in seen(tmp_path, platform=everywhere).watches]
    without = seen(tmp_path, "  alerts: {often: null}\n", everywhere)
    assert "often" not in [one.name for one in without.watches]


@pytest.mark.parametrize(
    ("said", "window", "lasting", "severity"),
    [
        ("{counter: x_total, between: [1, 2]}", "1h", "5m", "warning"),
        ("{errorRate: 5%}", "5m", "5m", "critical"),
        ("{latency: {above: 1s}}", "5m", "5m", "warning"),
        ("{availability: 99.9%}", "5m", "0m", "critical"),
        ("{restarts: 3}", "15m", "0m", "warning"),
        ("{outOfMemory: true}", "15m", "0m", "warning"),
        ("{notScraped: true}", "5m", "5m", "critical"),
        ("{notProgressing: true}", "5m", "10m", "warning"),
        ("{restarts: 3, window: 2h, lasting: 3m, severity: info}", "2h", "3m", "info"),
    ],
)
def test_what_an_alert_does_not_say(
    tmp_path: Path, said: str, window: str, lasting: str, severity: str
) -> None:
    found = watch(tmp_path, said)
    assert (found.window, found.lasting, found.severity) == (window, lasting, severity)


@pytest.mark.parametrize(
    ("more", "said", "receiver"),
    [
        ("", "{restarts: 1}", "all"),  # the first one
        ("  receiver: shop\n", "{restarts: 1}", "shop"),
        ("  teams: {shop: shop}\n", "{restarts: 1}", "shop"),
        ("  receiver: shop\n  teams: {shop: all}\n", "{restarts: 1}", "all"),
        ("  teams: {others: shop}\n", "{restarts: 1}", "all"),
        ("  teams: {shop: shop}\n", "{restarts: 1, notify: all}", "all"),
    ],
)
def test_who_hears_of_it(tmp_path: Path, more: str, said: str, receiver: str) -> None:
    assert watch(tmp_path, said, WATCHED + more).receiver == receiver


def test_without_receivers_nobody_is_named(tmp_path: Path) -> None:
    assert watch(tmp_path, "{restarts: 1}", PLATFORM + "monitoring: {}\n").receiver is None
    assert team_receiver(load(tmp_path)) is None


def test_a_counter_that_only_an_alert_names_is_one_of_the_service(tmp_path: Path) -> None:
    found = seen(
        tmp_path,
        "  metrics: {}\n  counters: {queue: {type: gauge}, x_total: {labels: [a]}}\n"
        "  alerts:\n    a: {counter: x_total, between: [1, 2]}\n"
        "    b: {counter: y_total, between: [1, 2]}\n",
    )
    assert list(found.counters) == ["queue", "x_total", "y_total"]
    assert found.counters["x_total"].labels == ["a"]
    assert found.counters["y_total"].type == "counter"


def test_monitoring_is_there_where_something_runs(tmp_path: Path) -> None:
    assert monitoring(load(tmp_path, platform=WATCHED))
    assert monitoring(load(tmp_path)) is None
    nowhere = "apiVersion: pipelinegen/v1\nmonitoring: {}\n"
    assert monitoring(load(tmp_path, platform=nowhere)) is None
