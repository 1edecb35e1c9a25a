"""The pipeline's shape: which stages there are, in which order, where and under what condition."""

from __future__ import annotations

from pathlib import Path

from pipelinegen.config.load import Loader
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.model import Parallel, Plan, Sequence, Stage
from tests.configs import DOCKERFILE, HEAD, PLATFORM, plan
from tests.helpers import write_tree

ALL = """
    lint: {run: ruff check .}
    build: {run: make}
    tests:
      unit: {run: pytest tests/unit}
      integration: {run: pytest tests/integration, docker: true}
      browsers: {run: pytest tests/browsers, docker: true}
      system: {run: pytest tests/system}
"""


def names(made: Plan) -> list[str | list[str]]:
    """The stages' names; those that are together in a list."""
    return [
        node.name if isinstance(node, Stage) else [stage.name for stage in node.stages]
        for node in made.nodes
    ]


def stage(made: Plan, name: str) -> Stage:
    return next(s for s in made.stages() if s.name == name)


def sequence(made: Plan, name: str) -> Sequence:
    return next(n for n in made.nodes if isinstance(n, Sequence) and n.name == name)


def test_a_change_passes_checks_image_tests_accounts_and_gate_in_this_order(tmp_path: Path) -> None:
    assert names(plan(tmp_path, ALL)) == [
        ["lint", "build", "unit"],
        "image",
        ["integration", "browsers"],
        ["system-up", "system"],
        ["temporary-release", "system"],
        "deploy-test",
        "deploy-stage",
        "approve",
        ["deploy-production-1", "deploy-production-2"],
    ]


def test_what_does_not_need_each_other_is_parallel(tmp_path: Path) -> None:
    made = plan(tmp_path, ALL)
    assert [node.title for node in made.nodes if isinstance(node, Parallel)] == ["Checks", "Tests"]


def test_a_single_check_is_a_stage_of_its_own(tmp_path: Path) -> None:
    assert names(plan(tmp_path, "tests: {unit: {run: make test}}", None)) == ["unit", "image"]


def test_without_a_platform_nothing_is_pushed_and_nothing_deployed(tmp_path: Path) -> None:
    made = plan(tmp_path, ALL, None)
    assert "pushOn" not in stage(made, "image").step.arguments
    assert not [s.name for s in made.stages() if s.name.startswith(("deploy", "temporary"))]


def test_every_stage_but_the_gate_runs_in_a_dockerfile_agent(tmp_path: Path) -> None:
    made = plan(tmp_path, ALL)
    assert [s.name for s in made.stages() if s.agent is None] == ["approve"]


def test_only_stages_that_start_containers_get_the_docker_socket(tmp_path: Path) -> None:
    made = plan(tmp_path, ALL)
    with_docker = {s.name for s in made.stages() if s.agent and s.agent.docker}
    assert with_docker == {"image", "integration", "browsers", "system-up"}


def test_system_tests_run_with_containers_on_branches_and_deployed_on_main(tmp_path: Path) -> None:
    made = plan(tmp_path, ALL)
    assert sequence(made, "system-containers").when is not None
    assert sequence(made, "system-containers").when.words == "not on main"  # type: ignore[union-attr]
    assert sequence(made, "system-deployed").when.words == "on main"  # type: ignore[union-attr]


def test_system_tests_in_one_mode_need_no_condition(tmp_path: Path) -> None:
    body = "tests: {system: {run: make, modes: {branch: containers, main: containers}}}"
    made = plan(tmp_path, body)
    assert sequence(made, "system-containers").when is None
    assert not [n for n in made.nodes if isinstance(n, Sequence) and n.name == "system-deployed"]


def test_system_tests_can_be_left_out_on_branches(tmp_path: Path) -> None:
    made = plan(tmp_path, "tests: {system: {run: make, modes: {branch: none, main: containers}}}")
    assert sequence(made, "system-containers").when.words == "on main"  # type: ignore[union-attr]


def test_without_a_test_account_main_runs_the_system_tests_with_containers(tmp_path: Path) -> None:
    made = plan(tmp_path, "tests: {system: {run: make}}", None)
    assert [n.name for n in made.nodes if isinstance(n, Sequence)] == ["system-containers"]


def test_system_tests_share_a_node_and_the_builds_network(tmp_path: Path) -> None:
    made = sequence(plan(tmp_path, ALL), "system-containers")
    assert made.same_node
    assert all(s.agent and s.agent.same_node for s in made.stages)
    tests = made.stages[1].agent
    assert tests is not None
    assert tests.network


