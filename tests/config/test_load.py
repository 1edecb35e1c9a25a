"""Faults of single keys: each is told at its place, in words, with the mend; all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.config.load import Loader
from pipelinegen.errors import InputError
from tests.config.given import config, marks, problems, with_header
from tests.helpers import write_tree

PATHS = "relative, without `..`, and without quotes"


def one(root: Path, text: str) -> tuple[str, str]:
    """The message and the hint of the only fault, which is where the mark is."""
    pipeline, places = marks(with_header(text))
    found = problems(root, pipeline)
    assert [(p.line, p.column) for p in found] == places
    assert [p.source for p in found] == [pipeline.split("\n")[line - 1][:200] for line, _ in places]
    assert {p.path for p in found} == {str(root / "pipeline.yaml")}
    ((message, hint),) = {(p.message, p.hint) for p in found}
    return message, hint


def test_five_lines_are_a_service(tmp_path: Path) -> None:
    made = config(tmp_path, "port: 80\n")
    assert made.model.port == 80
    assert [site.name for site in made.sites()] == ["test-eu", "stage-eu", "eu-a", "eu-b", "us-a"]


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("‸prot: 1", "prot", "did you mean `port`?"),
        ("‸Port: 1", "Port", "did you mean `port`?"),
        ("‸replicas: 1", "replicas", "it belongs to `deploy`: `deploy.replicas`"),
        ("deploy: {‸waves: []}", "waves", "it belongs to `deploy.production`: `deploy.pro"),
        ("deploy: {‸auto_scaling: {}}", "auto_scaling", "did you mean `autoscaling`?"),
        ("service: {name: a, team: b, ‸desc: x}", "desc", "did you mean `description`?"),
        (
            "service: {name: a, team: b, ‸zzz: x}",
            "zzz",
            "known here: name, team, description, path",
        ),
        ("tests: {‸end2end: {run: x}}", "end2end", "known here: unit, integration, browsers, sys"),
        (
            "deploy: {regions: {eu-west-1: {‸replica: 1}, us-east-1: }}",
            "replica",
            "did you mean `re",
        ),
        (
            "tests: {unit: {run: x, ‸timeout-minutes: 1}}",
            "timeout-minutes",
            "did you mean `timeout",
        ),
    ],
)
def test_an_unknown_key_is_told_with_the_one_that_was_meant(
    tmp_path: Path, text: str, key: str, hint: str
) -> None:
    message, told = one(tmp_path, text)
    assert message == f"unknown key `{key}`"
    assert told.startswith(hint)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("‸service: {team: x}", "`service.name` is missing", "add it, for example `name: orders`"),
        ("tests: {‸unit: {}}", "`tests.unit.run` is missing", "add it, for example `run: pytest"),
        ("dependencies: {‸db: }", "`dependencies.db.type` is missing", "add it (what it is; `se"),
        ("apiVersion: ‸pipelinegen/v9", "`pipelinegen/v9` is unknown; this", "upgrade pipelinegen"),
        ("apiVersion: ‸v1", "`v1` is unknown; this pipelinegen reads", "write pipelinegen/v1"),
        (
            "service: {name: a, team: ‸5}",
            "`service.team` must be text, not the number 5",
            'quote it: "5"',
        ),
        (
            "dependencies: {db: {type: redis, version: ‸1.10}}",
            "`dependencies.db.version` must be text",
            'quote it: "1.10"',
        ),
        (
            "service: {name: a, team: ‸true}",
            "`service.team` must be text, not true",
            'quote it: "true"',
        ),
        ("service: {name: a, team: ‸[b]}", "`service.team` must be text, not a list", ""),
        ("port: ‸'80'", "`port` must be a whole number, not `80`", "remove the quotes"),
        ("port: ‸8.5", "`port` must be a whole number, not the number 8.5", ""),
        ("port: ‸0", "`port` must be at least 1", ""),
        ("port: ‸70000", "`port` must be at most 65535", ""),
        ("deploy: {replicas: ‸-1}", "`deploy.replicas` must be at least 0", ""),
        (
            "tests: {unit: {run: x, docker: ‸'yes'}}",
            "`tests.unit.docker` must be true or false, not `yes`",
            "write true, unquoted",
        ),
        (
            "tests: {unit: ‸make test}",
            "`tests.unit` must be a map (`key: value` lines), not `make test`",
            "write `run: make test` below it",
        ),
        (
            "build: {agent: {caches: ‸pip}}",
            "`build.agent.caches` must be a list (`- item` lines), not `pip`",
            "write [pip]",
        ),
        (
            "build: {agent: {caches: [‸pop]}}",
            "`build.agent.caches[0]` is `pop`, not one of: go, gradle",
            "did you mean `pip`?",
        ),
        (
            "dependencies: {db: {type: ‸postgresql}}",
            "`dependencies.db.type` is `postgresql`, not one of: postgres,",
            "did you mean `postgres`?",
        ),
        (
            "deploy: {accounts: {‸prod: {}}}",
            "`deploy.accounts.prod` is `prod`, not one of: test, stage, production",
            "did you mean `production`?",
        ),
        (
            "deploy: {env: {V: ‸1.10}}",
            "`deploy.env.V`: a number with a decimal point must be quoted",
            'write "1.10"',
        ),
        (
            "deploy: {production: {waves: [‸[]]}}",
            "`deploy.production.waves[0]` must not be empty",
            "",
        ),
        (
            "platform: ‸[a]",
            "`platform` must be a path, a URL or a map",
            "for example `platform: ../platform.yaml`",
        ),
        (
            "platform: ‸nope.yaml",
            "there is no file `nope.yaml`",
            "the path is relative to the folder of this file",
        ),
        ("stages: {a: ‸{run: x}}", "`stages.a`: say either `after` or `before`", ""),
        (
            "stages: {a: ‸{run: x, after: image, before: image}}",
            "`stages.a`: say either `after` or `before`",
            "",
        ),
        (
            "tests: {unit: {run: x, when: ‸{}}}",
            "`tests.unit.when`: name a `branch`, or set `pullRequest: true`",
            "",
        ),
        (
            "dependencies: {db: ‸{type: redis, url: redis://x, secret: {name: x}}}",
            "`dependencies.db`: set `url` or `secret`, not both",
            "",
        ),
        (
            "deploy: {resources: {requests: {cpu: ‸1 core}}}",
            "`1 core` is not an amount of CPU: write cores",
            "",
        ),
        (
            "deploy: {resources: {limits: {memory: ‸1GB}}}",
            "`1GB` is not an amount of memory: write bytes with a unit, like `256Mi`",
            "",
        ),
        ("tests: {unit: {run: ‸' '}}", "`tests.unit.run`: it is empty", ""),
        ('tests: {unit: {run: ‸"a\\a"}}', "`tests.unit.run`: it holds a control character", ""),
        (
            f"tests: {{unit: {{run: ‸{'x' * 6001}}}}}",
            "`tests.unit.run`: it has 6001 characters, at most 6000 are allowed",
            "",
        ),
    ],
    ids=lambda text: text[:30],
)
def test_a_wrong_value_is_told_in_words_with_the_mend(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    said, told = one(tmp_path, text)
    assert said.startswith(message)
    assert told.startswith(hint) and bool(told) == bool(hint)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "service: {name: ‸Orders, team: x}",
            "`Orders` is not allowed: it names a Kubernetes Service",
        ),
        ("service: {name: ‸1st, team: x}", "`1st` is not allowed: it names a Kubernetes Service"),
        ("service: {name: ‸a-, team: x}", "`a-` is not allowed"),
        ("service: {name: ‸'a\n\n  b', team: x}", "`a�b` is not allowed"),
        (f"service: {{name: ‸{'a' * 41}, team: x}}", f"`{'a' * 41}` has 41 characters, at most 40"),
        (
            "service: {name: a, team: ‸Shop!}",
            "`Shop!` is not allowed: it names a Kubernetes namespace",
        ),
        (f"service: {{name: a, team: ‸{'a' * 64}}}", f"`{'a' * 64}` has 64 characters, at most 63"),
        ("deploy: {namespace: ‸a_b}", "`a_b` is not allowed: a Kubernetes namespace"),
        ("deploy: {regions: {‸EU: }}", "`EU` is not allowed: a region's name becomes a file name"),
        (
            "deploy: {clusters: {‸a.b: }}",
            "`a.b` is not allowed: a cluster's name becomes a file name",
        ),
        ("deploy: {env: {‸1A: x}}", "`1A` is not allowed: an environment variable"),
        ("deploy: {secrets: {‸A-B: {name: x}}}", "`A-B` is not allowed: an environment variable"),
        ("deploy: {secrets: {A: {name: ‸X}}}", "`X` is not allowed: a Secret's or store's name"),
        ("deploy: {secrets: {A: {name: x, key: ‸a/b}}}", "`a/b` is not allowed: a Secret's key"),
        ("dependencies: {‸my_db: {type: redis}}", "`my_db` is not allowed: a dependency's name"),
        ("dependencies: {db: {type: redis, version: ‸a b}}", "`a b` is not allowed: a Docker tag"),
        (
            "dependencies: {db: {type: redis, image: ‸A:b}}",
            "`A:b` is not allowed: it is not an image",
        ),
        (
            "dependencies: {db: {type: redis, url: ‸localhost}}",
            "`localhost` is not allowed: a URL is",
        ),
        (
            "stages: {‸My stage: {run: x, after: image}}",
            "`My stage` is not allowed: a stage's name",
        ),
        (
            "build: {agent: {target: ‸a b}}",
            "`a b` is not allowed: it names a stage of the Dockerfile",
        ),
        (
            "deploy: {production: {approvers: [a, ‸'b,c']}}",
            "`b,c` is not allowed: an approver is one",
        ),
        (
            "deploy: {ingress: {host: ‸Shop.example.com}}",
            "`Shop.example.com` is not allowed: a host",
        ),
        ("deploy: {ingress: {host: a.b, className: ‸A}}", "`A` is not allowed: an IngressClass"),
        (
            "deploy: {ingress: {host: a.b, annotations: {‸a b: x}}}",
            "`a b` is not allowed: a label's or annot",
        ),
        (
            "deploy: {health: {liveness: {path: ‸healthz}}}",
            "`healthz` is not allowed: a path starts",
        ),
        ("notify: {email: [‸a]}", "`a` is not allowed: an e-mail address is `name@host`"),
        ("pipeline: {mainBranch: ‸a b}", "`a b` is not allowed: a branch's name"),
        ("tests: {unit: {run: x, junit: ‸../a.xml}}", "`../a.xml` is not allowed: write a pattern"),
        ("tests: {unit: {run: x, coverage: ‸/a.xml}}", "`/a.xml` is not allowed: write a pattern"),
    ],
)
def test_a_name_is_held_to_the_rules_of_where_it_ends_up(
    tmp_path: Path, text: str, says: str
) -> None:
    assert one(tmp_path, text)[0].startswith(says)


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "/x", "a/../../b", "a/..", "$HOME/x", "$(id)", "`id`", "~/x", "-x", "a//b", ""),
        *('a"b', "a'b", "a;b", "a|b", "a&b", "a\\b", "a*b", "a\x7fb", "C:\\x"),
    ],
)
def test_a_path_stays_within_the_repository_and_out_of_the_shell(tmp_path: Path, path: str) -> None:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\x7f", "\\x7f")
    for text in ('build: {dockerfile: ‸"%s"}', 'build: {agent: {dockerfile: ‸"%s"}}'):
        message, _ = one(tmp_path, text % escaped)
        assert PATHS in message


def test_ten_faults_are_ten_problems_and_no_other(tmp_path: Path) -> None:
    pipeline, places = marks("""\
