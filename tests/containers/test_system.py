"""What is brought up for a service, and what each is told of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelinegen.containers.system import SYSTEM
from pipelinegen.errors import PipelinegenError, Refused
from tests.containers.wanted import CATALOG, IMAGE, REGISTRY, env, needs


def test_the_service_is_told_where_its_dependencies_are_and_waits_for_them(tmp_path: Path) -> None:
    found = needs(
        tmp_path,
        """
        port: 8000
        dependencies:
          db: {type: postgres, env: DATABASE_URL}
          catalog: {type: service, env: CATALOG_URL, port: 81}
          queue: {type: rabbitmq}
        deploy:
          env: {LOG_LEVEL: info, CACHE: true}
          health: {readiness: {path: /readyz}}
        """,
    )
    orders = found["orders"]
    assert list(found) == ["db", "catalog", "queue", "orders"]
    assert env(orders) == {
        "LOG_LEVEL": "info",
        "CACHE": "true",
        "DATABASE_URL": "postgresql://app:app@db:5432/app",
        "CATALOG_URL": "http://catalog:81",
    }
    assert set(orders.needs) == {"db", "catalog", "queue"}
    assert (orders.image, orders.port, orders.health) == (IMAGE, 8000, "/readyz")
    assert orders.variable == SYSTEM
    assert not any(each.private for each in found.values())


def test_without_the_service_its_dependencies_are_there(tmp_path: Path) -> None:
    assert list(needs(tmp_path, CATALOG, image=None)) == ["catalog"]
    assert list(needs(tmp_path, CATALOG, service=False)) == ["catalog"]


def test_a_service_is_started_as_its_image_says(tmp_path: Path) -> None:
    label = {"port": 80, "health": "/up", "env": {"MODE": "plain"}}
    catalog = needs(tmp_path, CATALOG, {"catalog": label})["catalog"]
    assert (catalog.image, catalog.port, catalog.health) == (
        f"{REGISTRY}/catalog:latest",
        80,
        "/up",
    )
    assert env(catalog) == {"MODE": "plain"}


def test_pipeline_yaml_wins_over_what_an_image_says_of_itself(tmp_path: Path) -> None:
    body = "dependencies: {catalog: {type: service, port: 81, health: /own}}"
    catalog = needs(tmp_path, body, {"catalog": {"port": 80, "health": "/up"}})["catalog"]
    assert (catalog.port, catalog.health) == (81, "/own")


def test_an_image_that_says_nothing_listens_on_8080(tmp_path: Path) -> None:
    catalog = needs(tmp_path, CATALOG)["catalog"]
    assert (catalog.port, catalog.health, env(catalog)) == (8080, "/", {})


def test_a_service_that_listens_on_no_port_is_not_asked_on_one(tmp_path: Path) -> None:
    assert needs(tmp_path, CATALOG, {"catalog": {"port": None}})["catalog"].port == 0
    assert needs(tmp_path, f"port: null\n{CATALOG}")["orders"].port == 0


def test_what_a_dependency_needs_is_brought_up_as_its_own(tmp_path: Path) -> None:
    label = {"dependencies": {"db": {"type": "postgres", "env": "DB", "version": "15"}}}
    body = "dependencies: {db: {type: postgres, env: DB}, catalog: {type: service, env: C}}"
    found = needs(tmp_path, body, {"catalog": label})
    (own,) = set(found) - {"db", "catalog", "orders"}
    assert found[own].image == "postgres:15"
    assert found[own].private, "the tests are not told of it"
    assert env(found["catalog"]) == {"DB": f"postgresql://app:app@{own}:5432/app"}
    assert found["catalog"].needs == (own,)
    assert found["orders"].env["DB"] == "postgresql://app:app@db:5432/app"
    assert found["db"].image == "postgres:17"


def test_no_name_of_pipeline_yaml_is_that_of_a_dependencys_own(tmp_path: Path) -> None:
    body = "dependencies: {catalog: {type: service, env: C}, catalog-db: {type: redis, env: R}}"
    label = {"dependencies": {"db": {"type": "postgres", "env": "DB"}}}
    found = needs(tmp_path, body, {"catalog": label})
    assert found["catalog-db"].type == "redis"
    assert env(found["orders"]) == {"C": "http://catalog:8080", "R": "redis://catalog-db:6379/0"}
    assert len(found) == 4


def test_a_service_that_several_need_is_there_once_and_each_has_its_own_variable(
    tmp_path: Path,
) -> None:
    body = """
    dependencies:
      pricing: {type: service, env: PRICING_URL}
      catalog: {type: service, env: CATALOG_URL, image: 'mine:1'}
    """
    labels = {
        "pricing": {"dependencies": {"catalog": {"type": "service", "env": "P", "version": "9"}}},
        "catalog": {"port": 81},
    }
    found = needs(tmp_path, body, labels)
    assert list(found) == ["pricing", "catalog", "orders"]
    assert found["catalog"].image == "mine:1", "pipeline.yaml wins over a label"
    assert found["catalog"].variable == "CATALOG_URL"
    assert env(found["pricing"]) == {"P": "http://catalog:81"}
    assert found["orders"].env["CATALOG_URL"] == "http://catalog:81"


def test_labels_lead_to_services_that_lead_to_others(tmp_path: Path) -> None:
    labels = {
        "catalog": {"dependencies": {"stock": {"type": "service", "env": "STOCK"}}},
        "stock": {"dependencies": {"cache": {"type": "redis", "env": "CACHE"}}},
    }
    found = needs(tmp_path, CATALOG, labels)
    assert found["catalog"].needs == ("stock",)
    assert found["stock"].image == f"{REGISTRY}/stock:latest"
    assert found["stock"].private
    (cache,) = found["stock"].needs
    assert env(found["stock"]) == {"CACHE": f"redis://{cache}:6379/0"}
    assert found["orders"].needs == ("catalog",)


def test_who_needs_the_service_under_test_is_given_it(tmp_path: Path) -> None:
    label = {"dependencies": {"orders": {"type": "service", "env": "ORDERS_URL"}}}
    found = needs(tmp_path, f"port: 8000\n{CATALOG}", {"catalog": label})
    assert list(found) == ["catalog", "orders"]
    assert found["orders"].image == IMAGE
    assert env(found["catalog"]) == {"ORDERS_URL": "http://orders:8000"}
    assert found["catalog"].needs == (), "nobody waits in a circle"


def test_services_that_need_each_other_are_all_told_and_one_begins(tmp_path: Path) -> None:
    labels = {
        "catalog": {"dependencies": {"pricing": {"type": "service", "env": "PRICING"}}},
        "pricing": {"dependencies": {"catalog": {"type": "service", "env": "CATALOG"}}},
    }
    found = needs(tmp_path, CATALOG, labels)
    assert env(found["catalog"]) == {"PRICING": "http://pricing:8080"}
    assert env(found["pricing"]) == {"CATALOG": "http://catalog:8080"}
    assert sorted(len(found[name].needs) for name in labels) == [0, 1]


def test_an_image_by_hand_holds_for_what_dependencies_need_too(tmp_path: Path) -> None:
    labels = {"catalog": {"dependencies": {"db": {"type": "postgres", "env": "DB"}}}}
    images = {"catalog": "mine:1", "postgres": "mirror/postgres:1"}
    found = needs(tmp_path, CATALOG, labels, images=images)
    assert sorted(each.image for each in found.values()) == ["mine:1", "mirror/postgres:1", IMAGE]
    assert found["catalog"].source == "--dependency-image"


def test_migrations_run_with_the_tools_of_the_service_that_declares_them(tmp_path: Path) -> None:
    body = """
    dependencies:
      db: {type: postgres, env: DB, migrate: make schema}
      catalog: {type: service}
    """
    own = {"db": {"type": "postgres", "env": "DB", "migrate": "alembic upgrade head"}}
    found = needs(tmp_path, body, {"catalog": {"dependencies": own}})
    assert (found["db"].migrate, found["db"].tools) == ("make schema", IMAGE)
    (theirs,) = found["catalog"].needs
    assert found[theirs].migrate == "alembic upgrade head"
    assert found[theirs].tools == f"{REGISTRY}/catalog:latest"
    alone = needs(tmp_path, body, image=None)["db"]
    assert (alone.tools, alone.folder) == (None, tmp_path)


def test_init_files_are_those_of_the_services_folder(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("")
    found = needs(tmp_path, "dependencies: {db: {type: postgres, init: [schema.sql]}}")
    assert found["db"].init == (tmp_path / "schema.sql",)


def test_a_service_without_an_image_is_told_with_the_ways_out(tmp_path: Path) -> None:
    with pytest.raises(PipelinegenError) as raised:
        needs(tmp_path, CATALOG, platform=False)
    assert str(raised.value) == (
        "dependencies.catalog: there is no image to start it from\n"
        "      = write `image:` for it in pipeline.yaml, or say where it runs: "
        "`--dependency-url catalog=URL`"
    )


def test_a_dependency_with_the_services_own_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelinegenError, match="`orders` is both the service and one of its dep"):
        needs(tmp_path, "dependencies: {orders: {type: redis}}")


@pytest.mark.parametrize(
    "label",
    ["", "x", "[]", {"port": "80"}, {"port": 0}, {"health": "no path"}, {"env": ["a"]},
     {"dependencies": []}, {"dependencies": {"db": {"type": "oracle"}}},
     {"dependencies": {"NO NAME": {"type": "redis"}}}],
    ids=str,
)  # fmt: skip
def test_a_label_that_is_not_understood_is_refused(tmp_path: Path, label: Any) -> None:
    with pytest.raises(Refused, match=f"^{REGISTRY}/catalog:latest: its label"):
        needs(tmp_path, CATALOG, {"catalog": label})
