"""What a fixture gives: the parts of a URL that drivers ask for."""

from __future__ import annotations

import pytest

import pipelinegen.testing
from pipelinegen.testing.objects import (
    CLASSES,
    Aws,
    Bucket,
    Database,
    Dependency,
    Kafka,
    Mongo,
    RabbitMq,
    Redis,
)

FULL = "postgresql://me:a%2Fb%40c@db.example.com:5433/app?sslmode=require"


def test_a_drivers_parts_are_those_of_the_url_without_quotes() -> None:
    found = Database("db", FULL, "a test")
    assert (found.host, found.port) == ("db.example.com", 5433)
    assert (found.user, found.password) == ("me", "a/b@c")
    assert found.database == "app"


def test_what_the_url_does_not_name_is_empty() -> None:
    found = Database("db", "mysql://db", "a test")
    assert (found.user, found.password, found.database) == ("", "", "")
    assert (found.image, found.part) == (None, "")


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://h", 80),
        ("https://h/", 443),
        ("postgresql://h/x", 5432),
        ("postgres://h/x", 5432),
        ("mysql://h/x", 3306),
        ("redis://h", 6379),
        ("rediss://h", 6379),
        ("amqp://h", 5672),
        ("amqps://h", 5671),
        ("mongodb://h", 27017),
        ("kafka://h", 9092),
        ("HTTP://h", 80),
        ("http://h:81", 81),
        ("http://[::1]:81/", 81),
        ("mongodb+srv://h/x", 0),
        ("gopher://h", 0),
    ],
)
def test_a_port_that_is_not_named_is_that_of_the_scheme(url: str, port: int) -> None:
    assert Dependency("x", url, "a test").port == port


def test_a_url_may_have_several_hosts() -> None:
    found = Mongo("db", "mongodb://me:a%40b@a:1,b,[::1]:3/app?replicaSet=x", "a test")
    assert found.addresses == [("a", 1), ("b", 27017), ("::1", 3)]
    assert (found.host, found.port, found.user, found.password) == ("a", 1, "me", "a@b")
    assert found.database == "app"


def test_kafkas_clients_take_hosts_with_their_ports() -> None:
    found = Kafka("queue", "kafka://a:1,b", "a test")
    assert found.bootstrap_servers == "a:1,b:9092"


def test_kafkas_names_begin_with_the_tests_own_prefix() -> None:
    assert Kafka("queue", "kafka://a", "a test", part="gw0_1").prefix == "gw0_1-"
    assert Kafka("queue", "kafka://a", "a test").prefix == ""


@pytest.mark.parametrize(
    ("path", "vhost"), [("", "/"), ("/", "/"), ("/%2F", "/"), ("/%2f", "/"), ("/gw0", "gw0")]
)
def test_a_virtual_host_is_that_of_the_url(path: str, vhost: str) -> None:
    assert RabbitMq("queue", f"amqp://app:app@h:5672{path}", "a test").vhost == vhost


@pytest.mark.parametrize(("path", "number"), [("", 0), ("/", 0), ("/0", 0), ("/17", 17)])
def test_a_database_of_redis_is_a_number(path: str, number: int) -> None:
    assert Redis("cache", f"redis://h{path}", "a test").database == number


def test_a_bucket_has_its_keys_and_name_in_the_url() -> None:
    found = Bucket("files", "http://AKIA:a%2Fb@minio:9000/its-bucket", "a test")
    assert found.endpoint == "http://minio:9000"
    assert (found.access_key, found.secret_key) == ("AKIA", "a/b")
    assert (found.bucket, found.region) == ("its-bucket", "us-east-1")


def test_an_account_of_aws_is_its_access_key() -> None:
    found = Aws("cloud", "http://localstack:4566", "a test", part="123456789012")
    assert (found.access_key, found.secret_key) == ("123456789012", "test")
    shared = Aws("cloud", "http://localstack:4566", "a test")
    assert shared.access_key == "000000000000"


@pytest.mark.parametrize("made", [Dependency, *CLASSES.values()])
def test_a_password_is_not_shown(made: type[Dependency]) -> None:
    shown = repr(made("db", "postgresql://me:geheim@db/app", "--dependency-url"))
    assert shown == (f"{made.__name__}(db: postgresql://me:***@db/app from --dependency-url)")


def test_what_can_be_named_in_annotations_is_there() -> None:
    for name in pipelinegen.testing.__all__:
        assert getattr(pipelinegen.testing, name).__name__ == name
    assert {each.__name__ for each in CLASSES.values()} <= set(pipelinegen.testing.__all__)
    with pytest.raises(AttributeError, match=r"module 'pipelinegen\.testing' has no attribute 'X'"):
        _ = pipelinegen.testing.X
