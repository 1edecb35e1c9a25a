"""The fixtures. What they do is imported when a test asks for one.

https://docs.pytest.org/en/stable/how-to/fixtures.html#dynamic-scope
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from pipelinegen.testing.plugin import WINDOW, said, session_of

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from pipelinegen.testing.objects import (
        Aws,
        Bucket,
        Database,
        Dependency,
        Kafka,
        Mongo,
        RabbitMq,
        Redis,
    )
    from pipelinegen.testing.web import System

Scope = Literal["session", "module", "class", "function"]


def _scope(fixture_name: str, config: pytest.Config) -> Scope:
    return cast("Scope", said(config, "dependency_scope"))


@pytest.fixture(scope=_scope)
def dependency(request: pytest.FixtureRequest) -> Iterator[Callable[..., Dependency]]:
    """A dependency of pipeline.yaml by its name: ``dependency("catalog").url``.

    It is the one that an option or the environment names, else a container that is brought up; a
    database or the like in it is this test's own (see ``--dependency-scope``). ``url=`` names one
    by hand. What pipeline.yaml does not declare is any HTTP service by its image:
    ``dependency("wiremock", image="wiremock/wiremock:3.9.1", port=8080, health="/__admin")``.
    """
    from pipelinegen.testing.make import by_image, clear

    session, known = session_of(request.config), dict[str, Any]()
    with ExitStack() as stack:

        def find(
            name: str,
            url: str | None = None,
            *,
            image: str | None = None,
            port: int | None = None,
            health: str | None = None,
        ) -> Dependency:
            if url is not None or name not in known:
                with clear(request.session):
                    ad_hoc = by_image(name, image, port, health)
                    known[name] = stack.enter_context(session.dependency(name, url, ad_hoc))
            return cast("Dependency", known[name])

        yield find


def _only(request: pytest.FixtureRequest, kind: str) -> Any:
    """The dependency of a type: `dependency` gives the same one for its name."""
    from pipelinegen.testing.make import clear

    with clear(request.session):
        name = session_of(request.config).name_of(kind)
    return request.getfixturevalue("dependency")(name)


@pytest.fixture(scope=_scope)
def postgres(request: pytest.FixtureRequest) -> Database:
    """A Postgres database: ``psycopg.connect(postgres.url)``."""
    return cast("Database", _only(request, "postgres"))


@pytest.fixture(scope=_scope)
def mysql(request: pytest.FixtureRequest) -> Database:
    """A MySQL database: ``pymysql.connect(host=mysql.host, port=mysql.port, user=mysql.user,
    password=mysql.password, database=mysql.database)``.
    """
    return cast("Database", _only(request, "mysql"))


@pytest.fixture(scope=_scope)
def mariadb(request: pytest.FixtureRequest) -> Database:
    """A MariaDB database: ``pymysql.connect(host=mariadb.host, port=mariadb.port,
    user=mariadb.user, password=mariadb.password, database=mariadb.database)``.
    """
    return cast("Database", _only(request, "mariadb"))


@pytest.fixture(scope=_scope)
def redis(request: pytest.FixtureRequest) -> Redis:
    """A Redis database: ``redis.Redis.from_url(redis.url)``."""
    return cast("Redis", _only(request, "redis"))


@pytest.fixture(scope=_scope)
def rabbitmq(request: pytest.FixtureRequest) -> RabbitMq:
    """A virtual host of RabbitMQ: ``pika.BlockingConnection(pika.URLParameters(rabbitmq.url))``."""
    return cast("RabbitMq", _only(request, "rabbitmq"))


@pytest.fixture(scope=_scope)
def kafka(request: pytest.FixtureRequest) -> Kafka:
    """A Kafka broker: ``KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)``, with topics
    named ``f"{kafka.prefix}orders"``.
    """
    return cast("Kafka", _only(request, "kafka"))


@pytest.fixture(scope=_scope)
def mongodb(request: pytest.FixtureRequest) -> Mongo:
    """A MongoDB database: ``pymongo.MongoClient(mongodb.url).get_default_database()``."""
    return cast("Mongo", _only(request, "mongodb"))


@pytest.fixture(scope=_scope)
def s3(request: pytest.FixtureRequest) -> Bucket:
    """A bucket: ``boto3.client("s3", endpoint_url=s3.endpoint, aws_access_key_id=s3.access_key,
    aws_secret_access_key=s3.secret_key, region_name=s3.region)``, its name is ``s3.bucket``.
    """
    return cast("Bucket", _only(request, "s3"))


@pytest.fixture(scope=_scope)
def aws(request: pytest.FixtureRequest) -> Aws:
    """An account of AWS: ``boto3.client("sqs", endpoint_url=aws.url,
    aws_access_key_id=aws.access_key, aws_secret_access_key=aws.secret_key,
    region_name=aws.region)``.
    """
    return cast("Aws", _only(request, "aws"))


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> System:
    """The service under test, with all it depends on: ``system.get("/api/orders").json()``,
    ``system.dependency("catalog").url``.

    It is where SYSTEM_URL or ``--system-url`` says; else it is built from this working tree and
    brought up together with its dependencies.
    """
    from pipelinegen.testing.make import clear
    from pipelinegen.testing.system import system as found

    with clear(request.session):
        return found(session_of(request.config), request.config.option.system_url)
    raise AssertionError


@pytest.fixture(scope="session")
def _browser(request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    """A window that lives as long as the tests of its browser."""
    from pipelinegen.testing.browser import driver
    from pipelinegen.testing.make import clear

    with ExitStack() as stack:
        with clear(request.session):
            window = stack.enter_context(driver(session_of(request.config), request.param))
        yield window


@pytest.fixture
def browser(_browser: WebDriver, request: pytest.FixtureRequest) -> Iterator[WebDriver]:
    """A browser, one after the other of ``--browsers``: Selenium's driver, without cookies of
    other tests. ``browser.get(reachable_url("http://localhost:8000/"))``.

    Of a test that fails a picture, the page's source and the console are kept.
    """
    from pipelinegen.testing.browser import fresh

    request.node.stash[WINDOW] = _browser
    yield _browser
    del request.node.stash[WINDOW]
    fresh(_browser)


@pytest.fixture(scope="session")
def reachable_url(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """The URL of a server in this process as a browser in its container has it. The server has to
    listen on all addresses (``0.0.0.0``), not on localhost alone.
    """
    from pipelinegen.testing.browser import reachable
    from pipelinegen.testing.make import clear

    session = session_of(request.config)

    def find(url: str) -> str:
        with clear(request.session):
            return reachable(session, url)
        raise AssertionError

    return find
