from __future__ import annotations

import pytest


def test_an_order_costs_what_the_catalog_says(client):
    answer = client.post("/api/orders", json={"sku": "tea", "quantity": 3})

    assert answer.status_code == 201
    assert answer.json["total_cents"] == 3 * 450
    assert answer.json["currency"] == "CHF"
    assert client.get(answer.headers["Location"]).json == answer.json


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        [],
        {},
        {"sku": "tea"},
        {"sku": " ", "quantity": 1},
        {"sku": 7, "quantity": 1},
        {"sku": "tea", "quantity": 0},
        {"sku": "tea", "quantity": 1001},
        {"sku": "tea", "quantity": "many"},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(client, orders, wanted):
    answer = client.post("/api/orders", json=wanted)

    assert answer.status_code == 400
    assert answer.json["error"]
    assert orders.kept == []


def test_a_product_that_is_not_in_the_catalog_is_not_found(client):
    answer = client.post("/api/orders", json={"sku": "gold", "quantity": 1})

    assert answer.status_code == 404
    assert "gold" in answer.json["error"]


def test_without_the_catalog_nothing_is_sold(client, catalog, orders):
    catalog.answers = False

    assert client.post("/api/orders", json={"sku": "tea", "quantity": 1}).status_code == 503
    assert orders.kept == []


def test_the_latest_order_comes_first(client):
    for quantity in (1, 2):
        client.post("/api/orders", json={"sku": "tea", "quantity": quantity})

    assert [order["quantity"] for order in client.get("/api/orders").json] == [2, 1]


def test_an_unknown_order_is_not_found(client):
    assert client.get("/api/orders/99").status_code == 404
