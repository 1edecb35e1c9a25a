"""Who hears of an alert, as the real amtool reads our configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from pipelinegen.config.monitoring import Monitoring
from pipelinegen.render.alertmanager import FILE, alertmanager_files
from tests.lab.monitoring.tools import amtool, receivers
from tests.strategies import lines

SLACK = {"channel": "#shop", "urlFile": "/etc/alertmanager/secrets/slack"}
SMTP = {
    "server": "smtp.example.com:587",
    "sender": "alerts@example.com",
    "username": "alerts",
    "passwordFile": "/etc/alertmanager/secrets/smtp",
}
SAID: dict[str, Any] = {
    "smtp": SMTP,
    "receivers": {
        "everybody": {"email": ["all@example.com"]},
        "shop": {"slack": SLACK},
        "shop-oncall": {"slack": SLACK, "email": ["a@example.com", "b@example.com"]},
    },
    "teams": {"shop": "shop"},
}


def written(folder: Path, said: dict[str, Any]) -> Path:
    for path, text in alertmanager_files(Monitoring.model_validate(said)).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / FILE


@pytest.mark.parametrize("said", [{}, SAID, {**SAID, "receiver": "shop"}], ids=str)
def test_amtool_takes_it(tmp_path: Path, said: dict[str, Any]) -> None:
    assert "SUCCESS" in amtool("check-config", written(tmp_path, said))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"notify": "shop-oncall", "team": "shop"}, "shop-oncall"),
        ({"notify": "shop"}, "shop"),
        # Somebody has to hear of an alert that is none of ours, too.
        ({"team": "unknown"}, "everybody"),
        ({"notify": "gone"}, "everybody"),
    ],
)
def test_who_hears_of_it(tmp_path: Path, labels: dict[str, str], receiver: str) -> None:
    assert receivers(written(tmp_path, SAID), labels) == [receiver]


def test_another_one_hears_of_what_is_for_nobody(tmp_path: Path) -> None:
    file = written(tmp_path, {**SAID, "receiver": "shop"})
    assert receivers(file, {"team": "unknown"}) == ["shop"]


def test_secrets_stay_in_their_files(tmp_path: Path) -> None:
    said = yaml.safe_load(written(tmp_path, SAID).read_text())
    assert said["global"]["smtp_auth_password_file"] == "/etc/alertmanager/secrets/smtp"
    oncall = {one["name"]: one for one in said["receivers"]}["shop-oncall"]
    assert oncall["slack_configs"][0]["api_url_file"] == "/etc/alertmanager/secrets/slack"
    assert [mail["to"] for mail in oncall["email_configs"]] == ["a@example.com", "b@example.com"]


@settings(max_examples=15)
@given(channel=lines(min_size=1, max_size=60).filter(str.isprintable).filter(str.strip))
def test_a_channels_name_is_never_a_template(
    tmp_path_factory: pytest.TempPathFactory, channel: str
) -> None:
    said = {"receivers": {"a": {"slack": {**SLACK, "channel": channel}}}}
    file = written(tmp_path_factory.mktemp("channel"), said)
    amtool("check-config", file)
    (receiver,) = yaml.safe_load(file.read_text())["receivers"]
    template = receiver["slack_configs"][0]["channel"]
    shown = amtool(
        "template",
        "render",
        f"--template.glob={file.parent}/*.tmpl",
        f"--template.text={template}",
        "--template.type=text",
    )
    assert shown == channel


INCIDENT = {
    "service": "orders",
    "account": "production",
    "alertname": "orders_rate",
    "severity": "critical",
}
SUMMARIES = ["too few orders in eu-a", "<b>&", "{{ .Status }}"]


@pytest.mark.parametrize("summary", SUMMARIES)
def test_what_people_read(tmp_path: Path, summary: str) -> None:
    folder = tmp_path
    file = written(folder, SAID)
    alert = {
        "labels": INCIDENT,
        "annotations": {
            "summary": summary,
            "dashboard": "https://grafana.example.com/d/shop-orders",
        },
        "status": "firing",
    }
    incident = {
        "receiver": "shop",
        "status": "firing",
        "alerts": [alert],
        "groupLabels": INCIDENT,
        "commonLabels": INCIDENT,
        "commonAnnotations": alert["annotations"],
        "externalURL": "http://alertmanager",
    }
    (folder / "data.json").write_text(json.dumps(incident))

    def shown(name: str) -> str:
        return amtool(
            "template",
            "render",
            f"--template.glob={file.parent}/*.tmpl",
            f'--template.text={{{{ template "pipelinegen.{name}" . }}}}',
            f"--template.data={folder / 'data.json'}",
            "--template.type=text",
        )

    assert shown("title").strip() == "[FIRING 1] orders: orders_rate in production"
    assert shown("color").strip() == "danger"
    text = f"{summary}\n\nDashboard: https://grafana.example.com/d/shop-orders\n"
    assert shown("mail").strip() == text.strip()
