from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from orders.repository import PostgresOrders


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """The database that the environment names, or one that lives as long as the tests."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    from testcontainers.community.postgres import PostgresContainer

    with PostgresContainer("postgres:15", driver=None) as postgres:
        yield postgres.get_connection_url()


@pytest.fixture
def orders(database_url: str) -> Iterator[PostgresOrders]:
    kept = PostgresOrders(database_url, timeout=10)
    kept.open()
    yield kept
    kept.close()