apiVersion: pipelinegen/v1
service: {name: ‸Orders, team: shop, path: services/orders}
‸prot: 80
build: {dockerfile: ‸../Dockerfile, agent: {target: test}}
tests:
  unit: ‸pytest
  ‸system: {}
stages:
  contract: {after: unit, run: make}
  late: {after: contract, run: make, timeoutMinutes: ‸soon}
dependencies:
  db: {type: ‸oracle}
deploy:
  env: {A: ‸1.5}
  resources: {requests: {memory: 512Mi}, limits: {memory: ‸lots}}
  regions:
    eu-west-1: {}
    us-east-1: {enabled: ‸maybe}
  production: {waves: [[eu-a, eu-b]]}
platform: platform.yaml
""")
    found = problems(tmp_path, pipeline)
    assert [(p.line, p.column) for p in found] == places
    assert len(found) == 10


def test_the_faults_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, with_header("prot: 1\n"), platform="regoins: {}\n")
    told = [(Path(p.path).name, p.line, p.message) for p in found]
    assert told == [
        ("pipeline.yaml", 4, "unknown key `prot`"),
        ("platform.yaml", 1, "unknown key `regoins`"),
    ]


def test_a_platform_that_is_wrong_makes_nothing_else_seem_wrong(tmp_path: Path) -> None:
    pipeline = """\
