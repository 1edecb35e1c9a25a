"""Ordering, from the outside: only HTTP, and nothing that other orders there would break."""

from __future__ import annotations


def counted(orders) -> float:
    lines = orders.get("/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("orders_total{"))


def test_the_service_is_alive_and_ready(orders):
    assert orders.get("/healthz").status_code == 200
    assert orders.get("/readyz").status_code == 200


def test_an_order_for_tea_costs_what_the_catalog_asks_for_tea(orders, catalog):
    price = catalog.get("/products/tea").json()["price_cents"]

    placed = orders.post("/api/orders", json={"sku": "tea", "quantity": 3})

    assert placed.status_code == 201
    assert placed.json()["total_cents"] == 3 * price


def test_a_placed_order_is_kept(orders):
    placed = orders.post("/api/orders", json={"sku": "tea", "quantity": 1})

    assert orders.get(placed.headers["Location"]).json() == placed.json()


def test_a_product_that_the_catalog_does_not_have_cannot_be_ordered(orders, catalog):
    assert catalog.get("/products/philosophers-stone").status_code == 404

    placed = orders.post("/api/orders", json={"sku": "philosophers-stone", "quantity": 1})

    assert placed.status_code == 404


def test_every_order_is_counted_whichever_worker_takes_it(orders):
    before = counted(orders)

    for _ in range(10):
        orders.post("/api/orders", json={"sku": "tea", "quantity": 1}).raise_for_status()

    # At least: others may order at the same time.
    assert counted(orders) >= before + 10
