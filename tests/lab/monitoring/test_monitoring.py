"""The lab's own parts do what other tests take for granted."""

from __future__ import annotations

import smtplib
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.lab.monitoring.servers import prometheus
from tests.lab.monitoring.sinks import sinks
from tests.lab.monitoring.tools import ToolError, amtool, promtool


def test_promtool_finds_a_fault_in_a_rule(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("groups: [{name: a, rules: [{record: a, expr: 'sum('}]}]")
    with pytest.raises(ToolError, match="parse error"):
        promtool("check", "rules", rules)
    rules.write_text("groups: [{name: a, rules: [{record: a:b, expr: 'sum(up)'}]}]")
    assert "SUCCESS" in promtool("check", "rules", rules)


def test_amtool_finds_a_receiver_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text("{route: {receiver: nobody}, receivers: [{name: somebody}]}")
    with pytest.raises(ToolError, match="undefined receiver"):
        amtool("check-config", file)


def test_prometheus_answers_from_samples_that_were_written_before(tmp_path: Path) -> None:
    now = int(time.time()) // 60 * 60
    samples = tmp_path / "samples"
    lines = [f'orders_total{{a="b"}} {n * 10} {now - 600 + n * 60}' for n in range(10)]
    samples.write_text("\n".join(["# TYPE orders counter", *lines, "# EOF", ""]))
    tsdb = tmp_path / "server/tsdb"
    promtool("tsdb", "create-blocks-from", "openmetrics", samples, tsdb)
    (tmp_path / "prometheus.yaml").write_text("global: {}\n")
    with prometheus(tmp_path / "prometheus.yaml", tmp_path / "server") as server:
        (series,) = server.query("max_over_time(orders_total[20m])", now)
        assert series["metric"] == {"a": "b"}
        assert series["value"][1] == "90"


def test_a_prometheus_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "prometheus.yaml").write_text("global: {nonsense: 1}\n")
    with (
        pytest.raises(RuntimeError, match="nonsense"),
        prometheus(tmp_path / "prometheus.yaml", tmp_path / "server"),
    ):
        pass


def test_what_is_sent_to_slack_and_by_mail_arrives() -> None:
    with sinks() as arrived:
        urllib.request.urlopen(arrived.slack_url, b'{"text": "hello"}', timeout=10).close()
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            urllib.request.urlopen(arrived.slack_url, b"{}", timeout=10)
        refused.value.close()
        mail = EmailMessage()
        mail["Subject"], mail["To"] = "hello", "a@example.com"
        host, _, port = arrived.smtp.partition(":")
        with smtplib.SMTP(host, int(port), timeout=10) as sender:
            sender.send_message(mail, "b@example.com", ["c@example.com"])
    assert arrived.slack == [{"text": "hello"}]
    assert [(m["Subject"], m["X-Recipients"]) for m in arrived.mails] == [
        ("hello", "c@example.com")
    ]
