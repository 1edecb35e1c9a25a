"""What containers are told of dependencies that are not containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.containers.system import seen_from_containers
from tests.containers.wanted import env, needs


def test_a_url_that_is_given_is_used_instead_of_a_container(tmp_path: Path) -> None:
    body = "dependencies: {db: {type: postgres, env: DB}, catalog: {type: service, env: C}}"
    urls = {"db": "postgresql://u:p@localhost:5432/x", "catalog": "https://catalog.example.com"}
    found = needs(tmp_path, body, urls=urls)
    assert list(found) == ["orders"]
    assert env(found["orders"]) == {
        "DB": "postgresql://u:p@host.docker.internal:5432/x",
        "C": "https://catalog.example.com",
    }


JDBC = """
dependencies:
  db: {type: postgres, env: DB, format: "jdbc:postgresql://{host}:{port}/{database}?user={user}"}
"""


def test_a_url_is_written_in_the_format_that_the_service_takes(tmp_path: Path) -> None:
    found = needs(tmp_path, JDBC)
    assert env(found["orders"]) == {"DB": "jdbc:postgresql://db:5432/app?user=app"}


def test_a_given_url_is_written_in_the_format_too(tmp_path: Path) -> None:
    found = needs(tmp_path, JDBC, urls={"db": "postgresql://me:x@localhost:1/shop"})
    jdbc = "jdbc:postgresql://host.docker.internal:1/shop?user=me"
    assert env(found["orders"]) == {"DB": jdbc}


def test_a_given_service_is_that_of_all_who_need_it_a_given_database_is_not(
    tmp_path: Path,
) -> None:
    body = """
    dependencies:
      pricing: {type: service, env: PRICING}
      catalog: {type: service, env: CATALOG}
      db: {type: postgres, env: DB}
    """
    own = {"catalog": {"type": "service", "env": "C"}, "db": {"type": "postgres", "env": "D"}}
    urls = {"catalog": "http://localhost:9", "db": "postgresql://elsewhere/app"}
    found = needs(tmp_path, body, {"pricing": {"dependencies": own}}, urls=urls)
    assert "catalog" not in found
    assert found["pricing"].env["C"] == "http://host.docker.internal:9"
    assert found["orders"].env["DB"] == "postgresql://elsewhere/app"
    assert "elsewhere" not in found["pricing"].env["D"]


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("http://localhost:8080/api?x=1#y", "http://host.docker.internal:8080/api?x=1#y"),
        ("http://LOCALHOST/", "http://host.docker.internal/"),
        ("http://127.0.0.1:1", "http://host.docker.internal:1"),
        ("http://[::1]:1/", "http://host.docker.internal:1/"),
        ("mysql://u:p%40@localhost/x", "mysql://u:p%40@host.docker.internal/x"),
        ("http://catalog.example.com:1/", "http://catalog.example.com:1/"),
        ("http://example.com/localhost:1", "http://example.com/localhost:1"),
        ("mongodb://a:1,b:2/x", "mongodb://a:1,b:2/x"),
        (
            "mongodb://u:p@localhost:1,b:2/x",
            "mongodb://u:p@host.docker.internal:1,b:2/x",
        ),
    ],
)
def test_a_url_of_this_machine_as_containers_have_it(url: str, seen: str) -> None:
    assert seen_from_containers(url) == seen
