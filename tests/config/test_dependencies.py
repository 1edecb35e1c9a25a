"""The dependencies of a pipeline.yaml by themselves: each fault at its line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.config.declared import declared
from pipelinegen.errors import InputError
from tests.config.given import marks, problems, with_header
from tests.helpers import write_tree

FAULTS = [
    ("db: {type: redis, ‸versoin: x}", "unknown key `versoin`", "did you mean `version`?"),
    ("db: {type: ‸postgre}", "is `postgre`, not one of: postgres, mysql", "did you mean `post"),
    ("db: ‸redis", "`dependencies.db` must be a map", ""),
    ("‸Db: {type: redis}", "`Db` is not allowed: a dependency's name is its host name", ""),
    ("db: {type: redis, version: ‸7}", "must be text, not the number 7", 'quote it: "7"'),
    ("db: {type: redis, port: ‸0}", "`dependencies.db.port` must be at least 1", ""),
    ("db: {type: redis, env: ‸A-B}", "`A-B` is not allowed: an environment variable takes", ""),
    ("db: {type: redis, image: ‸a b}", "`a b` is not allowed: it is not an image reference", ""),
    (
        "db: ‸{type: postgres, migrate: make schema}",
        "`migrate` needs `env`, the variable of the URL",
        "",
    ),
    (
        "db: ‸{type: postgres, env: URL, format: '{hots}'}",
        "`format` knows {url}, {host}, {port}, {user}, {password}, {database}, not `{hots}`",
        "",
    ),
    ("db: ‸{type: postgres, health: /up}", "`health` is for http and service; the others", ""),
    ("db: ‸{type: redis, init: [a.sql]}", "redis loads no files, not `a.sql`", ""),
    ("db: ‸{type: postgres, init: [a.js]}", "postgres loads .sql or .sh, not `a.js`", ""),
    ("db: ‸{type: mongodb, init: [a.sql]}", "mongodb loads .js or .sh, not `a.sql`", ""),
    ("db: {type: postgres, init: [‸../a.sql]}", "`../a.sql` is not allowed: write a path", ""),
    (
        "db: ‸{type: redis, url: redis://x, secret: {name: a, key: b}}",
        "set `url` or `secret`, not both",
        "",
    ),
    (
        "db: {type: redis, env: URL}\n  cache: {type: redis, env: ‸URL}",
        "`URL` is already the URL of `db`",
        "give each dependency a variable of its own",
    ),
    ("db: {type: redis}\n  ‸db: {type: redis}", "`db` is written twice", "keep one of the two"),
    ("db: {type: postgres, init: [‸a.sql]}", "there is no `a.sql`", "the path is relative to"),
]


@pytest.mark.parametrize(("text", "message", "hint"), FAULTS, ids=[text for text, _, _ in FAULTS])
def test_a_fault_is_told_at_its_place(tmp_path: Path, text: str, message: str, hint: str) -> None:
    pipeline, places = marks(with_header(f"dependencies:\n  {text}\n"))
    file = write_tree(tmp_path, {"pipeline.yaml": pipeline}) / "pipeline.yaml"
    with pytest.raises(InputError) as raised:
        declared(file)
    (found,) = raised.value.problems
    assert [(found.line, found.column)] == places
    assert message in found.message
    assert found.hint.startswith(hint)
    assert found.path == str(file)
    assert str(raised.value).startswith(f"{file}:{found.line}:{found.column}: ")


@pytest.mark.parametrize(("text", "message", "hint"), FAULTS, ids=[text for text, _, _ in FAULTS])
def test_the_whole_file_has_the_same_fault(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    pipeline, places = marks(with_header(f"dependencies:\n  {text}\n"))
    (found,) = problems(tmp_path, pipeline)
    assert [(found.line, found.column)] == places
    assert message in found.message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "dependencies:\n  ‸Db: {type: redis}\n  a: {type: ‸x}\n  b: {type: redis, ‸x: 1}\n"
    pipeline, places = marks(text)
    file = write_tree(tmp_path, {"pipeline.yaml": pipeline}) / "pipeline.yaml"
    with pytest.raises(InputError) as raised:
        declared(file)
    assert [(found.line, found.column) for found in raised.value.problems] == places


def test_the_dependencies_are_read_without_the_rest(tmp_path: Path) -> None:
    """Tests may run in a container that has neither the platform nor the Dockerfile."""
    text = "platform: ../nowhere.yaml\nport: nonsense\ndependencies: {db: {type: redis, env: R}}\n"
    found = declared(write_tree(tmp_path, {"pipeline.yaml": text}) / "pipeline.yaml")
    assert list(found) == ["db"]
    assert (found["db"].type, found["db"].env) == ("redis", "R")


@pytest.mark.parametrize("text", ["port: 80\n", "dependencies:\n", "dependencies: {}\n"])
def test_no_dependencies_are_none(tmp_path: Path, text: str) -> None:
    assert declared(write_tree(tmp_path, {"pipeline.yaml": text}) / "pipeline.yaml") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "pipeline.yaml: the file is empty"),
        ("- a\n", "pipeline.yaml:1:1: a file of `key: value` lines is expected"),
        ("dependencies: [db]\n", "pipeline.yaml:1:15: `dependencies` must be a map"),
        ("dependencies: {db: {type: redis\n", "pipeline.yaml:1:"),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    file = write_tree(tmp_path, {"pipeline.yaml": text}) / "pipeline.yaml"
    with pytest.raises(InputError) as raised:
        declared(file)
    assert told in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        declared(tmp_path / "pipeline.yaml")
