"""Faults that only show when the parts are seen together, each at the line that brought it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.errors import InputError
from tests.config.given import PLATFORM, config, marks, problems, with_header
from tests.helpers import write_tree


def told(root: Path, text: str, **files: str) -> list[tuple[str, str]]:
    """Messages and hints of the faults, which are where the marks are, in order."""
    pipeline, places = marks(with_header(text))
    found = problems(root, pipeline, **files)
    assert [(p.line, p.column) for p in found] == places
    return [(p.message, p.hint) for p in found]


SILENT = "so it would silently not be deployed"
OVER = "the request for {} is over its limit {}, which Kubernetes refuses"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        # Waves: every production cluster is in exactly one.
        (
            "deploy: {production: {‸waves: [[eu-a], [eu-b]]}}",
            f"in no wave, {SILENT}: `us-a` (us-east-1)",
            "every production cluster is in exactly one wave: add it to one",
        ),
        (
            "deploy: {production: {‸waves: []}}",
            f"in no wave, {SILENT}: `eu-a` (eu-west-1), `eu-b` (eu-west-1), `us-a` (us-east-1)",
            "every production cluster is in exactly one wave: add it to one",
        ),
        (
            "deploy: {production: {waves: [[eu-a, eu-b], [us-a, ‸eu-a]]}}",
            "`eu-a` is in two waves",
            "each cluster is deployed once: keep one",
        ),
        (
            "deploy: {production: {waves: [[eu-a, eu-b, us-a], [‸stage-eu]]}}",
            "`stage-eu` is not a cluster of the production account",
            "production clusters: eu-a, eu-b, us-a",
        ),
        (
            "deploy: {regions: {eu-west-1: , us-east-1: {enabled: false}}, production: {waves: "
            "[[eu-a, eu-b], [‸us-a]]}}",
            "`us-a` is in us-east-1, where this service is not enabled",
            "remove it here, or `enabled: false` from us-east-1",
        ),
        # Verification: with what it asks.
        (
            "port: null\ndeploy: {verify: {‸smoke: [/healthz]}}",
            "`smoke` asks the service on its port, and `port` is null",
            "set `port`, or remove it",
        ),
        (
            "deploy: {verify: {‸query: up}}",
            "no Prometheus is known to ask in `test-eu`, `stage-eu`, `eu-a`, `eu-b`, `us-a`",
            "add `prometheus: https://…` to these clusters in the platform",
        ),
        # Regions: each is named or none is.
        (
            "deploy: {regions: {eu-west-1: , us-east-1: , ‸eu-west-2: }}",
            f"no cluster is in the region `eu-west-2`, {SILENT}",
            "regions with clusters: eu-west-1, us-east-1",
        ),
        (
            "deploy: {‸regions: {eu-west-1: }}",
            "the region `us-east-1` (production: us-a) is not named, so it is unclear whether it "
            "is meant",
            "add `us-east-1: {}`, or `us-east-1: {enabled: false}` to leave it out",
        ),
        (
            "deploy: {clusters: {‸eu-c: {}}}",
            "there is no cluster `eu-c`",
            "clusters: test-eu, stage-eu, eu-a, eu-b, us-a",
        ),
        (
            "deploy: {regions: {eu-west-1: , us-east-1: {enabled: false}}, clusters: {‸us-a: {}}}",
            "`us-a` is in us-east-1, where this service is not enabled",
            "remove it, or enable the region",
        ),
        # Resources: requests within limits, wherever either comes from.
        (
            "deploy: {resources: {requests: {memory: ‸1Gi}}}",
            OVER.format("memory (1Gi)", "(256Mi)"),
            "raise `resources.limits.memory` or lower `resources.requests.memory`",
        ),
        (
            "deploy: {resources: {limits: {cpu: ‸50m}}}",
            OVER.format("cpu (100m)", "(50m)"),
            "raise `resources.limits.cpu` or lower `resources.requests.cpu`",
        ),
        (
            "deploy: {regions: {eu-west-1: , us-east-1: {resources: {requests: {memory: "
            "‸512Mi}}}}}",
            OVER.format("memory (512Mi)", "(256Mi)"),
            "raise `resources.limits.memory` or lower `resources.requests.memory`",
        ),
        (
            "deploy: {resources: {requests: {memory: 200Mi}}, regions: {eu-west-1: , us-east-1: "
            "{resources: {limits: {memory: ‸150Mi}}}}}",
            OVER.format("memory (200Mi)", "(150Mi)"),
            "raise `resources.limits.memory` or lower `resources.requests.memory`",
        ),
        (
            "deploy: {clusters: {eu-b: {resources: {requests: {memory: ‸1G}}}}}",
            OVER.format("memory (1G)", "(256Mi)"),
            "raise `resources.limits.memory` or lower `resources.requests.memory`",
        ),
        ("deploy: {replicas: ‸null}", "`replicas` must be a whole number", "write 0 to run no pod"),
        # Scaling, budgets, probes and ingress.
        (
            "deploy: {autoscaling: ‸{minReplicas: 2}}",
            "`maxReplicas` is missing",
            "add `maxReplicas`: how far it may scale",
        ),
        (
            "deploy: {autoscaling: {minReplicas: 5, maxReplicas: ‸4}}",
            "at least 5 and at most 4 replicas contradict each other",
            "raise `maxReplicas` to 5 or more",
        ),
        (
            "deploy: {autoscaling: {maxReplicas: 3}, accounts: {production: {replicas: ‸4}}}",
            "at least 4 and at most 3 replicas contradict each other",
            "raise `maxReplicas` to 4 or more",
        ),
        (
            "deploy: {resources: {requests: {cpu: null}}, autoscaling: ‸{maxReplicas: 4}}",
            "scaling on CPU use needs a CPU request",
            "set `resources.requests.cpu`",
        ),
        (
            "deploy: {disruptionBudget: {minAvailable: ‸1, maxUnavailable: 1}}",
            "`minAvailable` and `maxUnavailable` exclude each other",
            "keep one, or set the one from elsewhere to null",
        ),
        (
            "deploy: {disruptionBudget: {maxUnavailable: 1}, clusters: {us-a: {disruptionBudget: "
            "{minAvailable: ‸1}}}}",
            "`minAvailable` and `maxUnavailable` exclude each other",
            "keep one, or set the one from elsewhere to null",
        ),
        ("deploy: {ingress: ‸{path: /}}", "`host` is missing", "add `host: orders.example.com`"),
        (
            "port: null\ndeploy: {ingress: ‸{host: a.b}}",
            "an ingress needs a port, and `port` is null",
            "set `port`",
        ),
        (
            "port: null\ndeploy: {health: {liveness: ‸{path: /}}}",
            "a probe needs a port, and `port` is null",
            "set `port`, or remove the path",
        ),
        (
            "deploy: {health: {liveness: {successThreshold: ‸2}}}",
            "Kubernetes takes only 1 for liveness",
            "remove it",
        ),
        (
            "deploy: {env: {A: b}, secrets: {A: ‸{name: x}}}",
            "`A` is set by `env` and by `secrets`",
            "keep one of the two",
        ),
        (
            "deploy: {secrets: {A: {name: x}}, regions: {eu-west-1: {env: {A: ‸b}}, us-east-1: }}",
            "`A` is set by `env` and by `secrets`",
            "keep one of the two",
        ),
        # Stages and dependencies.
        (
            "stages: {a: {after: ‸unit, run: x}}",
            "there is no stage `unit` in this pipeline",
            "stages here: image, deploy-test, deploy-stage, approve, deploy-production",
        ),
        (
            "stages: {‸lint: {after: image, run: x}}",
            "`lint` is a stage of pipelinegen's own",
            "give it another name",
        ),
        (
            "stages: {‸a: {after: a, run: x}}",
            "the stages wait for each other: a → a",
            "place one of them by a stage of pipelinegen's own",
        ),
        (
            "stages: {‸a: {after: b, run: x}, b: {before: c, run: x}, c: {after: a, run: x}, d: "
            "{after: c, run: x}}",
            "the stages wait for each other: a → b → c → a",
            "place one of them by a stage of pipelinegen's own",
        ),
        (
            "dependencies: {a: {type: redis, env: U}, b: {type: http, env: ‸U}}",
            "`U` is already the URL of `a`",
            "give each dependency a variable of its own",
        ),
        # Files in the repository.
        (
            "build: {dockerfile: ‸Dokcerfile}",
            "there is no `Dokcerfile` in ",
            "run `pipelinegen init`, which writes one, or name the right file",
        ),
        (
            "build: {agent: {dockerfile: ‸ci/Dockerfile}}",
            "there is no `ci/Dockerfile` in ",
            "run `pipelinegen init`, which writes one, or name the right file",
        ),
        (
            "build: {agent: {target: ‸tets}}",
            "`Dockerfile` has no stage `tets`",
            "its stages: runtime, test (a stage is named by `FROM … AS name`)",
        ),
        (
            "build: {image: {target: ‸x}}",
            "`Dockerfile` has no stage `x`",
            "its stages: runtime, test (a stage is named by `FROM … AS name`)",
        ),
        (
            "stages: {a: {after: image, run: x, target: ‸x}}",
            "`Dockerfile` has no stage `x`",
            "its stages: runtime, test (a stage is named by `FROM … AS name`)",
        ),
    ],
    ids=lambda text: text[:40],
)
def test_parts_that_do_not_fit_are_told_where_they_are_written(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    ((said, mend),) = told(tmp_path, text)
    assert said.startswith(message) and mend == hint


@pytest.mark.parametrize(
    "text",
    [
        "deploy: {production: {waves: [[eu-a], [us-a, eu-b]]}}",
        "deploy: {regions: {eu-west-1: , us-east-1: {enabled: false}}, production: {waves: "
        "[[eu-a, eu-b]]}}",
        "deploy: {disruptionBudget: {minAvailable: 1}}",
        "deploy: {disruptionBudget: {maxUnavailable: 2}, regions: {eu-west-1: , us-east-1: "
        "{disruptionBudget: {maxUnavailable: null, minAvailable: 1}}}}",
        "deploy: {resources: {requests: {memory: 1Gi}, limits: {memory: 1024Mi}}}",
        "deploy: {resources: {requests: {cpu: 0.5}, limits: {cpu: 500m}}}",
        "deploy: {health: {readiness: {successThreshold: 2}, liveness: null}}",
        "deploy: {env: {A: b}, secrets: {B: {name: x}}, clusters: {us-a: {env: {A: null}, "
        "secrets: {A: {name: y}}}}}",
        "build: {agent: {target: TEST}, image: {target: '0'}}",
        "stages: {a: {after: image, run: x}, b: {before: a, run: x}}",
        "port: null",
    ],
)
def test_what_fits_is_not_complained_about(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


NO_TEST = PLATFORM.replace("  test: {clusters: {test-eu: {region: eu-west-1}}}\n", "")


@pytest.mark.parametrize("key", ["branch", "main"])
def test_deployed_tests_need_a_test_account(tmp_path: Path, key: str) -> None:
    text = f"tests: {{system: {{run: x, modes: {{{key}: ‸deployed}}}}}}"
    assert told(tmp_path, text, platform=NO_TEST) == [
        (
            "there is no cluster in a test account to deploy to",
            "write `containers`, or add a test account to the platform",
        )
    ]
    assert problems(tmp_path, with_header(text.replace("‸", "")), platform=PLATFORM) == []


def test_an_account_without_clusters_has_nothing_that_could_differ(tmp_path: Path) -> None:
    ((message, hint),) = told(tmp_path, "deploy: {accounts: {‸test: {}}}", platform=NO_TEST)
    assert message == "the platform has no clusters in the account `test`"
    assert hint == "accounts with clusters: production, stage"


def test_a_missing_dockerfile_is_told_though_nobody_wrote_its_name(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pipeline.yaml": with_header("platform: null")})
    with pytest.raises(InputError) as error:
        Loader().service(tmp_path)
    assert [p.message for p in error.value.problems] == [
        f"there is no `Dockerfile` in `{tmp_path}`"
    ]


@pytest.mark.parametrize(
    ("folder", "service", "message", "hint"),
    [
        (
            "",
            "{name: a, team: b, path: ‸x}",
            "this file is at the top of its git repository",
            "remove `path`",
        ),
        (
            "a/b",
            "{name: a, team: b, path: ‸x}",
            "this file is in `a/b` of its git repository, and `path` does not say so",
            "write `path: a/b`",
        ),
        (
            "a/b",
            "{name: a, team: b}",
            "this file is in `a/b` of its git repository, and `path` does not say so",
            "write `path: a/b`",
        ),
    ],
)
def test_a_service_says_where_it_is_in_its_git_repository(
    tmp_path: Path, folder: str, service: str, message: str, hint: str
) -> None:
    (tmp_path / ".git").mkdir()
    text = f"service: {service}" if "‸" in service else f"‸service: {service}"
    assert told(tmp_path / folder, text) == [(message, hint)]


@pytest.mark.parametrize("folder", ["", "a/b"])
def test_the_right_path_in_the_repository_is_no_fault(tmp_path: Path, folder: str) -> None:
    (tmp_path / ".git").mkdir()
    path = f", path: {folder}" if folder else ""
    made = config(tmp_path / folder, f"service: {{name: a, team: b{path}}}")
    assert made.model.service.path == (folder or None)
    # What will be the top of a repository of its own says so.
    assert config(tmp_path / "c", "service: {name: a, team: b, path: .}").root == tmp_path / "c"


def test_clusters_without_a_registry_are_a_fault(tmp_path: Path) -> None:
    lines = PLATFORM.splitlines(keepends=True)
    platform = "".join(line for line in lines if not line.startswith("registry:"))
    assert platform != PLATFORM
    (found,) = problems(tmp_path, with_header(""), platform=platform)
    assert found.message == "the platform has clusters and no `registry`: no image could get there"


def test_system_tests_take_no_condition_beside_their_modes(tmp_path: Path) -> None:
    text, places = marks(with_header("tests: {system: {run: make, ‸when: {branch: main}}}\n"))
    (found,) = problems(tmp_path, text)
    assert [(found.line, found.column)] == places
    assert "`when` would have no effect" in found.message


def test_no_stage_can_wait_for_system_tests_that_never_run(tmp_path: Path) -> None:
    text = """\
tests: {system: {run: make, modes: {branch: none, main: none}}}
stages: {own: {after: system, run: make}}
"""
    (found,) = problems(tmp_path, with_header(text))
    assert found.message == "there is no stage `system` in this pipeline"
