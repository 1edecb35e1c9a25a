"""What is known of each kind of dependency fits together."""

from __future__ import annotations

import string
from typing import get_args
from urllib.parse import urlsplit

import pytest

from pipelinegen.config.dependency import INIT, WEB, DependencyType
from pipelinegen.containers.sources import Given, checked
from pipelinegen.plan.recipes import RECIPES, Recipe
from pipelinegen.testing.objects import RabbitMq
from pipelinegen.testing.plugin import KINDS
from pipelinegen.testing.web import CLASSES

TYPES = get_args(DependencyType)


def fields(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.fixture(params=sorted(RECIPES))
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return RECIPES[request.param]


def test_every_type_of_dependency_has_a_recipe_and_an_object() -> None:
    assert set(RECIPES) == {*TYPES, "browser"}
    assert set(CLASSES) == set(TYPES)
    assert {*KINDS, *WEB} == set(TYPES)


@pytest.mark.parametrize("kind", sorted(RECIPES))
def test_a_url_is_one_with_the_containers_host_and_port(kind: str) -> None:
    recipe = RECIPES[kind]
    assert {"host", "port"} <= fields(recipe.url) <= {"host", "port", "part"}
    url = recipe.url.format(host="its-host", port=7, part=recipe.part)
    assert checked(kind, Given(url, "the recipe"))
    assert (urlsplit(url).hostname, urlsplit(url).port) == ("its-host", 7)


def test_what_is_shared_is_in_the_url(recipe: Recipe) -> None:
    assert not recipe.part or "part" in fields(recipe.url)
    assert not recipe.make or "part" in fields(recipe.url)


def test_the_virtual_host_that_is_shared_is_named() -> None:
    # https://www.rabbitmq.com/docs/uri-spec : `amqp://host/` is the one without a name.
    recipe = RECIPES["rabbitmq"]
    url = recipe.url.format(host="h", port=1, part=recipe.part)
    assert RabbitMq("queue", url, "").vhost == "/"
    assert urlsplit(url).path.lower() == "/%2f"


def test_a_part_is_made_and_removed_by_its_name(recipe: Recipe) -> None:
    for script in (recipe.make, recipe.drop):
        assert not script or "PART" in script or "$part" in script
    if recipe.make:
        assert recipe.drop, "what is made can be removed"


def test_the_user_and_password_of_the_url_are_those_of_the_server(recipe: Recipe) -> None:
    found = urlsplit(recipe.url.format(host="h", port=1, part=""))
    for word, key in ((found.username, "USER"), (found.password, "PASS")):
        told = {value for name, value in recipe.env.items() if key in name}
        assert told == ({word} if word else set())


def test_only_who_has_a_second_port_is_told_of_addresses(recipe: Recipe) -> None:
    named = {name for value in recipe.env.values() for name in fields(value)}
    assert named == ({"alias", "host", "port"} if recipe.outside else set())
    assert recipe.outside != recipe.port


def test_a_server_without_a_check_of_its_own_speaks_http(recipe: Recipe) -> None:
    assert recipe.healthy or recipe.url.startswith("http://")


def test_what_needs_no_image_of_its_own_has_one_with_a_version(recipe: Recipe) -> None:
    assert bool(recipe.image) == bool(recipe.version)
    assert ":" not in recipe.image
    assert recipe.version != "latest"


@pytest.mark.parametrize("kind", TYPES)
def test_the_files_that_pipeline_yaml_takes_can_be_loaded(kind: str) -> None:
    assert set(INIT.get(kind, ())) == set(RECIPES[kind].load)


def test_a_kind_that_is_named_has_an_official_image() -> None:
    assert {kind for kind in TYPES if not RECIPES[kind].image} == set(WEB)
