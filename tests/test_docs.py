"""What the documentation shows is valid; what it says of tests is run by tests/e2e/test_docs.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelinegen.config.observability import CONDITIONS
from tests.configs import PLATFORM, load

DOCS = Path(__file__).parents[1] / "docs"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", (DOCS / "deploy.md").read_text("utf-8"), re.M | re.S)
# The first column of the table of what is watched.
KEYS = re.compile(r"^\| `(\w+)`(?:, `between`)? \| (?!its|whose|where|how)", re.M)
PROMETHEUS = re.sub(
    r"\{region: (\S+)\}", r"{region: \1, prometheus: 'https://p.example.com'}", PLATFORM
)


@pytest.mark.parametrize("block", [text for text in BLOCKS if text.startswith("deploy:")])
def test_what_is_said_of_a_deployment_is_valid(tmp_path: Path, block: str) -> None:
    assert load(tmp_path, f"port: 8080\n{block}", PROMETHEUS).sites()


@pytest.mark.parametrize("block", [text for text in BLOCKS if text.startswith("accounts:")])
def test_what_is_said_of_an_account_is_valid(tmp_path: Path, block: str) -> None:
    head = "registry: {url: registry.example.com/shop}\nregions: {eu-west-1: {}}\n"
    needs = "dependencies: {catalog: {type: service, env: C}, bucket: {type: s3, env: B}}"
    config = load(tmp_path, needs, head + block)
    account = config.platform.model.accounts.test
    assert account is not None
    assert account.temporary is not None


def test_there_are_such_examples() -> None:
    assert {text.partition(":")[0] for text in BLOCKS} == {"deploy", "accounts"}


def test_what_is_said_of_alerts_is_valid_and_of_every_kind(tmp_path: Path) -> None:
    text = (DOCS / "alerts.md").read_text("utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    receiver = "{shop-oncall: {slack: {channel: x, urlFile: /x}}}"
    config = load(tmp_path, block, f"{PLATFORM}monitoring: {{receivers: {receiver}}}\n")
    alerts = config.model.observability.alerts
    kinds = {alert.condition for alert in alerts.values() if alert}
    assert kinds == {*CONDITIONS} - {"not_progressing"}
    assert alerts["not_progressing"] is None
    shown = {re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", key) for key in KEYS.findall(text)}
    assert shown == {*CONDITIONS}
