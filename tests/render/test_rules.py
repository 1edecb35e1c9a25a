"""Prometheus' rules, as promtool checks them and as their own generated tests try them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipelinegen.config.load import Loader
from pipelinegen.config.names import printable
from pipelinegen.render.humanize import humanize, humanize_duration, humanize_percentage
from pipelinegen.render.monitoring import monitoring_files
from pipelinegen.render.rule_parts import BY, ON
from pipelinegen.render.rule_tests import TESTS
from pipelinegen.render.rules import FILE, rule_groups, rules_files
from pipelinegen.workspace.discover import services
from tests.configs import PLATFORM, load
from tests.helpers import write_tree
from tests.lab.helm import values_text
from tests.lab.monitoring.tools import ToolError, promtool
from tests.strategies import texts

WATCHED = (
    PLATFORM
    + """
monitoring:
  grafana: {url: "https://grafana.example.com"}
  graylog: {url: "https://graylog.example.com"}
  receivers: {shop-oncall: {email: [a@example.com]}, others: {email: [b@example.com]}}
  smtp: {server: "smtp.example.com:25", sender: a@example.com}
"""
)
# Every kind of alert.
ALERTS: dict[str, dict[str, Any]] = {
    "counter": {"counter": "orders_total", "between": [2_000_000, 6_000_000]},
    "least": {"counter": "orders_total", "between": [100, None], "window": "30m"},
    "most": {"counter": "carts_total", "between": [None, 0], "lasting": "1h"},
    "error_rate": {"errorRate": "5%"},
    "latency": {"latency": {"quantile": 0.99, "above": "500ms"}, "window": "10m"},
    "availability": {"availability": "99.9%"},
    "availability_in_one": {"availability": "99%", "severity": "info"},
    "availability_of_half": {"availability": "50%"},
    "restarts": {"restarts": 1, "window": "1h"},
    "out_of_memory": {"outOfMemory": True},
    "not_scraped": {"notScraped": True, "accounts": ["stage", "production"]},
    "not_progressing": {"notProgressing": True},
}
Body = dict[str, Any]


def said(**keys: Any) -> str:
    """Keys of pipeline.yaml."""
    return "".join(f"{key}: {values_text(value)}\n" for key, value in keys.items())


def body(alerts: Body, **more: Any) -> str:
    return said(observability={"metrics": {}, "requests": {}, "alerts": alerts, **more})


def made(folder: Path, text: str, platform: str = WATCHED) -> dict[str, str]:
    """The files, written into the folder; promtool finds no fault with the rules."""
    files = rules_files(load(folder, text, platform))
    write_tree(folder, files)
    promtool("check", "rules", "--lint-fatal", folder / FILE)
    return files


def rules(files: dict[str, str]) -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(files[FILE])["groups"]
    return list(group["rules"])


def alert(files: dict[str, str], name: str) -> dict[str, Any]:
    (found,) = (rule for rule in rules(files) if rule.get("alert") == name)
    return found


def tried(folder: Path) -> None:
    """The tests of the rules succeed."""
    assert "SUCCESS" in promtool("test", "rules", folder / TESTS)


def test_every_kind_of_alert_fires_when_it_should_and_else_does_not(tmp_path: Path) -> None:
    files = made(tmp_path, body(ALERTS))
    tried(tmp_path)
    told: dict[str, set[bool]] = {}
    for test in yaml.safe_load(files[TESTS])["tests"]:
        (expected,) = test["alert_rule_test"]
        told.setdefault(expected["alertname"], set()).add(bool(expected["exp_alerts"]))
    assert told == {name: {True, False} for name in ALERTS}


def test_a_service_that_says_nothing_is_told_of_what_its_pods_do(tmp_path: Path) -> None:
    files = made(tmp_path, "")
    tried(tmp_path)
    assert [rule["alert"] for rule in rules(files)] == [
        "not_progressing",
        "out_of_memory",
        "restarts",
    ]


def test_an_alert_says_whose_it_is_how_bad_and_where_to_look(tmp_path: Path) -> None:
    orders = {**ALERTS["counter"], "notify": "others", "runbook": "https://wiki.example.com/o"}
    found = alert(made(tmp_path, body({"orders": orders})), "orders")
    assert found["for"] == "5m"
    assert found["labels"] == {
        "service": "orders",
        "team": "shop",
        "severity": "warning",
        "condition": "counter",
        "notify": "others",
    }
    assert found["annotations"] == {
        "summary": "orders in {{ $labels.cluster }}: orders_total rose by {{ $value | humanize }} "
        "in 1h, it should by at least 2M and at most 6M",
        "dashboard": "https://grafana.example.com/d/shop-orders",
        "logs": "https://graylog.example.com/search?rangetype=relative&from=3600&q=service%3Aorders",
        "runbook_url": "https://wiki.example.com/o",
    }


def test_without_grafana_graylog_and_receivers_there_is_just_the_summary(tmp_path: Path) -> None:
    found = alert(made(tmp_path, "", PLATFORM + "monitoring: {}\n"), "restarts")
    assert list(found["annotations"]) == ["summary"]
    assert "notify" not in found["labels"]
    assert "for" not in found  # told at once


def test_nothing_without_monitoring_or_where_nothing_runs(tmp_path: Path) -> None:
    assert rules_files(load(tmp_path)) == {}
    nowhere = re.sub(r"accounts:.*?(?=\n\n|\nmonitoring)", "accounts: {}", WATCHED, flags=re.S)
    assert rules_files(load(tmp_path, platform=nowhere)) == {}
    none = dict.fromkeys(("restarts", "out_of_memory", "not_progressing"))
    assert rules_files(load(tmp_path, said(observability={"alerts": none}), WATCHED)) == {}


def test_an_alert_of_an_account_where_the_service_is_not_is_left_out(tmp_path: Path) -> None:
    only_test = re.sub(r"  stage:.*?(?=\nmonitoring)", "", WATCHED, flags=re.S)
    own = body({"here": {"restarts": 3, "accounts": ["test"]}, "there": {"errorRate": "5%"}})
    found = rules(made(tmp_path, own, only_test))
    assert [rule["alert"] for rule in found if "alert" in rule] == ["here"]
    tried(tmp_path)


def test_clusters_without_pods_are_not_missed(tmp_path: Path) -> None:
    none = {"eu-a": {"replicas": 0}, "us-a": {"replicas": 0}}
    text = said(observability={"metrics": {}}, deploy={"clusters": none})
    found = alert(made(tmp_path, text), "not_scraped")["expr"]
    assert re.findall(r'absent\(up\{.*cluster="(.*)"\}\)', found) == ["eu-b", "us-b"]
    tried(tmp_path)


def test_failures_that_no_window_can_reach_have_no_rule(tmp_path: Path) -> None:
    files = made(tmp_path, body({"half": ALERTS["availability_of_half"]}))
    found = alert(files, "half")
    assert found["labels"]["severity"] == "warning"
    # Twice as fast as allowed would be more than all.
    assert re.findall(r"ratio_rate(\w+)", found["expr"]) == ["3d", "6h"]


def test_the_windows_are_those_of_the_workbook(tmp_path: Path) -> None:
    files = made(tmp_path, body({"slo": ALERTS["availability"]}))
    page, ticket = (rule for rule in rules(files) if rule.get("alert") == "slo")
    pattern = r"ratio_rate(\w+)\{.*\} > (\S+) \* 0.001"
    assert re.findall(pattern, page["expr"]) == [
        *(("1h", "14.4"), ("5m", "14.4"), ("6h", "6"), ("30m", "6")),
    ]
    assert re.findall(pattern, ticket["expr"]) == [
        *(("1d", "3"), ("2h", "3"), ("3d", "1"), ("6h", "1")),
    ]
    assert [page["labels"]["severity"], ticket["labels"]["severity"]] == ["critical", "warning"]
    assert "for" not in page


def test_the_namespace_is_where_the_service_is_deployed(tmp_path: Path) -> None:
    text = said(deploy={"namespace": "orders-ns"})
    assert 'namespace="orders-ns", container="orders"' in made(tmp_path, text)[FILE]
    tried(tmp_path)


def test_each_clusters_prometheus_gets_the_rules(tmp_path: Path) -> None:
    config = load(tmp_path, body(ALERTS), WATCHED)
    where = config.platform.model.monitoring
    assert where
    files = monitoring_files(config.platform, where, [config])
    found = [path for path in files if "/rules/" in path]
    assert found == [f"prometheus/{site.name}/rules/shop-orders.yaml" for site in config.sites()]
    assert {path: yaml.safe_load(files[path])["groups"] for path in found} == dict.fromkeys(
        found, rule_groups(config)
    )
    by_operator = WATCHED.replace(
        "monitoring:\n", "monitoring:\n  prometheus: {rules: prometheusRule}\n"
    )
    config = load(tmp_path, body(ALERTS), by_operator)
    where = config.platform.model.monitoring
    assert where
    assert not [
        path for path in monitoring_files(config.platform, where, [config]) if "/rules/" in path
    ]


# What someone may break: in the expression of an alert, a part and what it becomes.
BREAKS = [
    ("counter", " > ", " < "),
    ("counter", "< 2000000", "> 2000000"),
    ("counter", "< 2000000", "< 200"),
    ("counter", "> 6000000", "> 60000000"),
    ("counter", " offset 1h", ""),
    ("counter", 'account="production"', 'account!=""'),
    ("least", "< 100", "<= 0"),
    ("least", "orders_total", "order_total"),
    ("most", "> 0", ">= 0"),
    ("error_rate", "> 0.05", "< 0.05"),
    ("error_rate", "0.05", "0.5"),
    ("error_rate", 'account="production"', 'account!=""'),
    ("latency", "> 0.5", "< 0.5"),
    ("latency", "> 0.5", "> 5"),
    ("latency", ', account="production"', ""),
    ("latency", "_bucket", "_buckets"),
    ("availability", "> 14.4", "< 14.4"),
    ("availability_in_one", "> 1 *", "> 4 *"),
    ("availability_in_one", "and", "or"),
    ("availability_of_half", "> 1", "< 1"),
    ("restarts", ">= 1", ">= 3"),
    ("restarts", ">= 1", "<= 1"),
    ("restarts", "increase", "max_over_time"),
    ("out_of_memory", "OOMKilled", "Error"),
    ("out_of_memory", "and on", "or on"),
    ("out_of_memory", "> 0", ">= 0"),
    ("not_scraped", "== 0", "== 1"),
    ("not_scraped", "absent(up", "(up"),
    ("not_scraped", f"and {ON}\n  group {BY} (up)", ""),
    ("not_progressing", "> 0", "> 5"),
    ("not_progressing", '"false"', '"true"'),
    ("not_progressing", "!=", "=="),
    ("not_progressing", 'deployment="orders"', 'deployment!=""'),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, str]]:
    """Rules of one alert and of none other, with their tests; each made once."""
    kept: dict[str, tuple[Path, str]] = {}

    def get(name: str) -> tuple[Path, str]:
        if name not in kept:
            folder = tmp_path_factory.mktemp(name)
            standard = dict.fromkeys(
                ("restarts", "out_of_memory", "not_scraped", "not_progressing")
            )
            kept[name] = folder, made(folder, body({**standard, name: ALERTS[name]}))[FILE]
            tried(folder)
        return kept[name]

    return get


@pytest.mark.parametrize(("name", "part", "becomes"), BREAKS)
def test_the_generated_tests_find_a_rule_that_was_broken(
    name: str, part: str, becomes: str, sound: Callable[[str], tuple[Path, str]]
) -> None:
    folder, text = sound(name)
    content = yaml.safe_load(text)
    alerts = [rule for rule in content["groups"][0]["rules"] if "alert" in rule]
    assert any(part in rule["expr"] for rule in alerts)
    for rule in alerts:
        rule["expr"] = rule["expr"].replace(part, becomes)
    try:
        (folder / FILE).write_text(values_text(content))
        promtool("check", "rules", folder / FILE)
        with pytest.raises(ToolError, match="FAILED"):
            promtool("test", "rules", folder / TESTS)
    finally:
        (folder / FILE).write_text(text)


@pytest.mark.parametrize("field", ["summary", "dashboard", "severity", "notify"])
def test_the_generated_tests_find_words_that_were_changed(
    field: str, sound: Callable[[str], tuple[Path, str]]
) -> None:
    folder, text = sound("restarts")
    content = yaml.safe_load(text)
    for rule in content["groups"][0]["rules"]:
        for part in (rule["labels"], rule.get("annotations", {})):
            if field in part:
                part[field] += "x"
    try:
        (folder / FILE).write_text(values_text(content))
        with pytest.raises(ToolError, match="FAILED"):
            promtool("test", "rules", folder / TESTS)
    finally:
        (folder / FILE).write_text(text)


# Any alert.
_TEXT = texts(min_size=1, max_size=60).filter(
    lambda text: bool(text.strip()) and not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]", text)
)
_URL = (
    st.text(
        st.characters(
            min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Zs", "Zl", "Zp", "Cs"]
        ),
        max_size=30,
    )
    .filter(lambda text: not re.search(r"[\s\x7f-\x9f]", text))
    .map(lambda text: f"https://x.example/{text}{{{{x}}}}")
)
_AMOUNT = (
    st.floats(0.001, 1e15)
    | st.integers(1, 10**15)
    | st.sampled_from([1, 10, 1000, 10**6, 999_999.5])
)
_PERCENT = st.integers(1, 999_999).map(lambda number: f"{number / 10_000:.4f}%")
_TIME = st.integers(1, 5000).flatmap(lambda number: st.sampled_from([f"{number}m", f"{number}s"]))
_WINDOW = st.integers(1, 168).flatmap(
    lambda number: st.sampled_from([f"{number}m", f"{number + 60}s", f"{number}h"])
)


def _between(pair: tuple[float, float]) -> list[float | None]:
    low, high = sorted(pair)
    return [low, high] if high > low else [low, None]


_KINDS = st.one_of(
    st.builds(
        lambda between: {"counter": "c_total", "between": between},
        st.tuples(_AMOUNT, _AMOUNT).map(_between)
        | _AMOUNT.map(lambda amount: [None, amount])
        | _AMOUNT.map(lambda amount: [amount, None]),
    ),
    _PERCENT.map(lambda share: {"errorRate": share}),
    _PERCENT.map(lambda share: {"availability": share}),
    st.builds(
        lambda quantile, above: {"latency": {"quantile": quantile, "above": above}},
        st.floats(1e-6, 1, exclude_max=True),
        _TIME | st.integers(1, 99_999).map(lambda number: f"{number}ms"),
    ),
    st.integers(1, 10_000).map(lambda number: {"restarts": number}),
    st.just({"outOfMemory": True}),
    st.just({"notScraped": True}),
    st.just({"notProgressing": True}),
)
_ALERT = st.builds(
    lambda kind, window, more: {
        **kind,
        **(
            {"window": window}
            if {"counter", "errorRate", "latency", "restarts"} & set(kind)
            else {}
        ),
        **{key: value for key, value in more.items() if value is not None},
    },
    _KINDS,
    _WINDOW,
    st.fixed_dictionaries(
        {
            "lasting": st.none() | _TIME,
            "severity": st.sampled_from([None, "critical", "warning", "info"]),
            "notify": st.sampled_from([None, "others"]),
            "summary": st.none() | _TEXT,
            "runbook": st.none() | _URL,
            "accounts": st.none()
            | st.lists(st.sampled_from(["test", "stage", "production"]), min_size=1),
        }
    ),
)


@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(alerts=st.lists(_ALERT, min_size=1, max_size=6))
def test_any_alert_is_a_rule_that_its_tests_pass(tmp_path: Path, alerts: list[Body]) -> None:
    made(tmp_path, body({f"a{number}": one for number, one in enumerate(alerts)}))
    tried(tmp_path)


_REGEX = st.text("5.0-9[]^|()*+?{},:\\dPwab\"'é", min_size=1, max_size=12)


@settings(max_examples=25)
@given(patterns=st.lists(_REGEX, min_size=40, max_size=40))
def test_any_expression_of_errors_is_one_of_re2(tmp_path: Path, patterns: list[str]) -> None:
    """Those that are refused are not seen by Prometheus; a batch is one file."""
    from pydantic import ValidationError

    from pipelinegen.config.observability import Requests
    from pipelinegen.render.promql import promql

    kept = []
    for pattern in patterns:
        try:
            kept.append(Requests.model_validate({"errors": pattern}).errors)
        except ValidationError:
            continue
    some = [{"record": f"r{n}", "expr": f"up{{a=~{promql(one)}}}"} for n, one in enumerate(kept)]
    file = tmp_path / "rules.yaml"
    file.write_text(values_text({"groups": [{"name": "x", "rules": some}]}))
    promtool("check", "rules", file)


@pytest.mark.parametrize(
    "errors", ["5..|429", "[45]..", "error", "(5[0-9]{2}|4\\d\\d)", ".*", "\"'"]
)
def test_rules_of_any_statuses_pass_their_tests(tmp_path: Path, errors: str) -> None:
    alerts = {"errors": ALERTS["error_rate"], "slo": ALERTS["availability"]}
    made(tmp_path, body(alerts, requests={"errors": errors, "status": "code"}))
    tried(tmp_path)


def test_text_in_a_rule_stays_what_it_is(tmp_path: Path) -> None:
    assert printable("{{ $value }}")
    odd = {**ALERTS["out_of_memory"], "summary": "{{{ $labels.x }} '\"`\\ \u2028 100%"}
    found = alert(made(tmp_path, body({"odd": odd})), "odd")
    assert found["annotations"]["summary"] == '{{ "{{" }}{ $labels.x }} \'"`\\ \u2028 100%'
    tried(tmp_path)


@settings(max_examples=30)
@given(
    numbers=st.lists(
        st.floats(1e-12, 1e18) | st.integers(0, 10**7).map(float), min_size=20, max_size=20
    )
)
def test_numbers_are_written_as_prometheus_writes_them(
    tmp_path: Path, numbers: list[float]
) -> None:
    """In one test of promtool: an alert of each number."""
    hows = ("humanize", "humanizePercentage", "humanizeDuration")
    annotations = {how: f"{{{{ $value | {how} }}}}" for how in hows}
    some = [
        {"alert": f"n{n}", "expr": f"vector({one!r})", "annotations": annotations}
        for n, one in enumerate(numbers)
    ]
    tests = [
        {
            "eval_time": "1m",
            "alertname": f"n{n}",
            "exp_alerts": [
                {
                    "exp_annotations": {
                        "humanize": humanize(one),
                        "humanizePercentage": humanize_percentage(one),
                        "humanizeDuration": humanize_duration(one),
                    }
                }
            ],
        }
        for n, one in enumerate(numbers)
    ]
    write_tree(
        tmp_path,
        {
            "rules.yaml": values_text({"groups": [{"name": "x", "rules": some}]}),
            "test.yaml": values_text(
                {"rule_files": ["rules.yaml"], "tests": [{"alert_rule_test": tests}]}
            ),
        },
    )
    promtool("test", "rules", tmp_path / "test.yaml")


TESTS_FOLDER = Path(__file__).parents[1]


def test_the_rules_of_the_sample_pass_their_tests() -> None:
    sample = TESTS_FOLDER.parent / "sample-service"
    promtool("check", "rules", "--lint-fatal", sample / FILE)
    tried(sample)


def test_the_rules_of_every_golden_service_pass_their_tests(tmp_path: Path) -> None:
    """With the files that `init` makes, in an organisation that monitors and scrapes all."""
    shutil.copytree(TESTS_FOLDER / "services", tmp_path, dirs_exist_ok=True)
    shutil.copytree(TESTS_FOLDER / "golden", tmp_path, dirs_exist_ok=True)
    scraped = "monitoring: {}\ndefaults: {observability: {metrics: {}}}\n"
    for platform in tmp_path.rglob("platform.yaml"):
        text = platform.read_text("utf-8")
        assert "monitoring:" not in text and "defaults:" not in text
        platform.write_text(text + scraped)
    tests = []
    for file in services(tmp_path):
        config = Loader().service(file)
        made = rules_files(config)
        write_tree(config.root, made)
        tests.append(config.root / TESTS)
    assert len(tests) >= 12
    promtool("check", "rules", "--lint-fatal", *(path.with_name("rules.yaml") for path in tests))
    promtool("test", "rules", *tests)
