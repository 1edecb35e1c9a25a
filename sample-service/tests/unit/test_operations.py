"""What the platform sees: probes, metrics, logs, settings."""

from __future__ import annotations

import json
import logging
import logging.config

import pytest
from prometheus_client import REGISTRY

from orders import logs
from orders.settings import Settings


def test_it_is_alive_without_its_database_but_not_ready(client, orders):
    orders.answers = False

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_it_is_ready_with_its_database(client):
    assert client.get("/readyz").status_code == 200


def test_orders_are_counted_by_currency(client):
    def counted():
        return REGISTRY.get_sample_value("orders_total", {"currency": "CHF"})

    before = counted()
    client.post("/api/orders", json={"sku": "tea", "quantity": 1})
    client.post("/api/orders", json={"sku": "gold", "quantity": 1})

    assert counted() == before + 1
    assert 'orders_total{currency="CHF"}' in client.get("/metrics").text


def test_requests_are_counted_by_route_and_probes_are_not(client):
    client.get("/api/orders/12345")
    client.get("/healthz")
    metrics = client.get("/metrics").text

    assert 'route="/api/orders/<int:number>"' in metrics
    assert "/api/orders/12345" not in metrics
    assert "/healthz" not in metrics


def test_a_log_line_is_one_json_object(capsys):
    before = logging.root.handlers[:], logging.root.level
    logging.config.dictConfig(logs.configuration("info"))
    try:
        logging.getLogger("orders").info("two\nlines", extra={"order": 7})
    finally:
        logging.root.handlers[:], logging.root.level = before

    line = json.loads(capsys.readouterr().out)
    assert line["message"] == "two\nlines"
    assert (line["level"], line["logger"], line["order"]) == ("INFO", "orders", 7)


def test_settings_name_all_that_is_missing():
    with pytest.raises(SystemExit, match="DATABASE_URL and CATALOG_URL"):
        Settings.from_environment({})


def test_settings_have_defaults():
    settings = Settings.from_environment({"DATABASE_URL": "d", "CATALOG_URL": "http://c/"})

    assert settings == Settings("d", "http://c", currency="EUR", log_level="info")
