"""What the documentation shows is valid; what it says of tests is run by tests/e2e/test_docs.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.configs import PLATFORM, load

DOCS = Path(__file__).parents[1] / "docs"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", (DOCS / "deploy.md").read_text("utf-8"), re.M | re.S)
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