def test_what_was_brought_up_is_always_taken_down(tmp_path: Path) -> None:
    made = plan(tmp_path, ALL)
    downs = [n.always.call for n in made.nodes if isinstance(n, Sequence) and n.always]
    assert downs == ["systemDown", "temporaryDown"]


def test_the_image_is_pushed_from_main_only(tmp_path: Path) -> None:
    assert stage(plan(tmp_path), "image").step.arguments["pushOn"] == "main"


def test_the_image_is_pushed_from_every_branch_that_is_deployed_for_its_tests(
    tmp_path: Path,
) -> None:
    made = plan(tmp_path, "tests: {system: {run: make, modes: {branch: deployed}}}")
    assert stage(made, "image").step.arguments["pushOn"] == "**"


def test_production_has_a_wave_per_region_unless_said_otherwise(tmp_path: Path) -> None:
    waves = sequence(plan(tmp_path), "deploy-production").stages
    assert [wave.title for wave in waves] == ["Wave 1: eu-a, eu-b", "Wave 2: us-a, us-b"]


def test_waves_are_as_configured(tmp_path: Path) -> None:
    body = "deploy: {production: {waves: [[us-b], [eu-b, eu-a, us-a]]}}"
    waves = sequence(plan(tmp_path, body), "deploy-production").stages
    assert [wave.title for wave in waves] == ["Wave 1: us-b", "Wave 2: eu-b, eu-a, us-a"]
    assert waves[0].step.arguments["kubeconfigs"] == {"us-b": "kubeconfig-us-b"}


def test_a_region_that_is_switched_off_is_in_no_wave(tmp_path: Path) -> None:
    body = "deploy: {regions: {eu-west-1: {}, us-east-1: {enabled: false}}}"
    waves = sequence(plan(tmp_path, body), "deploy-production").stages
    assert [wave.title for wave in waves] == ["Wave 1: eu-a, eu-b"]


def test_a_wave_of_many_clusters_says_how_many_and_where(tmp_path: Path) -> None:
    more = "".join(f"      eu-{i}: {{region: eu-west-1}}\n" for i in range(9))
    waves = sequence(plan(tmp_path, "", PLATFORM + more), "deploy-production").stages
    assert waves[0].title == "Wave 1: 11 clusters in eu-west-1"


def test_the_gate_asks_the_approvers_and_its_wait_is_not_the_builds(tmp_path: Path) -> None:
    body = """
        deploy: {production: {approvers: [shop-leads, anna], approvalHours: 48}}
        pipeline: {timeoutMinutes: 90}
    """
    made = plan(tmp_path, body)
    gate = stage(made, "approve").gate
    assert gate is not None
    assert (gate.approvers, gate.hours) == (("shop-leads", "anna"), 48)
    assert made.timeout_hours == 2 + 48


def test_without_approval_production_follows_stage(tmp_path: Path) -> None:
    made = plan(tmp_path, "deploy: {production: {approval: false}}")
    assert names(made)[-2:] == ["deploy-stage", ["deploy-production-1", "deploy-production-2"]]


def test_the_whole_build_may_take_as_long_as_its_stages_together(tmp_path: Path) -> None:
    body = """
        lint: {run: make, timeoutMinutes: 10}
        tests: {unit: {run: make, timeoutMinutes: 90}}
        deploy: {production: {approvalHours: 5}}
    """
    # Lint and unit side by side 90, image 30, test, stage and two waves 60 each: 6 hours.
    assert plan(tmp_path, body).timeout_hours == 6 + 5


def test_an_older_build_never_deploys_over_a_newer_one(tmp_path: Path) -> None:
    made = plan(tmp_path)
    test, stage_ = stage(made, "deploy-test").step, stage(made, "deploy-stage").step
    approve = stage(made, "approve").step
    assert (test.arguments["milestone"], stage_.arguments["milestone"]) == (1, 2)
    assert approve.arguments["ordinal"] == 3


def test_deployments_to_an_account_exclude_each_other(tmp_path: Path) -> None:
    made = plan(tmp_path)
    assert stage(made, "deploy-test").lock == "orders-test"
    assert sequence(made, "deploy-production").lock == "orders-production"


def test_a_newer_build_replaces_an_older_one_only_where_nothing_is_deployed(
    tmp_path: Path,
) -> None:
    assert not plan(tmp_path / "a").abort_previous
    assert plan(tmp_path / "b", "", None).abort_previous


