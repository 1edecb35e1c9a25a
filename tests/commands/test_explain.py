"""``pipelinegen explain`` says the value that holds, and which line or default brought it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelinegen.commands.explain import command
from pipelinegen.errors import PipelinegenError
from tests.config.given import FILES, HEADER, PLATFORM, marks
from tests.helpers import write_tree

DEFAULTS, (DEFAULT_AT, PLATFORM_AT) = marks(
    PLATFORM + "defaults: {deploy: {env: {FROM: ‸platform}}, pipeline: {keepBuilds: 7}}\n"
    "notify: {slack: ‸ci}\n"
)
PIPELINE, AT = marks(
    HEADER
    + """\
build: {agent: {caches: [‸pip, go]}}
deploy:
  replicas: ‸3
  health: {startup: ‸null, liveness: null}
  env: {A: base, B: ‸base}
  regions:
    eu-west-1: {}
    us-east-1: {replicas: ‸4, env: {A: ‸region}}
  accounts: {production: {replicas: ‸5}}
  clusters: {us-a: {env: {A: ‸cluster}}}
"""
)
CACHE, BASE, NULL, B, REGION, REGION_A, ACCOUNT, CLUSTER_A = (
    f"pipeline.yaml:{line}:{column}" for line, column in AT
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_tree(tmp_path, {**FILES, "platform.yaml": DEFAULTS, "pipeline.yaml": PIPELINE})


def run(arguments: str) -> Result:
    return CliRunner().invoke(command, arguments.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("deploy.replicas", f"deploy.replicas = 3  {BASE}"),
        ("deploy.replicas --region eu-west-1", f"deploy.replicas = 3  {BASE}"),
        ("deploy.replicas --region us-east-1", f"deploy.replicas = 4  {REGION}"),
        ("deploy.replicas --account production", f"deploy.replicas = 5  {ACCOUNT}"),
        (
            "deploy.replicas --region us-east-1 --account production",
            f"deploy.replicas = 5  {ACCOUNT}",
        ),
        ("deploy.replicas --cluster us-a", f"deploy.replicas = 5  {ACCOUNT}"),
        ("deploy.replicas --cluster stage-eu", f"deploy.replicas = 3  {BASE}"),
        ("deploy.env.A --region us-east-1", f"deploy.env.A = region  {REGION_A}"),
        ("deploy.env.A --cluster us-a", f"deploy.env.A = cluster  {CLUSTER_A}"),
        ("deploy.env.B --cluster us-a", f"deploy.env.B = base  {B}"),
        (
            "deploy.env.FROM",
            f"deploy.env.FROM = platform  platform.yaml:{DEFAULT_AT[0]}:{DEFAULT_AT[1]} (the "
            f"platform's defaults)",
        ),
        ("deploy.health.startup", f"deploy.health.startup = null  {NULL}"),
        ("deploy.resources.limits.memory", "deploy.resources.limits.memory = 256Mi  default"),
        ("deploy.resources.limits.cpu", "deploy.resources.limits.cpu = null  not set"),
        ("deploy.env.NOBODY", "deploy.env.NOBODY = null  not set"),
        ("build.agent.caches[0]", f"build.agent.caches.0 = pip  {CACHE}"),
        ("build.agent.caches.7", "build.agent.caches.7 = null  not set"),
        ("port", "port = 8080  default"),
        (
            "platform.notify.slack",
            f"platform.notify.slack = ci  platform.yaml:{PLATFORM_AT[0]}:{PLATFORM_AT[1]}",
        ),
        ("platform.jenkins.label", "platform.jenkins.label = docker  default"),
    ],
)
def test_a_value_is_told_with_the_layer_that_brought_it(arguments: str, told: str) -> None:
    result = run(arguments)
    assert (result.exit_code, result.stderr, result.stdout) == (0, "", f"{told}\n")


def test_a_map_is_explained_key_by_key() -> None:
    rows = [line.split() for line in run("deploy.env --cluster us-a").stdout.splitlines()]
    assert [(name, value) for name, _, value, *_ in rows] == [
        ("deploy.env.FROM", "platform"),
        ("deploy.env.A", "cluster"),
        ("deploy.env.B", "base"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("replicas", "there is no key `replicas`\n      = did you mean `deploy.replicas`?"),
        (
            "deploy.replica",
            "`deploy` has no key `replica`\n      = did you mean `deploy.replicas`?",
        ),
        ("deploy.replicas.x", "`deploy.replicas` has no key `x`\n      = it holds no keys"),
        (
            "platform.region",
            "`platform` has no key `region`\n      = did you mean `platform.regions`?",
        ),
        ("service.zzz", "`service` has no key `zzz`\n      = known: name, team, description, path"),
        ("5²", "there is no key `5²`\n      = known: apiVersion, "),
        ("port --region eu", "eu: this service has no such region (known: eu-west-1, us-east-1)"),
        (
            "port --cluster x",
            "x: this service has no such cluster (known: test-eu, stage-eu, eu-a, eu-b, us-a)",
        ),
        (
            "port --cluster us-a --region eu-west-1",
            "us-a is in us-east-1, account production; leave out --region and --account",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_was_meant(arguments: str, told: str) -> None:
    result = run(arguments)
    assert isinstance(result.exception, PipelinegenError)
    assert str(result.exception).startswith(told)
    assert result.exception.exit_code == 2


def rows(arguments: str) -> list[list[str]]:
    """Each line's key, value and source."""
    lines = run(arguments).output.splitlines()
    parts = [re.split(r" += |  +(?!=)", line, maxsplit=2) for line in lines]
    return [[part.strip() for part in row] for row in parts]


