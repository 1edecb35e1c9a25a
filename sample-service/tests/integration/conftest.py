from __future__ import annotations

from collections.abc import Iterator

import pytest

from orders.repository import PostgresOrders


@pytest.fixture(scope="session")
def database_url(postgres) -> str:
    """The database that the environment names, or one that lives as long as the tests."""
    return postgres.url


@pytest.fixture
def orders(database_url: str) -> Iterator[PostgresOrders]:
    kept = PostgresOrders(database_url, timeout=10)
    kept.open()
    yield kept
    kept.close()
