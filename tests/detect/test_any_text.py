"""Whatever other people's files hold, `init` writes a valid service: never a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelinegen.config.service import ServiceConfig
from tests.detect.given import Files, find, loaded
from tests.strategies import long_texts, texts

ANY = texts(nul=True)
KEYS = st.sampled_from(["name", "test", "image", "web", "build", "FOO", "scripts", "url", "DB"])
SCALARS = ANY | st.none() | st.booleans() | st.integers() | st.floats() | st.dates()
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | ANY, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def made(tmp_path: Path) -> Callable[[Files], ServiceConfig]:
    """The service that `init` makes of a tree, in a folder that is new for each example."""
    folder = tmp_path / "shop"

    def make(files: Files) -> ServiceConfig:
        shutil.rmtree(folder, ignore_errors=True)
        return loaded(find(folder, files)).model

    return make


def compose(data: object) -> str:
    return yaml.safe_dump(data, allow_unicode=True)


@given(name=ANY | long_texts(200), script=ANY, start=ANY, main=ANY)
def test_any_text_in_package_json(made: Any, name: str, script: str, start: str, main: str) -> None:
    scripts = {"test": script, "build": script, "lint": script, "start": start}
    package = {"name": name, "main": main, "scripts": scripts, "engines": {"node": script}}
    made({"package.json": json.dumps(package)})


@given(name=ANY, script=ANY, version=ANY)
def test_any_text_in_pyproject_toml(made: Any, name: str, script: str, version: str) -> None:
    said = {"name": name, "requires-python": version, "dependencies": [script], "scripts": {}}
    lines = [f"{key} = {json.dumps(value)}" for key, value in said.items()]
    lines[-1] = f"scripts = {{{json.dumps(script)} = {json.dumps(name)}}}"
    made({"pyproject.toml": "\n".join(["[project]", *lines]), "app.py": ""})


@given(key=ANY, value=ANY, image=ANY)
def test_any_text_in_a_compose_file(made: Any, key: str, value: str, image: str) -> None:
    services = {
        "shop": {"build": ".", "environment": {key: value, "DB_URL": f"postgres://db/{value}"}},
        "db": {"image": image},
        key: {"image": f"postgres:{value}", "environment": [value]},
    }
    made({"app.py": "", "requirements.txt": "", "compose.yaml": compose({"services": services})})


def deployment(container: object) -> str:
    template = {"spec": {"containers": [container]}}
    return compose({"kind": "Deployment", "spec": {"template": template}})


@given(values=st.lists(texts(), max_size=3))
def test_any_text_in_the_environment_of_a_manifest_is_kept_or_told(
    tmp_path: Path, values: list[str]
) -> None:
    folder = tmp_path / "shop"
    shutil.rmtree(folder, ignore_errors=True)
    env = [{"name": f"V{i}", "value": value} for i, value in enumerate(values)]
    files = {"Dockerfile": "FROM x\n", "k8s/deployment.yaml": deployment({"env": env})}
    found = find(folder, files)
    if any(note == "k8s/deployment.yaml: not read, since it is a template" for note in found.notes):
        assert any("{{" in value for value in values)
        return
    kept = loaded(found).model.deploy.env or {}
    for i, value in enumerate(values):
        if f"V{i}" in kept:
            assert kept[f"V{i}"] == value
        else:
            assert any(f"`V{i}`" in note for note in found.notes), (value, found.notes)


@settings(max_examples=60)
@given(data=DATA)
def test_any_data_in_any_file(made: Any, data: object) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    services = yaml.safe_dump({"services": {"shop": {"build": "."}, "db": data, "x": data}})
    everywhere = {"ports": data, "env": data, "resources": data, "livenessProbe": data}
    made(
        {
            "package.json": json.dumps(
                dict.fromkeys(("name", "scripts", "dependencies", "engines", "main"), data),
                default=str,
            ),
            "compose.yaml": services,
            "k8s/a.yaml": text,
            "k8s/b.yaml": deployment({"name": "shop", **everywhere}),
            "chart/values.yaml": yaml.safe_dump({**everywhere, "replicas": data}),
        }
    )


@settings(max_examples=60)
@given(data=DATA)
def test_any_settings_of_a_spring_service(made: Any, data: object) -> None:
    pom = "<project>spring-boot-starter-web actuator prometheus</project>"
    server = {"server": {"port": data, "servlet": {"context-path": data}}, "management": data}
    resources = "src/main/resources/application.yml"
    made({"pom.xml": pom, resources: yaml.safe_dump(server)})


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "[" * 5000,
        "{" * 5000,
        "2024-13-45: 2024-99-99",
        "\x00",
        "- a\nb",
        "%",
        "? [a]\n",
    ],
)
@pytest.mark.parametrize(
    "file", ["package.json", "pyproject.toml", "compose.yaml", "k8s/x.yaml", "pom.xml", "go.mod"]
)
def test_a_file_that_is_none_stops_nothing(made: Any, file: str, text: str) -> None:
    made(
        {
            "Dockerfile": "FROM x\n",
            file: text,
            "a.py": "",
            "src/main/resources/application.yml": text,
        }
    )


def test_a_yaml_bomb_is_not_read(made: Any) -> None:
    levels = [f"l{i}: &l{i} {{a: *l{i - 1}, b: *l{i - 1}}}" for i in range(1, 14)]
    bomb = "\n".join(["server: {port: 9999}", "l0: &l0 x", *levels])
    pom = "<project>spring-boot-starter-web</project>"
    assert made({"pom.xml": pom, "src/main/resources/application.yml": bomb}).port == 8080
