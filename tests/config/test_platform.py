"""The platform: from where it comes, what it gives to services, and what it forbids them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.errors import OUTSIDE, OutsideError
from tests.config.given import PLATFORM, config, marks, problems, with_header
from tests.helpers import write_tree


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A web server of the folder ``web``."""
    handler = partial(_Quiet, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_platform_is_found_beside_the_service(tmp_path: Path) -> None:
    write_tree(tmp_path, {"org/platform.yaml": PLATFORM})
    made = config(tmp_path / "services" / "orders", "platform: ../../org/platform.yaml")
    assert made.platform.model.registry is not None
    assert made.platform.document is not None
    assert made.platform.document.path == str(tmp_path / "org/platform.yaml")


def test_a_platform_may_be_fetched(tmp_path: Path, server: str) -> None:
    write_tree(tmp_path, {"web/platform.yaml": PLATFORM})
    made = config(tmp_path, f"platform: {server}/platform.yaml")
    assert [site.name for site in made.sites("production")] == ["eu-a", "eu-b", "us-a"]


def test_a_platform_that_services_share_is_fetched_once(tmp_path: Path, server: str) -> None:
    write_tree(tmp_path, {"web/platform.yaml": PLATFORM})
    made = config(tmp_path, f"platform: {server}/platform.yaml")
    loader = Loader()
    first = loader.service(made.file)
    (tmp_path / "web/platform.yaml").unlink()
    assert loader.service(made.file).platform is first.platform


def test_a_fault_in_a_fetched_platform_is_told_with_its_url(tmp_path: Path, server: str) -> None:
    write_tree(tmp_path, {"web/platform.yaml": "a: 1\nregions: {}\n"})
    (found,) = problems(tmp_path, with_header(f"platform: {server}/platform.yaml"))
    assert (found.where, found.message) == (f"{server}/platform.yaml:1:1", "unknown key `a`")


def test_a_url_that_does_not_answer_is_a_failure_outside(tmp_path: Path, server: str) -> None:
    (tmp_path / "web").mkdir()
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{taken.getsockname()[1]}/p.yaml"
        for url, reason in [
            (f"{server}/platform.yaml", "the server answers 404 File not found"),
            (refused, "[Errno 111] Connection refused"),
            ("http://127.0.0.1:port/p.yaml", "nonnumeric port: 'port'"),
        ]:
            with pytest.raises(OutsideError) as error:
                problems(tmp_path, with_header(f"platform: {url}"))
            assert error.value.exit_code == OUTSIDE
            assert str(error.value) == (
                f"{url}: the platform cannot be fetched: {reason}\n"
                "      = check the address and your network, or name a local path"
            )


INLINE = """\
platform:
  registry: {url: registry.example.com}
  regions: {eu: }
  accounts: {production: {clusters: {a: {region: %s}}}}
"""


def test_a_small_team_writes_its_platform_inline(tmp_path: Path) -> None:
    made = config(tmp_path, INLINE % "eu")
    assert [(site.name, site.kubeconfig, site.context) for site in made.sites()] == [
        ("a", "kubeconfig-a", "a")
    ]


def test_faults_of_an_inline_platform_are_told_in_pipeline_yaml(tmp_path: Path) -> None:
    pipeline, places = marks(with_header(INLINE % "‸us"))
    (found,) = problems(tmp_path, pipeline)
    assert [(found.line, found.column)] == places
    assert found.message == "the region `us` is not declared (declared: eu)"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "regions: {eu: }\naccounts: {stage: {clusters: {a: {region: ‸us}}}}",
            "the region `us` is not declared (declared: eu)",
            "add `us: {}` to `regions`",
        ),
        (
            "regions: {eu: }\naccounts: {stage: {clusters: {a: {region: eu}}}, production: "
            "{clusters: {‸a: {region: eu}}}}",
            "`a` is a cluster of stage too",
            "rename one",
        ),
        (
            "regions: {eu: }\naccounts: {stage: {clusters: {‸eu: {region: eu}}}}",
            "`eu` is a region and a cluster; both would be deploy/values-eu.yaml",
            "rename the cluster",
        ),
        ("accounts: {‸prod: {}}", "unknown key `prod`", "did you mean `production`?"),
        (
            "accounts: {stage: {clusters: {‸a: {}}}}",
            "`accounts.stage.clusters.a.region` is missing",
            "add it (one of the platform's regions)",
        ),
        (
            "regions: {‸EU: }",
            "`EU` is not allowed: a region's name becomes a file name and a label, so it takes "
            "lower-case letters, digits and `-`",
            "",
        ),
        (
            "registry: {url: ‸https://a.b}",
            "`https://a.b` is not allowed: a registry is `host[:port][/path]` without "
            "`https://`, its path in lower case",
            "",
        ),
        (
            "registry: {url: a.b, credentials: ‸'a b'}",
            "`a b` is not allowed: it is the id of a Jenkins credential (never the secret "
            "itself): letters, digits, `-`, `_` and `.`",
            "",
        ),
        ("locked: [‸'a b']", "`a b` is not a key: write it with dots, like `deploy.replicas`", ""),
        (
            "locked: [deploy.replicas, ‸deploy.replica]",
            "pipeline.yaml has no key `deploy.replica` to lock",
            "pipeline.yaml's keys are in `pipelinegen schema`",
        ),
        ("defaults:\n  deploy: {‸replica: 3}", "unknown key `replica`", "did you mean `replicas`?"),
        (
            "defaults:\n  deploy: {replicas: ‸x}",
            "`defaults.deploy.replicas` must be a whole number, not `x`",
            "",
        ),
        (
            "apiVersion: ‸pipelinegen/v2",
            "`pipelinegen/v2` is unknown; this pipelinegen reads `pipelinegen/v1`",
            "upgrade pipelinegen",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_faults_of_the_platform_are_told_in_its_file(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    platform, places = marks(text)
    found = problems(tmp_path, with_header(""), platform=platform)
    assert [(p.line, p.column) for p in found] == places
    assert [(p.path, p.message, p.hint) for p in found] == [
        (str(tmp_path / "platform.yaml"), message, hint)
    ]


DEFAULTS = (
    PLATFORM
    + """\
defaults:
  service: {team: shop}
  deploy: {replicas: 5, env: {A: a, B: b}, production: {approvers: [leads]}}
  pipeline: {keepBuilds: 7}
"""
)


def test_a_service_gets_the_defaults_that_it_does_not_set(tmp_path: Path) -> None:
    text = "service: {name: orders}\ndeploy: {env: {B: mine, C: c}}\n"
    model = config(tmp_path, text, DEFAULTS).model
    assert (model.service.team, model.deploy.replicas, model.pipeline.keep_builds) == ("shop", 5, 7)
    assert model.deploy.env == {"A": "a", "B": "mine", "C": "c"}


def test_null_removes_a_default(tmp_path: Path) -> None:
    text = "deploy: {env: {A: null}, production: }\n"
    model = config(tmp_path, text, DEFAULTS).model
    assert {k: v for k, v in (model.deploy.env or {}).items() if v is not None} == {"B": "b"}
    assert model.deploy.production.approvers is None


def test_a_default_that_does_not_fit_this_service_is_told_where_it_stands(tmp_path: Path) -> None:
    platform, ((line, column),) = marks(
        PLATFORM + "defaults: {deploy: {production: {waves: [[eu-a], [eu-b], [‸stage-eu]]}}}\n"
    )
    found = problems(tmp_path, with_header(""), platform=platform)
    told = [(Path(p.path).name, p.line, p.column) for p in found]
    assert ("platform.yaml", line, column) in told


@pytest.mark.parametrize(
    ("locked", "text", "message"),
    [
        (
            "deploy.replicas",
            "deploy: {‸replicas: 1}",
            "`deploy.replicas` is locked by the platform",
        ),
        (
            "deploy.production",
            "deploy: {‸production: {approvers: [a]}}",
            "`deploy.production` is locked",
        ),
        (
            "deploy.regions.*.replicas",
            "deploy: {regions: {eu-west-1: {‸replicas: 1}, us-east-1: {‸replicas: 1}}}",
            "`deploy.regions.",
        ),
        ("deploy.env.*", "deploy: {env: {‸X: x}}", "`deploy.env.X` is locked by the platform"),
        (
            "deploy.replicas",
            "deploy: {regions: {eu-west-1: {‸replicas: 9}, us-east-1: {}}}",
            "`deploy.regions.eu-west-1.replicas` is locked by the platform",
        ),
        (
            "deploy.resources.limits",
            "deploy: {accounts: {test: {resources: {‸limits: {}}}}}",
            "`deploy.accounts.test.resources.limits` is locked by the platform",
        ),
        (
            "deploy.production.approvers",
            "deploy: {production: {‸approvers: null}}",
            "`deploy.production.approvers` is locked",
        ),
        (
            "deploy.production.approvers",
            "deploy: {‸production: }",
            "null removes `deploy.production.approvers`, which is locked",
        ),
        (
            "deploy.production.approvers",
            "‸deploy: ",
            "null removes `deploy.production.approvers`, which is locked",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_a_service_may_not_set_a_locked_key(
    tmp_path: Path, locked: str, text: str, message: str
) -> None:
    pipeline, places = marks(with_header(text))
    found = problems(tmp_path, pipeline, platform=f"{DEFAULTS}locked: ['{locked}']\n")
    assert [(p.line, p.column) for p in found] == places
    for problem in found:
        assert problem.message.startswith(message)
        assert f"({tmp_path / 'platform.yaml'})" in problem.message
        assert problem.hint == "remove it here; the platform's owners decide it"


def test_what_is_not_locked_may_be_set_beside_it(tmp_path: Path) -> None:
    platform = f"{DEFAULTS}locked: [deploy.production.approvers, 'deploy.env.*']\n"
    made = config(tmp_path, "deploy: {replicas: 1, production: {approvalHours: 2}}", platform)
    assert made.model.deploy.production.approvers == ["leads"]
