"""`observability` and the platform's `monitoring`: every message, at the place that brought it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelinegen.config.load import Loader
from pipelinegen.config.observability import Requests, seconds, share
from pipelinegen.errors import InputError
from tests.config.given import PLATFORM, config, marks, problems, with_header
from tests.config.test_checks import told
from tests.configs import DOCKERFILE
from tests.helpers import write_tree

WATCHED = PLATFORM + "monitoring: {receivers: {oncall: {slack: {channel: x, urlFile: /s}}}}\n"
RANGE = "`between` is the least and the most increase, like `[100, 2000]`"


def first(root: Path, text: str, platform: str = WATCHED) -> str:
    """The message of the only fault, which is at the mark."""
    pipeline, places = marks(with_header(text))
    found = problems(root, pipeline, platform=platform)
    assert [(p.line, p.column) for p in found] == places
    return without_path(found[0].message)


def without_path(message: str) -> str:
    """A message of one key without the key, which the place shows."""
    return re.sub(r"^`(?:observability|monitoring)\.[^`]*`:? ", "", message)


def alert(said: str) -> str:
    return f"observability: {{metrics: {{}}, requests: {{}}, alerts: {{a: {said}}}}}"


def test_the_example_of_the_documentation_is_right(tmp_path: Path) -> None:
    found = config(
        tmp_path,
        """
observability:
  metrics: {path: /metrics}
  requests: {histogram: http_request_duration_seconds, status: status, route: route}
  counters: {orders_total: {labels: [currency]}}
  alerts:
    orders_rate: {counter: orders_total, window: 1h, between: [2000000, 6000000], notify: oncall}
    errors: {errorRate: 5%}
    slow: {latency: {quantile: 0.95, above: 500ms}}
    available: {availability: 99.9%}
    restarts: null