def test_what_follows_from_other_keys_is_told_with_them(here: Path) -> None:
    assert rows("deploy.namespace") == [["deploy.namespace", "shop", "from service.team"]]
    assert rows("deploy.production.waves") == [
        ["deploy.production.waves", "[[eu-a, eu-b], [us-a]]", "a wave per region"]
    ]
    assert ["pipeline.label", "docker", "from platform.jenkins.label"] in rows("pipeline")


def test_a_dependencys_url_is_told_with_the_dependency(here: Path) -> None:
    more = "dependencies:\n  db: {type: redis, env: R}\n  pay: {type: service, env: P}\n"
    write_tree(here, {"pipeline.yaml": PIPELINE + more})
    assert rows("deploy.env.P") == [["deploy.env.P", "http://pay", "from dependencies.pay"]]
    assert rows("deploy.secrets") == [
        ["deploy.secrets.R", "{name: orders-db, key: url}", "from dependencies.db"]
    ]
    assert ["deploy.env.B", "base", B] in rows("deploy.env")


def test_a_secret_that_a_plain_variable_replaces_is_not_told(here: Path) -> None:
    more = "dependencies: {db: {type: redis, env: A}}\n"
    write_tree(here, {"pipeline.yaml": PIPELINE + more})
    assert [row[0] for row in rows("deploy.secrets")] == ["deploy.secrets"]


def test_what_the_platform_says_for_all_is_told(here: Path) -> None:
    assert rows("notify") == [["notify", "{slack: ci, email: []}", "from platform.notify"]]


def test_what_is_set_wins_over_what_follows(here: Path) -> None:
    more = "dependencies: {pay: {type: service, env: A}}\n"
    write_tree(here, {"pipeline.yaml": PIPELINE + more})
    assert [row[1] for row in rows("deploy.env") if row[0] == "deploy.env.A"] == ["base"]


def test_a_key_may_hold_dots_itself(here: Path) -> None:
    file = here / "pipeline.yaml"
    text = file.read_text().replace(
        "  env: {A: base", "  configFiles: {/etc/app.d/a.conf: yes sir}\n  env: {A: base"
    )
    file.write_text(text)
    said = run("deploy.configFiles./etc/app.d/a.conf")
    assert said.exit_code == 0
    assert said.output.startswith("deploy.configFiles./etc/app.d/a.conf = yes sir ")
    assert "pipeline.yaml:" in said.output