def test_only_the_main_branch_is_deployed_whatever_its_name(tmp_path: Path) -> None:
    made = plan(tmp_path, "pipeline: {mainBranch: trunk}")
    assert {s.when.words for s in made.stages() if s.when} == {"on trunk"}


def test_own_stages_stand_where_they_were_asked_for(tmp_path: Path) -> None:
    body = (
        ALL
        + """
    stages:
      contract: {after: integration, run: make contract}
      licences: {before: image, run: make licences}
      smoke: {after: contract, run: make smoke}
      report: {after: deploy-production, run: make report}
    """
    )
    made = names(plan(tmp_path, body))
    assert made[1:6] == ["licences", "image", ["integration", "browsers"], "contract", "smoke"]
    assert made[-1] == "report"


def test_own_stages_behind_one_stage_keep_the_order_in_which_they_are_written(
    tmp_path: Path,
) -> None:
    body = """
    stages:
      one: {after: image, run: make}
      two: {after: image, run: make}
      three: {after: image, run: make}
    """
    assert names(plan(tmp_path, body))[:4] == ["image", "one", "two", "three"]


def test_an_own_stage_behind_the_system_tests_follows_both_ways_of_them(tmp_path: Path) -> None:
    made = names(plan(tmp_path, ALL + "    stages: {after-all: {after: system, run: make}}\n"))
    assert made[made.index("after-all") - 1] == ["temporary-release", "system"]


def test_known_test_tools_need_no_setting_for_their_reports(tmp_path: Path) -> None:
    body = """
    tests:
      unit: {run: pytest tests/unit}
      integration: {run: ./mvnw -B verify}
      browsers: {run: npm run browsers}
    stages:
      more: {after: unit, run: cd a && ./gradlew check}
      own: {after: unit, run: pytest, junit: my.xml}
    """
    made = plan(tmp_path, body)
    arguments = {s.name: s.step.arguments for s in made.stages() if s.step.call == "runTests"}
    assert arguments["unit"]["env"] == {"PYTEST_ADDOPTS": "--junitxml=reports/unit.xml"}
    assert arguments["unit"]["junit"] == "reports/unit.xml"
    assert "surefire-reports" in str(arguments["integration"]["junit"])
    assert arguments["browsers"]["junit"] == "reports/browsers*.xml"
    assert arguments["more"]["junit"] == "**/build/test-results/**/*.xml"
    assert arguments["own"]["junit"] == "my.xml"
    assert "env" not in arguments["own"]


def test_a_stages_own_variables_win(tmp_path: Path) -> None:
    body = "tests: {unit: {run: pytest, env: {PYTEST_ADDOPTS: -x, DEBUG: true, N: 3}}}"
    env = stage(plan(tmp_path, body), "unit").step.arguments["env"]
    assert env == {"PYTEST_ADDOPTS": "-x", "DEBUG": "true", "N": "3"}


def test_caches_are_kept_beside_the_workspace(tmp_path: Path) -> None:
    made = plan(tmp_path, "build: {agent: {caches: [go]}}\ntests: {unit: {run: go test}}\n")
    caches = stage(made, "unit").step.arguments["caches"]
    assert caches == {"GOMODCACHE": "{cache}/go/mod", "GOCACHE": "{cache}/go/build"}


def test_in_a_repository_of_many_services_each_stage_knows_its_folder(tmp_path: Path) -> None:
    head = HEAD.replace("team: shop", "team: shop, path: services/orders")
    write_tree(
        tmp_path,
        {
            ".git/HEAD": "",
            "services/orders/Dockerfile": DOCKERFILE,
            "services/orders/pipeline.yaml": head + "tests: {unit: {run: make}}\n",
        },
    )
    made = build_plan(Loader().service(tmp_path / "services" / "orders"))
    unit, image = stage(made, "unit"), stage(made, "image")
    assert unit.step.arguments["dir"] == image.step.arguments["dir"] == "services/orders"
    assert unit.agent is not None
    assert image.agent is not None
    assert unit.agent.directory == "services/orders"
    assert image.agent.directory == "services/orders/.pipelinegen"


def test_who_hears_of_it_is_the_services_word_before_the_platforms(tmp_path: Path) -> None:
    platform = PLATFORM + "notify: {slack: '#all'}\n"
    assert plan(tmp_path / "a", "", platform).notify == {"branch": "main", "slack": "#all"}
    made = plan(tmp_path / "b", "notify: {email: [a@example.com, b@example.com]}", platform)
    assert made.notify == {"branch": "main", "email": "a@example.com,b@example.com"}
