"""What `init` and `generate` make of real services, as trees of files with their real names.

`make golden` writes the trees anew; the diff in git then shows what a change does to every service.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelinegen import data
from pipelinegen.commands import generate, init
from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.model import Sequence, Stage
from pipelinegen.plan.values import files_for, merged_values
from pipelinegen.workspace.discover import services
from tests.helpers import read_tree
from tests.lab import kubeschema
from tests.lab.groovy import JENKINS_FITS, Groovy
from tests.lab.helm import Helm

TESTS = Path(__file__).parent
GOLDEN = TESTS / "golden"
SAMPLE = TESTS.parent / "sample-service"
# The sample service's golden tree is itself.
SERVICES = {path.name: path for path in sorted((TESTS / "services").iterdir()) if path.is_dir()}
SERVICES[SAMPLE.name] = SAMPLE
DIGEST = "sha256:" + "0" * 64
# The same for all services; tests/config holds it to the models.
SCHEMA = "pipeline.schema.json"


def invoke(command: object, *arguments: str) -> str:
    """What a command says, when it ends well."""
    result = CliRunner().invoke(command, arguments)  # type: ignore[arg-type]
    assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
    return result.output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every service with what was made for it, each in a folder beside the platform's file."""
    top = tmp_path_factory.mktemp("services")
    shutil.copytree(TESTS / "services", top, dirs_exist_ok=True)
    shutil.copytree(SAMPLE, top / SAMPLE.name)
    for name in SERVICES:
        (top / name / ".git").mkdir()  # each stands for a repository of its own
        if not (top / name / "pipeline.yaml").exists():
            invoke(init.command, str(top / name), "--yes")
        invoke(generate.command, "--root", str(top / name))
    return {name: top / name for name in SERVICES}


@pytest.fixture(params=list(SERVICES))
def case(request: pytest.FixtureRequest, made: dict[str, Path]) -> Path:
    return made[request.param]


@pytest.fixture
def configs(case: Path) -> list[Config]:
    return [Loader().service(file) for file in services(case)]


def added(case: Path) -> dict[str, str]:
    """What `init` and `generate` put into the service's folder."""
    before = read_tree(SERVICES[case.name])
    return {
        path: text
        for path, text in read_tree(case).items()
        if path not in before and not path.endswith(SCHEMA)
    }


def test_the_made_files_are_the_golden_ones(case: Path, request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / case.name
    if request.config.getoption("--update-golden"):
        shutil.rmtree(golden, ignore_errors=True)
        for path, text in added(case).items():
            (golden / path).parent.mkdir(parents=True, exist_ok=True)
            (golden / path).write_text(text, "utf-8")
    assert added(case) == read_tree(golden), "look at the difference, then run: make golden"


def test_generate_finds_nothing_to_do_a_second_time(case: Path) -> None:
    before = read_tree(case)
    invoke(generate.command, "--root", str(case), "--check")
    invoke(generate.command, "--root", str(case))
    assert read_tree(case) == before


def test_the_sample_services_files_are_up_to_date() -> None:
    invoke(generate.command, str(SAMPLE), "--check")


def jenkinsfiles(case: Path) -> dict[Path, str]:
    found = {path: path.read_text("utf-8") for path in case.rglob("Jenkinsfile")}
    assert found
    return found


def test_jenkins_groovy_compiles_the_jenkinsfile(case: Path, groovy: Groovy) -> None:
    for path, text in jenkinsfiles(case).items():
        assert groovy.compile(text) == [], path
        assert groovy.jenkins_size(text) <= JENKINS_FITS, path


def test_every_stage_of_the_jenkinsfile_has_a_dockerfile_agent(
    groovy: Groovy, configs: list[Config]
) -> None:
    for config in configs:
        text = (config.root / "Jenkinsfile").read_text("utf-8")
        for stage in groovy.declarative(text).stages():
            if not stage.has("steps"):  # it only holds other stages
                continue
            gate = stage.has("input")
            assert gate != (stage.has("agent") and stage.one("agent").has("dockerfile"))


def test_the_jenkinsfile_has_the_plans_stages_in_the_plans_order(
    groovy: Groovy, configs: list[Config]
) -> None:
    for config in configs:
        text = (config.root / "Jenkinsfile").read_text("utf-8")
        expected: list[str] = []
        for node in build_plan(config).nodes:
            expected.append(node.title)
            if not isinstance(node, Stage):
                expected += [stage.title for stage in node.stages]
        assert [stage.arg for stage in groovy.declarative(text).stages()] == expected


def test_every_call_in_the_plan_is_one_that_the_library_takes(configs: list[Config]) -> None:
    from tests.vars.test_steps import known_arguments

    for config in configs:
        plan = build_plan(config)
        steps = [stage.step for stage in plan.stages()]
        steps += [n.always for n in plan.nodes if isinstance(n, Sequence) and n.always]
        for step in steps:
            if step.call == "milestone":  # Jenkins' own
                continue
            needed, optional = known_arguments(data.library() / f"{step.call}.groovy")
            assert needed <= step.arguments.keys() <= needed | optional, step


def test_helm_lints_and_templates_every_cluster_and_kubernetes_takes_it(
    helm: Helm, configs: list[Config]
) -> None:
    for config in configs:
        places = {tuple(files_for(config, s.region, s.name)): s for s in config.sites()}
        assert places or not config.platform.sites
        for paths, site in places.items():
            files = [config.root / path for path in paths]
            given = {"image.digest": DIGEST, "account": site.account, "cluster": site.name}
            helm.lint(data.chart(), files, set_=given)
            manifests = helm.template(config.model.service.name, data.chart(), files, set_=given)
            assert {m["kind"] for m in manifests} >= {"Deployment", "ServiceAccount"}
            assert [fault for m in manifests for fault in kubeschema.validate(m)] == []


def test_what_the_values_command_prints_is_what_helm_computes(
    helm: Helm, configs: list[Config]
) -> None:
    import yaml

    defaults = yaml.safe_load((data.chart() / "values.yaml").read_text("utf-8"))
    for config in configs:
        for site in config.sites()[:3]:
            paths = [config.root / p for p in files_for(config, site.region, site.name)]
            ours = merged_values(config, defaults, site.region, site.name)
            assert helm.values(data.chart(), paths) == ours