""",
        WATCHED,
    ).model.observability
    orders = found.alerts["orders_rate"]
    assert orders and orders.condition == "counter"
    assert found.alerts["restarts"] is None
    slow = found.alerts["slow"]
    assert slow and slow.latency and slow.latency.above_seconds == 0.5


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "‸{severity: info}",
            "the alert says nothing to watch: set one of counter, errorRate, latency, "
            "availability, restarts, outOfMemory, notScraped, notProgressing",
        ),
        (
            "‸{restarts: 3, errorRate: 5%}",
            "the alert watches several things: errorRate, restarts",
        ),
        ("‸{counter: x_total}", "`counter` and `between` belong together"),
        ("‸{restarts: 3, between: [1, 2]}", "`counter` and `between` belong together"),
        ("‸{counter: x_total, between: [1]}", RANGE),
        ("‸{counter: x_total, between: [1, 2, 3]}", RANGE),
        ("‸{counter: x_total, between: [2, 1]}", RANGE),
        ("‸{counter: x_total, between: [-1, 1]}", RANGE),
        ("‸{counter: x_total, between: [null, null]}", RANGE),
        ("‸{counter: x_total, between: [0.0001, 1]}", RANGE),
        ("‸{counter: x_total, between: [1, 1000000000000001]}", RANGE),
        (
            "‸{counter: x_total, between: [0, null]}",
            "no increase is less than 0: this is never told",
        ),
        (
            "‸{counter: x_total, between: [5, 5]}",
            "the least and the most are the same: Prometheus' increase is extrapolated, and hardly "
            "ever exactly a number",
        ),
        (
            "{counter: ‸x-total, between: [1, 2]}",
            "`x-total` is not a metric's name: letters, digits, `_` and `:`",
        ),
        (
            "{errorRate: ‸5}",
            "must be text, not the number 5",
        ),
        (
            "{errorRate: ‸0%}",
            "`0%` is not a share between 0 and 100: write it with `%`, like `5%` or `99.9%`",
        ),
        (
            "{availability: ‸100%}",
            "`100%` is not a share between 0 and 100: write it with `%`, like `5%` or `99.9%`",
        ),
        (
            "{latency: {above: ‸0.5}}",
            "must be text, not the number 0.5",
        ),
        (
            "{latency: {above: ‸0.5s}}",
            "`0.5s` is not a duration: write a whole number and `ms`, `s`, `m`, `h` or `d`, like "
            "`5m`",
        ),
        (
            "{restarts: 3, window: ‸8d}",
            "`8d` is too long: an alert looks at a week at most",
        ),
        (
            "{restarts: 3, lasting: ‸169h}",
            "`169h` is too long: an alert looks at a week at most",
        ),
        (
            "{availability: 99%, ‸window: 1h}",
            "`availability` has no window of its own, so this would have no effect",
        ),
        (
            "{notScraped: true, ‸window: 1h}",
            "`notScraped` has no window of its own, so this would have no effect",
        ),
        (
            "{restarts: 3, window: ‸59s}",
            "Prometheus scrapes every 30 s, so this window holds too little to see a rate",
        ),
        ("{restarts: 3, notify: ‸nobody}", "the platform has no receiver `nobody`"),
    ],
)
def test_an_alert_that_is_wrong(tmp_path: Path, said: str, message: str) -> None:
    assert first(tmp_path, alert(said)).startswith(message)


@pytest.mark.parametrize("limit", [".inf", ".nan", "x"])
def test_a_limit_is_a_number(tmp_path: Path, limit: str) -> None:
    text = alert(f"{{counter: x_total, between: [null, {limit}]}}")
    *_, problem = problems(tmp_path, with_header(text), platform=WATCHED)
    assert without_path(problem.message) == f"must be a number, not `{limit}`"


@pytest.mark.parametrize(
    "limits", ["[0, 0]", "[null, 0]", "[0, 5]", "[0.5, 1]", "[5, null]", "[1, 1000000000000000]"]
)
def test_ranges_that_can_be_left(tmp_path: Path, limits: str) -> None:
    assert config(tmp_path, alert(f"{{counter: x_total, between: {limits}}}"), WATCHED)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "{metrics: {}, alerts: {a: {‸errorRate: 5%}}}",
            "it is unknown how the service counts its requests",
            "add `requests: {histogram: http_request_duration_seconds}` to `observability`",
        ),
        (
            "{metrics: {}, alerts: {a: {‸latency: {above: 1s}}}}",
            "it is unknown how the service counts its requests",
            "add `requests: {histogram: http_request_duration_seconds}` to `observability`",
        ),
        (
            "{alerts: {‸a: {counter: x_total, between: [1, 2]}}}",
            "Prometheus does not scrape the service, so this is never told",
            "add `metrics: {path: /metrics}` to `observability`",
        ),
        (
            "{alerts: {‸a: {notScraped: true}}}",
            "Prometheus does not scrape the service, so this is never told",
            "add `metrics: {path: /metrics}` to `observability`",
        ),
        (
            "{metrics: {}, counters: {x: {type: gauge}}, "
            "alerts: {a: {counter: ‸x, between: [1, 2]}}}",
            "`x` is declared as a gauge, which has no increase",
            "name a counter",
        ),
        (
            "{alerts: {a: {restarts: 3, notify: ‸x}}}",
            "the platform has no receiver `x`",
            "receivers in its `monitoring`: oncall",
        ),
    ],
)
def test_what_is_watched_has_to_be_there(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    assert told(tmp_path, f"observability: {text}", platform=WATCHED) == [(message, hint)]


@pytest.mark.parametrize(
    "said",
    [
        "‸alerts: {a: {restarts: 3}}",
        "metrics: {}, ‸counters: {x_total: {}}",
        "metrics: {}, ‸requests: {}",
    ],
)
def test_without_monitoring_nothing_is_watched(tmp_path: Path, said: str) -> None:
    assert told(tmp_path, f"observability: {{{said}}}") == [
        (
            "the platform has no `monitoring`, so this would have no effect",
            "add `monitoring: {}` to platform.yaml",
        )
    ]


def test_without_a_platform_nothing_is_watched_either(tmp_path: Path) -> None:
    text = "apiVersion: pipelinegen/v1\nservice: {name: a, team: b}\n"
    text += "observability: {counters: {x_total: {}}}\n"
    write_tree(tmp_path, {"pipeline.yaml": text, "Dockerfile": DOCKERFILE})
    with pytest.raises(InputError) as caught:
        Loader().service(tmp_path)
    (problem,) = caught.value.problems
    assert problem.message == "there is no platform, so this would have no effect"
    assert problem.hint == "name one with `monitoring`, in `platform`"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{status: ‸__x}", "`__x` is not a label's name"),
        ("{status: ‸a-b}", "`a-b` is not a label's name"),
        ("{route: ‸pod}", "every series gets the label `pod` from Prometheus"),
        ("{status: ‸le}", "every series gets the label `le` from Prometheus"),
        ("{histogram: ‸1x}", "`1x` is not a metric's name"),
        ("{errors: ‸'('}", "`(` is no regular expression: missing )"),
        ("{errors: ‸'(?=5)'}", "`(?=5)` is no regular expression: Prometheus takes RE2, which has"),
        ("{errors: ‸'(5)\\1'}", "`(5)\\1` is no regular expression: Prometheus takes RE2"),
        ("{errors: ‸'5{999}{9}'}", "`5{999}{9}` is no regular expression: "),
        ("{errors: ‸'(5{99}){99}'}", "`(5{99}){99}` is no regular expression: RE2 repeats at most"),
    ],
)
def test_how_requests_are_counted(tmp_path: Path, said: str, message: str) -> None:
    text = f"observability: {{metrics: {{}}, requests: {said}}}"
    assert first(tmp_path, text).startswith(message)


@pytest.mark.parametrize("errors", ["5..", "5..|429", "[45]..", "(?:5|4)[0-9]{2}", "\\d+", 'é"'])
def test_statuses_that_prometheus_can_look_for(errors: str) -> None:
    assert Requests.model_validate({"errors": errors}).errors == errors


@given(text=st.text("5.[]()?*+{},|^$\\dz-:=!<>P'\"\n", max_size=12))
def test_no_expression_is_more_than_refused(text: str) -> None:
    try:
        Requests.model_validate({"errors": text})
    except ValidationError as error:
        assert "is no regular expression" in str(error)


@pytest.mark.parametrize(
    ("duration", "long"), [("500ms", 0.5), ("30s", 30), ("5m", 300), ("2h", 7200), ("3d", 259200)]
)
def test_durations_are_seconds(duration: str, long: float) -> None:
    assert seconds(duration) == long


def test_a_percentage_is_a_share() -> None:
    assert (share("5%"), share("99.9%")) == (0.05, 0.9990000000000001)


def platform_told(root: Path, said: str) -> list[tuple[str, str]]:
    """Messages and hints of a platform's `monitoring`, at the marks."""
    text, places = marks(PLATFORM + f"monitoring: {said}\n")
    found = problems(root, with_header(""), platform=text)
    assert [(p.line, p.column) for p in found] == places
    return [(p.message, p.hint) for p in found]


