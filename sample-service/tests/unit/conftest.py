from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from orders.app import create_app
from orders.settings import Settings
from tests.fakes import CatalogInMemory, OrdersInMemory


@pytest.fixture
def orders() -> OrdersInMemory:
    return OrdersInMemory()


@pytest.fixture
def catalog() -> CatalogInMemory:
    return CatalogInMemory()


@pytest.fixture
def client(orders: OrdersInMemory, catalog: CatalogInMemory) -> FlaskClient:
    settings = Settings("postgresql://nowhere", "http://nowhere", currency="CHF")
    return create_app(settings, orders, catalog).test_client()
