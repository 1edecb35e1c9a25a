"""The files for editors: each is what its reader takes, and names the tests' own container."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from pipelinegen.commands.generate import command
from pipelinegen.config.load import Loader
from pipelinegen.errors import PipelinegenError
from pipelinegen.plan.build import build_plan
from pipelinegen.render.files import files
from pipelinegen.run.choose import choose
from pipelinegen.run.work import work
from tests.configs import PLATFORM, load
from tests.helpers import write_tree
from tests.workspace.repository import commit, edit, repository

TESTS = Path(__file__).parents[1]
SCHEMA = json.loads((TESTS / "lab" / "devcontainer.schema.json").read_text("utf-8"))
EDITORS = (".devcontainer/", ".vscode/", ".run/")
ALL = "ide: [devcontainer, vscode, intellij]\n"

BODY = """
port: 8000
build: {agent: {target: test}}
lint: {run: ruff check .}
tests:
  unit: {run: pytest tests/unit}
  integration: {run: pytest tests/integration, docker: true}
  system: {run: pytest tests/system}
stages: {contract: {after: integration, run: make contract, when: {branch: main}}}
"""
DEPENDENCIES = """
dependencies:
  db: {type: postgres, version: "15", env: DATABASE_URL}
  cache: {type: redis, image: "valkey/valkey:8", env: CACHE_URL}
  catalog: {type: service, env: CATALOG_URL}
  events: {type: kafka, env: KAFKA_URL}