SLACK = "{slack: {channel: x, urlFile: /s}}"


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        (
            f"{{receivers: {{a: {SLACK}}}, teams: {{shop: ‸b}}}}",
            "there is no receiver `b`",
            "`receivers`: a",
        ),
        ("{receiver: ‸b}", "there is no receiver `b`", "`receivers`: none"),
        (
            "{receivers: {a: {‸email: [a@example.com]}}}",
            "no mail goes out: `smtp` is not set",
            "add `smtp: {server: smtp.example.com:587, sender: alerts@example.com}`",
        ),
    ],
)
def test_receivers_have_to_be_there(tmp_path: Path, said: str, message: str, hint: str) -> None:
    assert platform_told(tmp_path, said) == [(message, hint)]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{receivers: {a: ‸{email: []}}}", "nobody would hear: set `slack` or `email`"),
        (
            "{smtp: {server: ‸smtp.example.com, sender: a@example.com}}",
            "`smtp.example.com` is not an address: write `host:port`",
        ),
        (
            "{prometheus: {alertmanagers: [‸'a:99999']}}",
            "`a:99999` is not an address: write `host:port`",
        ),
        (
            "{receivers: {a: {slack: {channel: x, urlFile: ‸secrets/slack}}}}",
            "`secrets/slack` is not the path of a mounted file: write it in full, like "
            "`/etc/alertmanager/secrets/slack`",
        ),
        (
            "{receivers: {a: {slack: {channel: x, urlFile: ‸/etc/../x}}}}",
            "`/etc/../x` is not the path of a mounted file: write it in full, like "
            "`/etc/alertmanager/secrets/slack`",
        ),
        ("{prometheus: {intervalSeconds: ‸300}}", "must be at most 120"),
        (
            "{prometheus: {scrape: ‸podmonitor}}",
            "is `podmonitor`, not one of: annotations, podMonitor, serviceMonitor",
        ),
    ],
)
def test_a_monitoring_that_is_wrong(tmp_path: Path, said: str, message: str) -> None:
    ((found, _),) = platform_told(tmp_path, said)
    assert without_path(found).startswith(message)
