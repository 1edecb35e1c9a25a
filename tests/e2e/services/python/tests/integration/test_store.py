"""Points in a real Postgres."""

import pytest
from testcontainers.community.postgres import PostgresContainer

from points.store import Store


@pytest.fixture(scope="module")
def store():
    with PostgresContainer("postgres:15", driver=None) as postgres:
        store = Store(postgres.get_connection_url())
        store.open()
        yield store


def test_points_add_up(store):
    assert store.add("ann", 2) == 2
    assert store.add("ann", 10) == 12
    assert store.balance("ann") == 12


def test_a_customer_without_orders_has_no_points(store):
    assert store.balance("nobody") == 0


def test_it_is_ready_with_its_database(store):
    assert store.ready()
