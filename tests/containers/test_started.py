"""What a test gets of a container that is up."""

from __future__ import annotations

import re

import pytest

from pipelinegen.containers.need import Need
from pipelinegen.containers.started import DependencyError
from pipelinegen.plan.recipes import RECIPES
from tests.containers.given import FakeContainer, started

KINDS = ["postgres", "mysql", "mariadb", "redis", "rabbitmq", "kafka", "mongodb", "s3", "aws"]


def of(kind: str) -> Need:
    return Need("db", kind, f"{kind}:1", port=RECIPES[kind].port)


def test_a_url_has_the_host_and_port_of_this_process() -> None:
    found = started(of("postgres"), host="172.18.0.1", port=32001)
    assert found.url() == "postgresql://app:app@172.18.0.1:32001/app"
    assert found.url("gw0_1") == "postgresql://app:app@172.18.0.1:32001/gw0_1"


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_parts_have_the_same_name(kind: str) -> None:
    up = started(of(kind))
    parts = [up.own("gw0") for _ in range(20)]
    assert len(set(parts)) == 20


def test_a_part_is_named_as_its_kind_takes_it() -> None:
    assert re.fullmatch(r"gw0_[0-9a-f]{8}", started(of("postgres")).own("gw0"))
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    assert re.fullmatch(r"gw0-[0-9a-f]{8}", started(of("s3")).own("gw0"))
    assert re.fullmatch(r"\d{12}", started(of("aws")).own("gw0"))


def test_a_part_that_the_server_names_itself_has_that_name() -> None:
    container = FakeContainer(printed="17\n")
    assert started(of("redis"), container).own("gw0") == "17"


def test_a_part_is_made_and_removed_by_the_servers_own_tools() -> None:
    container = FakeContainer()
    up = started(of("postgres"), container)
    part = up.own("gw0")
    up.drop(part)
    recipe = RECIPES["postgres"]
    assert container.ran == [(recipe.make, {"PART": part}), (recipe.drop, {"PART": part})]


def test_a_server_that_refuses_is_told_with_what_it_said() -> None:
    refuses = FakeContainer(code=1, printed="out", failed="ERROR: no space\n")
    with pytest.raises(DependencyError) as raised:
        started(of("postgres"), refuses).own("gw0")
    make = RECIPES["postgres"].make
    assert str(raised.value) == f"db (postgres:1): `{make}` ended with 1\nERROR: no space"


def test_what_cannot_be_removed_goes_with_its_container() -> None:
    refuses = FakeContainer(code=1)
    started(of("postgres"), refuses).drop("gw0_1")
    assert len(refuses.ran) == 1


def test_the_log_is_all_of_it_or_its_last_lines() -> None:
    up = started(of("postgres"), FakeContainer(log="a\nb\nc"))
    assert up.logs() == "a\nb\nc"
    assert up.logs(lines=2) == "b\nc"
