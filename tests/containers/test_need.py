"""With which image a dependency is started, and how others find it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelinegen.config.dependency import Dependency
from pipelinegen.containers.need import Need, need
from pipelinegen.errors import PipelinegenError

HERE = Path("/service")
OVERRIDE = ("mirror/postgres:1", "--dependency-image")


def made(
    name: str = "db",
    *,
    override: tuple[str, str] | None = None,
    registry: str | None = None,
    **said: Any,
) -> Need:
    return need(name, Dependency.model_validate(said), HERE, override, registry)


def test_an_image_by_hand_wins_over_pipeline_yaml() -> None:
    found = made(type="postgres", image="own/postgres:2", override=OVERRIDE)
    assert (found.image, found.source) == OVERRIDE


def test_the_image_in_pipeline_yaml_wins_over_the_version() -> None:
    found = made(type="postgres", image="own/postgres:2", version="15")
    assert (found.image, found.source) == ("own/postgres:2", "pipeline.yaml")


def test_a_version_is_that_of_the_official_image() -> None:
    found = made(type="postgres", version="15")
    assert (found.image, found.source) == ("postgres:15", "pipeline.yaml")


def test_nothing_said_is_the_default_version() -> None:
    found = made(type="postgres")
    assert (found.image, found.source) == ("postgres:17", "the default")


@pytest.mark.parametrize(("version", "tag"), [(None, "latest"), ("1.4", "1.4")])
def test_another_service_comes_from_the_platforms_registry(version: str | None, tag: str) -> None:
    found = made("catalog", type="service", version=version, registry="registry.example.com/shop")
    assert found.image == f"registry.example.com/shop/catalog:{tag}"
    assert found.source == "the platform's registry"


@pytest.mark.parametrize(
    ("kind", "registry"), [("service", None), ("http", None), ("http", "registry.example.com")]
)
def test_without_an_image_it_is_said_how_to_name_one(kind: str, registry: str | None) -> None:
    with pytest.raises(PipelinegenError) as raised:
        made("pay", type=kind, registry=registry)
    assert str(raised.value) == (
        "dependencies.pay: there is no image to start it from\n"
        "      = write `image:` for it in pipeline.yaml, or say where it runs: "
        "`--dependency-url pay=URL`"
    )


def test_all_that_pipeline_yaml_says_is_known_of_it() -> None:
    found = made(
        type="postgres",
        env="DATABASE_URL",
        port=5433,
        init=["db/schema.sql", "db/data.sql"],
        migrate="make migrate",
    )
    assert found.variable == "DATABASE_URL"
    assert found.port == 5433
    assert found.init == (HERE / "db/schema.sql", HERE / "db/data.sql")
    assert found.migrate == "make migrate"
    assert found.inside == "postgresql://app:app@db:5433/app"


def test_what_is_not_said_is_what_its_kind_does() -> None:
    found = made(type="postgres")
    assert (found.port, found.variable, found.init, found.migrate) == (5432, None, (), None)
    assert found.inside == "postgresql://app:app@db:5432/app"
    web = made("pay", type="http", image="pay:1")
    assert (web.port, web.health, web.inside) == (8080, "/", "http://pay:8080")
    assert made("pay", type="http", image="pay:1", health="/up").health == "/up"


def test_a_language_that_writes_urls_in_its_own_way_gets_them_so() -> None:
    jdbc = "jdbc:postgresql://{host}:{port}/{database}?user={user}&password={password}"
    found = made(type="postgres", env="DATABASE_URL", format=jdbc)
    assert found.inside == "jdbc:postgresql://db:5432/app?user=app&password=app"
    assert found.value("10.0.0.1", 30000).startswith("jdbc:postgresql://10.0.0.1:30000/app?")
    # The driver of the tests takes the URL as all drivers of its language have it.
    assert found.url("10.0.0.1", 30000) == "postgresql://app:app@10.0.0.1:30000/app"
    assert made(type="redis", env="X", format="[{url}]").inside == "[redis://db:6379/0]"
