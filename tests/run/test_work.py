"""What of a plan runs on this machine, and with which commands."""

from __future__ import annotations

from pathlib import Path

from pipelinegen.plan.imagebuild import ImageBuild
from pipelinegen.run.work import Elsewhere, Group, Work, work
from tests.configs import load, plan

EVERYTHING = """
    lint: {run: ruff check .}
    build: {run: make, agent: {target: test, caches: [pip]}, image: {target: runtime}}
    tests:
      unit: {run: pytest tests/unit, env: {LEVEL: debug}}
      integration: {run: pytest tests/integration, docker: true, timeoutMinutes: 7}
      system: {run: pytest tests/system, modes: {branch: containers, main: deployed}}
    stages: {contract: {after: integration, run: make contract, when: {branch: main}}}
"""


def groups(folder: Path, body: str = EVERYTHING, branch: str = "main") -> list[Group]:
    return work(plan(folder, body), branch)


def named(folder: Path, name: str, body: str = EVERYTHING, branch: str = "main") -> Work:
    found = {each.name: each for group in groups(folder, body, branch) for each in group}[name]
    assert isinstance(found, Work)
    return found


def test_the_stages_come_in_the_plans_order_and_the_parallel_ones_together(tmp_path: Path) -> None:
    here = [[each.name for each in group] for group in groups(tmp_path)]
    assert here[:4] == [["lint", "build", "unit"], ["image"], ["integration"], ["contract"]]


def test_what_deploys_waits_for_a_person_or_needs_others_runs_in_jenkins_only(
    tmp_path: Path,
) -> None:
    elsewhere = {
        each.name for group in groups(tmp_path) for each in group if isinstance(each, Elsewhere)
    }
    assert elsewhere == {
        "system-up",
        "system",  # of the main branch, beside what is deployed
        "temporary-release",
        "deploy-test",
        "deploy-stage",
        "approve",
        "deploy-production-1",
        "deploy-production-2",
    }


def test_a_stage_runs_where_its_when_holds(tmp_path: Path) -> None:
    assert named(tmp_path, "contract", branch="main").runs
    assert not named(tmp_path, "contract", branch="feature/x").runs
    assert named(tmp_path, "unit", branch="feature/x").runs


def test_a_command_has_its_variables_reports_and_limit(tmp_path: Path) -> None:
    unit = named(tmp_path, "unit")
    assert unit.script == "pytest tests/unit"
    assert unit.env == {
        "PIP_CACHE_DIR": "{cache}/pip",
        "PYTEST_ADDOPTS": "--junitxml=reports/unit.xml",
        "LEVEL": "debug",
    }
    assert unit.junit == ("reports/unit.xml",)
    assert not unit.docker
    integration = named(tmp_path, "integration")
    assert integration.docker
    assert integration.minutes == 7


def test_stages_with_the_same_container_share_its_image(tmp_path: Path) -> None:
    assert named(tmp_path, "unit").image == named(tmp_path, "integration").image
    assert named(tmp_path, "unit").image == ImageBuild(".", "Dockerfile", "test")
    assert named(tmp_path, "image").image == ImageBuild(
        ".", "Dockerfile", "runtime", declaration=".pipelinegen/service.json"
    )


def test_docker_build_is_called_as_jenkins_calls_it(tmp_path: Path) -> None:
    assert named(tmp_path, "unit").image.command("name:tag", "local-orders-1") == [
        *("docker", "build", "-t", "name:tag", "--target", "test"),
        *("--label", "pipelinegen.build=local-orders-1", "-f", "Dockerfile", "."),
    ]


def test_a_service_in_a_folder_is_built_from_the_top(tmp_path: Path) -> None:
    body = "tests: {unit: {run: make test}}\n"
    folder = tmp_path / "services" / "orders"
    folder.mkdir(parents=True)
    load(folder)
    head = (
        "apiVersion: pipelinegen/v1\nservice: {name: orders, team: shop, path: services/orders}\n"
    )
    (folder / "pipeline.yaml").write_text(head + body)
    from pipelinegen.config.load import Loader
    from pipelinegen.plan.build import build_plan

    made = work(build_plan(Loader().service(folder)), "main")
    unit = made[0][0]
    assert isinstance(unit, Work)
    assert unit.image == ImageBuild("services/orders", "services/orders/Dockerfile", None)
    assert unit.directory == "services/orders"


def test_system_tests_with_containers_run_here_on_any_branch(tmp_path: Path) -> None:
    from pipelinegen.run.choose import choose

    here = groups(tmp_path, branch="feature/x")
    ((by_name,),) = choose(here, ["system"])
    assert by_name.system
    assert by_name.script == "pytest tests/system"
    assert by_name.runs
    assert "system" in {work.name for group in choose(here, []) for work in group}
    on_main = groups(tmp_path, branch="main")
    assert "system" not in {work.name for group in choose(on_main, []) for work in group}
    ((asked_for,),) = choose(on_main, ["system"])
    assert asked_for.system
