"""The Dockerfiles that `init` writes are what an expert would write, for every language."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from pipelinegen.detect import write
from tests.detect import starters
from tests.detect.given import Files, Look, dockerfile, find, loaded

WITHOUT = {name: files for name, files in vars(starters).items() if name.isupper()}
WITHOUT = {name: files for name, files in WITHOUT.items() if "Dockerfile" not in files}
NPM = {k: v for k, v in starters.EXPRESS_TS.items() if k != "yarn.lock"}
TREES: dict[str, Files] = {
    **WITHOUT,
    "POETRY": {"pyproject.toml": "[tool.poetry]\nname = 'a'\n", "poetry.lock": "", "a/b.py": ""},
    "UV": {"pyproject.toml": "[project]\nname = 'a'\n[tool.uv]\n", "src/a/b.py": ""},
    "PIPENV": {"Pipfile": '[packages]\nflask = "*"\n', "app.py": ""},
    "PNPM": {**NPM, "pnpm-lock.yaml": ""},
    "BERRY": {**NPM, "yarn.lock": "__metadata:\n", ".yarnrc.yml": ""},
    "GRADLE": {"build.gradle": "spring-boot-starter-web", "gradlew": "", "settings.gradle": ""},
}


@pytest.fixture(params=TREES)
def lines(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The instructions of one written Dockerfile."""
    return dockerfile(find(tmp_path / "shop", TREES[request.param]))


def stage(lines: list[str], name: str) -> list[str]:
    """A stage's instructions, behind those of the stages that it is built on."""
    start = next(i for i, line in enumerate(lines) if line.endswith(f" AS {name}"))
    own = list(itertools.takewhile(lambda line: line[:5] != "FROM ", lines[start + 1 :]))
    base = lines[start].split()[1]
    on = stage(lines, base) if any(line.endswith(f" AS {base}") for line in lines) else []
    return [*on, *own]


def test_the_service_runs_as_a_number_that_is_not_root(lines: list[str]) -> None:
    runtime = stage(lines, "runtime")
    assert [line for line in runtime if line.startswith("USER ")] == ["USER 10001"]
    # Nothing is installed any more when root is left; only its start follows.
    behind = runtime[runtime.index("USER 10001") + 1 :]
    assert {line.split()[0] for line in behind} <= {"EXPOSE", "ENV", "CMD", "ENTRYPOINT"}


def test_the_service_is_started_without_a_shell(lines: list[str]) -> None:
    assert re.fullmatch(r'(CMD|ENTRYPOINT) \[".+"\]', lines[-1])


def test_the_tests_have_a_home_that_any_user_may_write_to(lines: list[str]) -> None:
    test = "\n".join(stage(lines, "test"))
    assert re.search(r"^ENV (.* )?HOME=/tmp\b", test, re.MULTILINE)
    assert " procps " in test
    assert "USER 1" not in test


def test_what_is_required_is_installed_before_the_source_is_copied(lines: list[str]) -> None:
    name = "build" if any(line.endswith(" AS build") for line in lines) else "runtime"
    made = stage(lines, name)
    source = [i for i, line in enumerate(made) if line.startswith(("COPY . ", "COPY app"))]
    installs = [
        i
        for i, line in enumerate(made)
        if re.match(r"RUN .*(install|download|restore|go-offline|--version|npm ci)", line)
    ]
    assert not source or installs[0] < source[0]


def test_nothing_secret_gets_in(lines: list[str]) -> None:
    assert not any(line.split()[0] in ("ARG", "ADD") for line in lines)
    assert not re.search(r"(?i)token|password|secret", "\n".join(lines))


@pytest.mark.parametrize("name", TREES)
def test_the_docker_ignore_file_keeps_developers_secrets_out(tmp_path: Path, name: str) -> None:
    ignored = write.files(find(tmp_path / "shop", TREES[name]))[".dockerignore"].splitlines()
    assert {".git", "**/.env", "**/.env.*", "**/*.key"} <= set(ignored)


@pytest.mark.parametrize("name", TREES)
def test_what_is_written_is_valid(tmp_path: Path, name: str) -> None:
    assert loaded(find(tmp_path / "shop", TREES[name])).model.build.agent.target == "test"


@pytest.mark.parametrize("name", ["NESTJS", "EXPRESS_TS", "PNPM"])
def test_what_the_build_of_node_makes_does_not_bring_its_tools_along(
    tmp_path: Path, name: str
) -> None:
    lines = dockerfile(find(tmp_path / "shop", TREES[name]))
    test = stage(lines, "test")
    assert test.index("WORKDIR /opt/modules") < test.index(
        "WORKDIR /app"
    )  # so /app has no node_modules
    assert "COPY --from=build /app ./" in stage(lines, "runtime")


def test_the_dist_folder_is_left_out_only_where_the_build_makes_it(look: Look) -> None:
    package = '{"main": "dist/a.js", "scripts": {%s}}'
    made = write.files(look({"package.json": package % ""}))
    assert "dist" not in made[".dockerignore"].splitlines()
    made = write.files(look({"package.json": package % '"build": "tsc"'}))
    assert "dist" in made[".dockerignore"].splitlines()


def test_a_reason_is_above_a_long_line_and_behind_a_short_one(look: Look) -> None:
    text = write.pipeline(look({"package.json": '{"scripts": {"test": "node --test"}}'}))
    assert "  name: shop                                  # the folder's name\n" in text
    assert "  # package.json:1\n  unit: {run: " in text


def test_a_port_that_no_file_shows_is_to_be_checked(look: Look) -> None:
    text = write.pipeline(look({"package.json": '{"dependencies": {"koa": "2"}}'}))
    assert "port: 8080                                    # CHECK THIS: " in text


def test_a_files_name_cannot_make_the_comment_something_else(look: Look) -> None:
    found = look({"requirements.txt": "", "test_\x1b\nport: 1\n.py": "", "app.py": ""})
    assert loaded(found).model.port is None
