"""The order in which containers are brought up, and the variables that tell where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pipelinegen.containers import labels
from pipelinegen.containers.create import alias
from pipelinegen.containers.group import Containers
from pipelinegen.containers.need import Need
from pipelinegen.containers.place import Place
from pipelinegen.containers.started import DependencyError, Started
from pipelinegen.containers.together import Together
from pipelinegen.containers.variables import variables
from tests.containers.given import started

if TYPE_CHECKING:
    from docker.models.containers import Container


class Recorded(Containers):
    """Containers that are up as soon as they are asked for."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self._together = Together(self.get)

    def get(self, need: Need) -> Started:
        self.got.append(need.name)
        return started(need)


def service(name: str, *needs: str) -> Need:
    return Need(name, "service", f"{name}:1", needs=needs)


def test_what_is_needed_is_there_before_who_needs_it() -> None:
    containers = Recorded()
    found = containers.get_all(
        [service("orders", "catalog", "db"), service("catalog", "catalog-db"),
         service("catalog-db"), service("db")]
    )  # fmt: skip
    assert {name: each.need.name for name, each in found.items()} == {
        name: name for name in ("orders", "catalog", "catalog-db", "db")
    }
    got = containers.got
    assert got.index("catalog-db") < got.index("catalog") < got.index("orders")
    assert got.index("db") < got.index("orders")


def test_what_is_not_among_them_is_not_waited_for() -> None:
    assert list(Recorded().get_all([service("orders", "elsewhere")])) == ["orders"]


def test_who_waits_for_each_other_is_told() -> None:
    with pytest.raises(DependencyError, match="a, b: each needs another of them first"):
        Recorded().get_all([service("a", "b"), service("b", "a"), service("c")])


@dataclass
class Box:
    """A container of a run, as Docker lists it."""

    labels: Mapping[str, str]
    ports: Mapping[str, list[dict[str, str]]]

    def reload(self) -> None:
        """It stays as it is."""


def box(name: str, variable: str, port: int = 5432, bound: int = 0) -> Box:
    marks = {
        labels.DEPENDENCY: name,
        labels.PORT: str(port),
        labels.PUBLISHED: str(port),
        labels.URL: "tcp://{host}:{port}/app",
        labels.INSIDE: f"tcp://{name}:{port}/app",
        **({labels.VARIABLE: variable} if variable else {}),
    }
    return Box(marks, {f"{port}/tcp": [{"HostPort": str(bound)}]} if bound else {})


def up(*boxes: Box, inside: bool = False) -> Containers:
    """A run that is up, for a process on the machine, or one in a container beside them."""

    def listed(filters: Mapping[str, str]) -> list[Box]:
        assert filters == {"label": "pipelinegen.run=mine"}
        return list(boxes)

    found: Any = Containers.__new__(Containers)
    found.run = "mine"
    found.place = Place(cast("Container", object()) if inside else None, "localhost")
    found.client = SimpleNamespace(containers=SimpleNamespace(list=listed))
    found.network = None
    return cast(Containers, found)


DB = box("db", "DATABASE_URL", bound=32001)
CATALOG = box("catalog", "CATALOG_URL", 8080, bound=32002)


def test_on_the_machine_variables_have_the_ports_that_are_published() -> None:
    assert variables(up(DB, CATALOG), inside=False) == {
        "CATALOG_URL": "tcp://localhost:32002/app",
        "DATABASE_URL": "tcp://localhost:32001/app",
    }


def test_on_the_network_variables_have_the_names_of_the_containers() -> None:
    assert variables(up(DB, CATALOG), inside=True) == {
        "CATALOG_URL": "tcp://catalog:8080/app",
        "DATABASE_URL": "tcp://db:5432/app",
    }


def test_a_process_in_a_container_has_names_that_no_other_run_has() -> None:
    found = variables(up(DB, inside=True), inside=False)
    assert found == {"DATABASE_URL": f"tcp://{alias('mine', 'db')}:5432/app"}


def test_what_has_no_variable_is_not_told() -> None:
    assert variables(up(box("catalog-db", "")), inside=False) == {}


def test_a_container_without_a_port_is_not_reached() -> None:
    worker = cast("Container", box("worker", "", 0))
    assert up().reach(worker) == ("", 0)
    ended = cast("Container", box("db", "DATABASE_URL"))
    assert up().reach(ended) == ("", 0)
