"""Orders in a real Postgres."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg

from orders.app import create_app
from orders.repository import PostgresOrders
from orders.settings import Settings
from tests.fakes import CatalogInMemory


def test_an_order_is_found_again_as_it_was_placed(orders):
    placed = orders.add("tea", "Grüner Tee", 2, 900, "EUR")

    assert orders.get(placed.id) == placed
    assert orders.latest(1) == [placed]


def test_an_order_that_was_never_placed_is_not_found(orders):
    assert orders.get(2**40) is None


def test_many_workers_may_start_at_once_on_an_empty_database(database_url):
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS orders")
    workers = [PostgresOrders(database_url, timeout=10) for _ in range(6)]
    try:
        with ThreadPoolExecutor(len(workers)) as threads:
            list(threads.map(PostgresOrders.open, workers))
        assert all(worker.ready() for worker in workers)
    finally:
        for worker in workers:
            worker.close()


def test_ids_do_not_repeat_when_orders_come_at_once(orders):
    with ThreadPoolExecutor(8) as threads:
        placed = list(
            threads.map(lambda n: orders.add("tea", "Tea", n, 450 * n, "EUR"), range(1, 33))
        )

    assert len({order.id for order in placed}) == 32


def test_a_database_that_is_away_makes_the_service_unready_and_nothing_worse():
    nowhere = PostgresOrders("postgresql://orders@127.0.0.1:1/orders", timeout=0.3)
    nowhere.open()
    try:
        settings = Settings("postgresql://nowhere", "http://nowhere")
        client = create_app(settings, nowhere, CatalogInMemory()).test_client()

        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.post("/api/orders", json={"sku": "tea", "quantity": 1}).status_code == 503
    finally:
        nowhere.close()