apiVersion: pipelinegen/v1
service: {name: orders}
platform: platform.yaml
deploy:
  regions: {eu-west-1: {}}
  clusters: {eu-a: {}}
  production: {waves: [[eu-a]]}
tests: {system: {run: x, modes: {main: deployed}}}
"""
    (found,) = problems(tmp_path, pipeline, platform="a: [")
    assert found.message == "a value is missing here"


def test_what_was_cut_out_is_not_missed_elsewhere(tmp_path: Path) -> None:
    # Without the limit, which is wrong, the default one would be too low for the region's request.
    limit = "resources: {limits: {memory: ‸lots}}"
    request = "resources: {requests: {memory: 1Gi}}"
    regions = f"regions: {{eu-west-1: {{{request}}}, us-east-1: }}"
    message, _ = one(tmp_path, f"deploy: {{{limit}, {regions}}}")
    assert message.startswith("`lots` is not an amount of memory")


@pytest.mark.parametrize("name", ["pipeline.yaml", "nowhere/pipeline.yaml"])
def test_a_file_that_is_not_there_is_told_with_what_makes_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as error:
        Loader().service(tmp_path / name)
    told = f"{tmp_path / name}: there is no such file\n      = run `pipelinegen init`"
    assert str(error.value).startswith(told)


def test_at_the_top_of_a_monorepo_its_services_are_named(tmp_path: Path) -> None:
    for name in ("a", "b/c", "d", "e", "too/deep/f"):
        write_tree(tmp_path / name, {"pipeline.yaml": ""})
    with pytest.raises(InputError, match=r"\(a, b/c, d and 1 more\)"):
        Loader().service(tmp_path)


VALID = with_header("""\
port: 8080
build: {dockerfile: Dockerfile, agent: {target: test, caches: [pip]}, image: {target: runtime}}
dependencies:
  db: {type: postgres, version: "15", env: DATABASE_URL}