"""


def made(folder: Path, body: str) -> dict[str, str]:
    """What is generated for editors, by path."""
    found = files(load(folder, body))
    return {path: text for path, text in found.items() if path.startswith(EDITORS)}


def read(text: str) -> Any:
    """JSON with a comment in its first line, as the editors read it."""
    first, rest = text.split("\n", 1)
    assert first.startswith("// Made by pipelinegen ")
    assert "`pipelinegen generate`" in first
    return json.loads(rest)


def devcontainer(found: dict[str, str]) -> Any:
    read_as = read(found[".devcontainer/devcontainer.json"])
    jsonschema.Draft201909Validator(SCHEMA).validate(read_as)
    return read_as


def test_a_container_alone_is_the_one_of_the_tests(tmp_path: Path) -> None:
    found = made(tmp_path, BODY)
    assert list(found) == [".devcontainer/devcontainer.json"]
    read_as = devcontainer(found)
    assert read_as == {
        "name": "orders",
        "build": {"context": "..", "dockerfile": "../Dockerfile", "target": "test"},
        # Anybody's files are their own, and what the user has no home for goes to /tmp.
        "containerUser": "${localEnv:UID:1000}",
        "containerEnv": {"HOME": "/tmp"},
        "mounts": ["type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock"],
        "runArgs": ["--group-add", "0", "--group-add", "${localEnv:DOCKER_GROUP:999}"],
        "updateRemoteUserUID": False,
        "forwardPorts": [8000],
    }


def test_without_tests_that_start_containers_it_has_no_socket(tmp_path: Path) -> None:
    read_as = devcontainer(made(tmp_path, "port: null\ntests: {unit: {run: make unit}}\n"))
    assert not read_as.keys() & {"mounts", "runArgs", "forwardPorts"}
    assert "target" not in read_as["build"]


def test_the_agents_own_dockerfile_is_the_one_that_is_built(tmp_path: Path) -> None:
    write_tree(tmp_path, {"ci/Dockerfile": "FROM busybox AS all\n"})
    body = "build: {agent: {dockerfile: ci/Dockerfile, target: all}}\n"
    read_as = devcontainer(made(tmp_path, body))
    assert read_as["build"] == {
        "context": "..",
        "dockerfile": "../ci/Dockerfile",
        "target": "all",
    }


def composed(found: dict[str, str]) -> Any:
    text = found[".devcontainer/compose.yaml"]
    assert text.startswith("# Made by pipelinegen ")
    return yaml.safe_load(text)["services"]


def test_dependencies_are_started_beside_it_and_named_in_their_variables(tmp_path: Path) -> None:
    found = made(tmp_path, BODY + DEPENDENCIES)
    read_as, services = devcontainer(found), composed(found)
    assert read_as["dockerComposeFile"] == "compose.yaml"
    assert read_as["forwardPorts"] == [8000, "db:5432", "cache:6379"]
    # What no image provides ready to use is left to the tests, and so is its variable.
    assert list(services) == ["dev_container", "db", "cache"]
    container = services[read_as["service"]]
    assert container["build"] == {"context": "..", "dockerfile": "Dockerfile", "target": "test"}
    assert container["environment"] == {
        "HOME": "/tmp",
        "DATABASE_URL": "postgresql://app:app@db:5432/app",
        "CACHE_URL": "redis://cache:6379/0",
    }
    assert container["user"] == "${UID:-1000}"
    assert container["group_add"] == ["0", "${DOCKER_GROUP:-999}"]
    assert container["volumes"] == ["..:/workspace", "/var/run/docker.sock:/var/run/docker.sock"]
    assert container["depends_on"] == {
        name: {"condition": "service_healthy"} for name in ("db", "cache")
    }
    assert services["db"]["image"] == "postgres:15"
    assert services["cache"]["image"] == "valkey/valkey:8"


@pytest.mark.parametrize("kind", ["postgres", "mysql", "mariadb", "redis", "rabbitmq", "mongodb"])
def test_every_dependency_has_a_version_a_check_and_its_port_in_its_url(
    kind: str, tmp_path: Path
) -> None:
    found = made(tmp_path, f"dependencies: {{it: {{type: {kind}, env: IT_URL}}}}\n")
    service = composed(found)["it"]
    assert re.fullmatch(r"[a-z]+:[0-9.]+", service["image"])
    assert service["healthcheck"]["test"][0] == "CMD-SHELL"
    port = devcontainer(found)["forwardPorts"][-1].removeprefix("it:")
    assert f"it:{port}" in composed(found)["dev_container"]["environment"]["IT_URL"]


def test_a_part_of_a_repository_is_opened_in_the_whole_one(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "services" / "orders"
    write_tree(
        folder,
        {
            "Dockerfile": "FROM busybox\n",
            "platform.yaml": PLATFORM,
            "pipeline.yaml": "apiVersion: pipelinegen/v1\n"
            "service: {name: orders, team: shop, path: services/orders}\n"
            "dependencies: {db: {type: postgres, env: DATABASE_URL}}\n",
        },
    )
    found = files(Loader().service(folder))
    assert devcontainer(found)["workspaceFolder"] == "/workspace/services/orders"
    (mount,) = composed(found)["dev_container"]["volumes"]
    source, target = mount.split(":")
    assert (folder / ".devcontainer" / source).resolve() == tmp_path.resolve()
    assert target == "/workspace"


# What VS Code documents of a task; an unknown key would be marked in the editor.
# https://code.visualstudio.com/docs/reference/tasks-appendix
TASKS_SCHEMA = {
    "type": "object",
    "required": ["version", "tasks"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "2.0.0"},
        "tasks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["label", "type", "command"],
                "additionalProperties": False,
                "properties": {
                    "label": {"type": "string"},
                    "type": {"enum": ["shell", "process"]},
                    "command": {"type": "string"},
                    "args": {"type": "array", "items": {"type": "string"}},
                    "problemMatcher": {"type": "array"},
                    "group": {
                        "anyOf": [
                            {"enum": ["build", "test"]},
                            {
                                "type": "object",
                                "required": ["kind", "isDefault"],
                                "additionalProperties": False,
                                "properties": {
                                    "kind": {"enum": ["build", "test"]},
                                    "isDefault": {"type": "boolean"},
                                },
                            },
                        ]
                    },
                },
            },
        },
    },
}


def test_vscode_has_a_task_for_each_stage_that_runs_here(tmp_path: Path) -> None:
    found = made(tmp_path, BODY + "ide: [vscode]\n")
    assert list(found) == [".vscode/tasks.json"]
    read_as = read(found[".vscode/tasks.json"])
    jsonschema.validate(read_as, TASKS_SCHEMA)
    tasks = {task["label"]: task for task in read_as["tasks"]}
    assert {label: [task["command"], *task["args"]] for label, task in tasks.items()} == {
        "Lint": ["pipelinegen", "run", "lint"],
        "Unit tests": ["pipelinegen", "run", "unit"],
        "Integration tests": ["pipelinegen", "run", "integration"],
        "Contract": ["pipelinegen", "run", "contract"],
    }
    first = [label for label, task in tasks.items() if isinstance(task["group"], dict)]
    assert first == ["Unit tests"]


def test_a_persons_own_task_stays_when_a_stage_comes(tmp_path: Path) -> None:
    folder = repository(tmp_path / "orders")
    load(folder, "tests: {unit: {run: make unit}}\nide: [vscode]\n")

    def generate() -> None:
        done = CliRunner().invoke(command, [str(folder)])
        assert done.exit_code == 0, done.output

    generate()
    commit(folder)
    tasks = folder / ".vscode" / "tasks.json"
    mine = '"tasks": [\n    {"label": "Mine", "type": "shell", "command": "make mine"},'
    edit(tasks, '"tasks": [', mine)
    edit(folder / "pipeline.yaml", "make unit}", "make unit}, browsers: {run: make web}")
    generate()
    labels = [task["label"] for task in read(tasks.read_text("utf-8"))["tasks"]]
    assert labels == ["Mine", "Unit tests", "Browser tests"]


def test_intellij_has_a_run_configuration_for_each_stage_that_runs_here(tmp_path: Path) -> None:
    found = made(tmp_path, BODY + "ide: [intellij]\n")
    assert list(found) == [
        f".run/{name}.run.xml" for name in ("lint", "unit", "integration", "contract")
    ]
    text = found[".run/unit.run.xml"]
    assert text.startswith("<!-- Made by pipelinegen ")
    component = ElementTree.fromstring(text)
    assert (component.tag, component.get("name")) == ("component", "ProjectRunConfigurationManager")
    (configuration,) = component
    assert configuration.get("type") == "ShConfigurationType"
    assert configuration.get("name") == "orders: Unit tests"
    options = {option.get("name"): option.get("value") for option in configuration.iter("option")}
    # As IntelliJ writes one whose script is a command.
    # https://www.jetbrains.com/help/idea/run-debug-configuration-shell-script.html
    assert options == {
        "SCRIPT_TEXT": "pipelinegen run unit",
        "INDEPENDENT_SCRIPT_PATH": "true",
        "SCRIPT_PATH": "",
        "SCRIPT_OPTIONS": "",
        "INDEPENDENT_SCRIPT_WORKING_DIRECTORY": "true",
        "SCRIPT_WORKING_DIRECTORY": "$PROJECT_DIR$",
        "INDEPENDENT_INTERPRETER_PATH": "true",
        "INTERPRETER_PATH": "",
        "INTERPRETER_OPTIONS": "",
        "EXECUTE_IN_TERMINAL": "true",
        "EXECUTE_SCRIPT_FILE": "false",
    }


def test_every_command_of_a_task_is_a_stage_that_run_knows(tmp_path: Path) -> None:
    config = load(tmp_path, BODY + DEPENDENCIES + ALL)
    tasks = read(files(config)[".vscode/tasks.json"])["tasks"]
    groups = work(build_plan(config), "main")
    for task in tasks:
        assert choose(groups, [task["args"][1]])


def test_a_service_may_have_none_and_a_platform_may_say_it_for_all(tmp_path: Path) -> None:
    assert made(tmp_path, BODY + "ide: []\n") == {}
    platform = f"{PLATFORM}defaults: {{ide: [vscode]}}\n"
    found = files(load(tmp_path, BODY, platform))
    assert [path for path in found if path.startswith(EDITORS)] == [".vscode/tasks.json"]


def test_without_a_stage_that_runs_here_there_are_no_empty_files(tmp_path: Path) -> None:
    assert list(made(tmp_path, ALL)) == [".devcontainer/devcontainer.json"]


def test_an_editor_that_is_not_known_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(PipelinegenError, match=r"pipeline\.yaml:\d+:\d+: .*emacs"):
        load(tmp_path, "ide: [emacs]\n")


def generated() -> Iterator[Path]:
    yield from (TESTS / "golden").rglob("devcontainer.json")
    yield from (TESTS.parent / "sample-service").rglob("devcontainer.json")


def test_every_golden_dev_container_is_one_by_the_published_schema() -> None:
    found = list(generated())
    assert len(found) > 10
    for path in found:
        jsonschema.Draft201909Validator(SCHEMA).validate(read(path.read_text("utf-8")))


def test_the_schema_refuses_what_is_none() -> None:
    validator = jsonschema.Draft201909Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    for wrong in (
        {"$comment": "x", "image": "busybox"},
        {"build": {"dockerfile": "Dockerfile", "taget": "test"}},
        {"dockerComposeFile": "compose.yaml", "service": "x"},
        {"image": "busybox", "forwardPorts": ["db"]},
    ):
        assert not validator.is_valid(wrong)
