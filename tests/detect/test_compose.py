"""Dependencies, as the compose file that a team develops with has them."""

from __future__ import annotations

import pytest
import yaml

from tests.detect.given import Files, Look, said

APP: Files = {"requirements.txt": "", "app.py": ""}


def compose(**services: object) -> Files:
    return {**APP, "compose.yaml": yaml.safe_dump({"services": services}, sort_keys=False)}


@pytest.mark.parametrize(
    ("image", "dependency"),
    [
        ("postgres:15-alpine", {"type": "postgres", "version": "15"}),
        ("postgis/postgis:16-3.4", {"type": "postgres", "version": "16"}),
        ("timescale/timescaledb:2.14.2-pg16", {"type": "postgres", "version": "2.14.2"}),
        ("mysql:8.0", {"type": "mysql", "version": "8.0"}),
        ("mariadb:11", {"type": "mariadb", "version": "11"}),
        ("registry.example.com:5000/mirror/redis:7.2", {"type": "redis", "version": "7.2"}),
        ("valkey/valkey:8", {"type": "redis", "version": "8"}),
        ("rabbitmq:3-management", {"type": "rabbitmq", "version": "3"}),
        ("confluentinc/cp-kafka:7.6.0", {"type": "kafka", "version": "7.6.0"}),
        ("redpandadata/redpanda:v24.1.1", {"type": "kafka", "version": "24.1.1"}),
        ("mongo", {"type": "mongodb"}),
        ("minio/minio:latest", {"type": "s3"}),
        ("localstack/localstack:3", {"type": "aws", "version": "3"}),
        ("redis@sha256:" + "0" * 64, {"type": "redis"}),
        ("redis:7@sha256:" + "0" * 64, {"type": "redis", "version": "7"}),
        ("wiremock/wiremock:3", {"type": "http", "image": "wiremock/wiremock:3"}),
        ("acme/other", {"type": "service"}),
        ("adminer:4", None),
        ("dpage/pgadmin4", None),
    ],
)
def test_an_image_is_known_by_its_name(
    look: Look, image: str, dependency: dict[str, str] | None
) -> None:
    found = look(compose(shop={"build": ".", "depends_on": ["other"]}, other={"image": image}))
    assert said(found.dependencies) == ({"other": dependency} if dependency else {})


@pytest.mark.parametrize(
    "url",
    [
        "postgres://user:pass@db:5432/shop",
        "jdbc:postgresql://db/shop",
        "db:5432",
        "db",
        "other:1,db:2",
        "${DB:-postgres://db/x}/y",
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_the_variable_is_the_one_that_names_the_host(look: Look, url: str, listed: bool) -> None:
    env = ["A=dbx:1", f"DB_URL={url}"] if listed else {"A": "mydb", "DB_URL": url}
    services = {"shop": {"build": ".", "environment": env}, "db": {"image": "postgres"}}
    assert said(look(compose(**services)).dependencies) == {
        "db": {"type": "postgres", "env": "DB_URL"}
    }


@pytest.mark.parametrize(
    "own",
    [
        {"build": "."},
        {"build": {"context": "."}},
        {"build": {"dockerfile": "Dockerfile"}},
        {"image": "python:3.12", "volumes": [".:/app"]},
        {"image": "python:3.12", "volumes": [{"type": "bind", "source": "."}]},
    ],
)
def test_the_service_itself_is_none_of_its_dependencies(look: Look, own: object) -> None:
    found = look(compose(web=own, db={"image": "postgres"}))
    assert (list(found.dependencies), found.name.value) == ([], "web")


def test_the_service_is_known_by_its_folders_name_too(look: Look) -> None:
    found = look(compose(shop={"image": "acme/shop"}, db={"image": "postgres"}))
    assert list(found.dependencies) == []


def test_with_no_service_of_its_own_all_are_needed(look: Look) -> None:
    found = look(compose(db={"image": "postgres:15"}, mail={"image": "axllent/mailpit"}))
    assert said(found.dependencies) == {"db": {"type": "postgres", "version": "15"}}
    assert any("add `env`, like `env: DATABASE_URL`" in note for note in found.notes)


def test_the_file_may_be_above_the_services_folder(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from pipelinegen.detect.services import find
    from tests.helpers import write_tree

    top = tmp_path_factory.mktemp("mono")
    (top / ".git").mkdir()
    services = {
        "cart": {"build": "./cart", "environment": ["U=http://rates:8080"]},
        "rates": {"build": "./rates"},
    }
    write_tree(top, {"docker-compose.yml": yaml.safe_dump({"services": services})})
    for name in services:
        write_tree(top / name, APP)
    cart, rates = find(top)
    assert said(cart.dependencies) == {"rates": {"type": "service", "env": "U"}}
    assert cart.dependencies["rates"].because == "../docker-compose.yml:6"
    assert said(rates.dependencies) == {}


def test_the_nodes_of_one_cluster_are_one_dependency(look: Look) -> None:
    env = {"BROKERS": "kafka1:9092,kafka2:9092"}
    node = {"image": "cp-kafka"}
    found = look(compose(shop={"build": ".", "environment": env}, kafka1=node, kafka2=node))
    assert list(found.dependencies) == ["kafka1"]
    assert found.notes == ["compose.yaml:8: `kafka2` is left out, since `kafka1` is there already"]


def test_a_name_that_is_no_host_name_becomes_one(look: Look) -> None:
    services = {
        "shop": {"build": ".", "depends_on": {"My_DB": {"condition": "x"}}},
        "My_DB": {"image": "postgres"},
    }
    assert list(look(compose(**services)).dependencies) == ["my-db"]


def test_merge_keys_are_followed(look: Look) -> None:
    text = "x: &x {image: 'redis:7'}\nservices: {db: {<<: *x}}\n"
    found = look({**APP, "docker-compose.yml": text})
    assert said(found.dependencies) == {"db": {"type": "redis", "version": "7"}}


def test_a_file_that_is_no_yaml_is_told(look: Look) -> None:
    found = look({**APP, "compose.yaml": "a: [\n"})
    assert "compose.yaml: not read, since it is not valid YAML" in found.notes
