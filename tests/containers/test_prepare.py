"""What is loaded into a database before the first test, and what is said when it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from pipelinegen.containers.group import Containers
from pipelinegen.containers.need import Need
from pipelinegen.containers.prepare import prepare
from pipelinegen.containers.started import DependencyError
from pipelinegen.plan.recipes import RECIPES
from tests.containers.given import FakeContainer, started

DB = Need("db", "postgres", "postgres:17", port=5432, variable="DATABASE_URL")
NOBODY = cast(Containers, None)


def test_files_are_loaded_in_their_order_then_all_of_it_is_kept_for_the_tests(
    tmp_path: Path,
) -> None:
    files = [tmp_path / "b.sql", tmp_path / "a.sh"]
    for file in files:
        file.write_text("x")
    container = FakeContainer()
    prepare(started(replace(DB, init=tuple(files)), container), NOBODY)
    recipe = RECIPES["postgres"]
    assert [script for script, _ in container.ran] == [
        f"{recipe.load['.sql']} < /tmp/pipelinegen-init.sql",
        f"{recipe.load['.sh']} < /tmp/pipelinegen-init.sh",
        recipe.seal,
    ]
    assert container.files == ["/tmp", "/tmp"]


def test_a_file_that_the_server_refuses_is_told_with_what_it_said(tmp_path: Path) -> None:
    file = tmp_path / "schema.sql"
    file.write_text("CREATE TABEL x;")
    refuses = FakeContainer(code=3, failed='syntax error at or near "TABEL"')
    with pytest.raises(DependencyError) as raised:
        prepare(started(replace(DB, init=(file,)), refuses), NOBODY)
    assert str(raised.value).startswith(f"{file}: cannot be loaded\ndb (postgres:17): `psql ")
    assert str(raised.value).endswith('syntax error at or near "TABEL"')


@pytest.mark.parametrize(("kind", "takes"), [("postgres", ".sql or .sh"), ("redis", "nothing")])
def test_a_file_of_a_kind_that_is_not_loaded_is_told(tmp_path: Path, kind: str, takes: str) -> None:
    need = Need("db", kind, "image:1", init=(tmp_path / "data.csv",))
    with pytest.raises(DependencyError, match=rf"data\.csv cannot be loaded: {kind} takes {takes}"):
        prepare(started(need), NOBODY)


def test_migrations_find_the_url_and_run_in_the_services_folder(tmp_path: Path) -> None:
    need = replace(DB, migrate='echo "$DATABASE_URL" > seen', folder=tmp_path)
    prepare(started(need, host="localhost", port=5), NOBODY)
    assert (tmp_path / "seen").read_text() == "postgresql://app:app@localhost:5/app\n"


def test_a_migration_that_fails_is_told_with_what_it_printed(tmp_path: Path) -> None:
    need = replace(DB, migrate="echo out; echo err >&2; exit 7", folder=tmp_path)
    container = FakeContainer()
    with pytest.raises(DependencyError) as raised:
        prepare(started(need, container), NOBODY)
    assert str(raised.value) == (
        "db: the migration `echo out; echo err >&2; exit 7` ended with 7\nout\nerr"
    )
    assert container.ran == [], "what failed is not kept for the tests"


@dataclass
class Box:
    """A container in which migrations run, and what Docker was told of it.

    Args:
        code: its exit code.
    """

    code: int
    told: tuple[object, ...] = ()
    did: list[str] = field(default_factory=list)

    def create(self, image: str, command: list[str], **more: object) -> Box:
        self.told = (image, command, more["environment"], more["network"], more["labels"])
        return self

    def start(self) -> None:
        self.did.append("start")

    def wait(self) -> dict[str, int]:
        return {"StatusCode": self.code}

    def logs(self, tail: int) -> bytes:
        return b"no such table\n"

    def remove(self, *, force: bool, v: bool) -> None:
        assert force
        assert v
        self.did.append("remove")


@pytest.mark.parametrize("code", [0, 1])
def test_migrations_run_in_the_image_that_has_the_tools(code: int) -> None:
    box = Box(code)
    containers = SimpleNamespace(
        client=SimpleNamespace(containers=box),
        network=SimpleNamespace(name="pipelinegen-run"),
        marks={"a": "label"},
    )
    need = replace(DB, migrate="alembic upgrade head", tools="orders:local")
    told = "no error"
    try:
        prepare(started(need), cast(Containers, containers))
    except DependencyError as error:
        told = str(error)
    assert box.told == (
        "orders:local",
        ["-c", "alembic upgrade head"],
        {"DATABASE_URL": "postgresql://app:app@db:5432/app"},
        "pipelinegen-run",
        {"a": "label"},
    )
    assert box.did == ["start", "remove"]
    assert told == (
        "db: the migration `alembic upgrade head` in orders:local ended with 1\nno such table"
        if code
        else "no error"
    )
