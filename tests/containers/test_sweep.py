"""What killed runs have left is removed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from docker.errors import NotFound

from pipelinegen.containers.labels import RUN, UNTIL
from pipelinegen.containers.sweep import remove_run, sweep

if TYPE_CHECKING:
    from docker import DockerClient

OVER = {RUN: "killed", UNTIL: "1"}
NEEDED = {RUN: "mine", UNTIL: "99999999999"}


@dataclass
class Thing:
    """A container or a network."""

    name: str
    labels: dict[str, str]
    gone: bool = False
    refuses: bool = False
    containers: list[Thing] = field(default_factory=list)

    @property
    def attrs(self) -> dict[str, Any]:
        return {"Labels": self.labels, "Names": [f"/{self.name}"]}

    def reload(self) -> None:
        """It stays as it is."""

    def disconnect(self, container: Thing, force: bool) -> None:
        self.containers.remove(container)

    def remove(self, **how: bool) -> None:
        assert not self.containers, "Docker refuses while somebody is on it"
        if self.refuses:
            raise NotFound("somebody else was faster")
        self.gone = True


@dataclass
class Things:
    """What Docker has of a kind; it knows of labels, by name or with their value."""

    all_: list[Thing]

    def list(self, filters: dict[str, str], **how: bool) -> list[Thing]:
        key, equals, value = filters["label"].partition("=")
        found = [each for each in self.all_ if key in each.labels]
        return [each for each in found if not equals or each.labels[key] == value]


@dataclass
class Docker:
    containers: Things
    networks: Things


Made = Callable[..., "DockerClient"]


def client(containers: list[Thing], networks: list[Thing]) -> DockerClient:
    return cast("DockerClient", Docker(Things(containers), Things(networks)))


def test_what_is_forgotten_goes_and_what_is_needed_stays() -> None:
    old, used, foreign = Thing("old", OVER), Thing("used", NEEDED), Thing("foreign", {})
    net, used_net = Thing("old-net", OVER), Thing("used-net", NEEDED)
    docker = client([old, used, foreign], [net, used_net])
    assert sweep(docker) == ["old", "old-net"]
    assert [each.gone for each in (old, net, used, used_net, foreign)] == [
        *(True, True),
        *(False, False, False),
    ]


def test_a_dry_run_only_says_what_would_go() -> None:
    old, net = Thing("old", OVER), Thing("old-net", OVER)
    assert sweep(client([old], [net]), dry=True) == ["old", "old-net"]
    assert not old.gone
    assert not net.gone


def test_a_run_goes_as_a_whole_and_others_stay() -> None:
    mine, other = Thing("mine", NEEDED), Thing("other", {**NEEDED, RUN: "mine-too"})
    net = Thing("net", NEEDED)
    assert remove_run(client([mine, other], [net]), "mine") == ["mine", "net"]
    assert [mine.gone, net.gone, other.gone] == [True, True, False]


def test_the_tests_own_container_is_taken_off_the_network_and_lives() -> None:
    tests = Thing("tests", {})
    net = Thing("net", OVER, containers=[tests])
    sweep(client([], [net]))
    assert net.gone
    assert not tests.gone


@pytest.mark.parametrize("which", ["container", "network"])
def test_two_may_sweep_at_the_same_time(which: str) -> None:
    fast, left = Thing("fast", OVER, refuses=True), Thing("left", OVER)
    found = ([fast, left], []) if which == "container" else ([], [fast, left])
    sweep(client(*found))
    assert left.gone