tests:
  unit: {run: pytest, timeoutMinutes: 5}
  system: {run: pytest, modes: {branch: containers, main: deployed}}
stages:
  contract: {after: unit, run: make, when: {branch: main, pullRequest: true}}
deploy:
  replicas: 2
  resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: 500m, memory: 256Mi}}
  health: {liveness: {path: /healthz}, readiness: {path: /readyz, periodSeconds: 5}}
  disruptionBudget: {maxUnavailable: 1}
  serviceAccount: {annotations: {}}
  regions:
    eu-west-1: {}
    us-east-1: {replicas: 4, autoscaling: {maxReplicas: 8, cpu: 70}}
  production: {approvers: [leads], approvalHours: 5, waves: [[eu-a], [eu-b, us-a]]}
observability: {metrics: {path: /metrics, port: 9000}}
notify: {slack: "#ci", email: [a@example.com]}
pipeline: {mainBranch: main, keepBuilds: 5}
""")
KEYS = [
    *("port", "build", "dockerfile", "agent", "target", "caches", "image", "dependencies"),
    *("version", "env", "tests", "unit", "timeoutMinutes", "system", "modes", "branch"),
    *("stages", "when", "pullRequest", "deploy", "replicas", "resources", "requests", "cpu"),
    *("limits", "memory", "health", "liveness", "readiness", "path", "periodSeconds"),
    *("disruptionBudget", "serviceAccount", "annotations", "regions", "autoscaling"),
    *("maxReplicas", "production", "approvers", "approvalHours", "waves", "observability"),
    *("metrics", "notify", "slack", "email", "pipeline", "mainBranch", "keepBuilds"),
]


def test_the_service_that_the_next_test_breaks_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path, VALID) == []


@given(st.sampled_from(KEYS), st.data())
def test_a_typo_in_any_key_is_told_there_and_nowhere_else(
    tmp_path: Path, key: str, data: st.DataObject
) -> None:
    spots = [
        i for i in range(len(VALID)) if VALID.startswith(f"{key}:", i) and VALID[i - 1] in " {\n"
    ]
    at = data.draw(st.sampled_from(spots))
    letter = data.draw(st.integers(0, len(key)))
    typo = f"{key[:letter]}q{key[letter:]}"
    text = f"{VALID[:at]}{typo}{VALID[at + len(key) :]}"
    found = problems(tmp_path, text)
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    told = [(p.line, p.column, p.message) for p in found]
    assert told == [(line, column, f"unknown key `{typo}`")]


def test_anchors_may_be_shared_between_places_of_the_file(tmp_path: Path) -> None:
    made = config(
        tmp_path,
        "deploy:\n  regions:\n    eu-west-1: &r {replicas: 3}\n    us-east-1: {<<: *r, env: {A: "
        "b}}\n",
    )
    regions = made.model.deploy.regions or {}
    assert [region.replicas for region in regions.values()] == [3, 3]


def test_a_folder_is_its_pipeline_yaml(tmp_path: Path) -> None:
    write_tree(tmp_path, {"Dockerfile": "FROM a", "pipeline.yaml": with_header("platform: null")})
    assert Loader().service(tmp_path).file == tmp_path / "pipeline.yaml"
