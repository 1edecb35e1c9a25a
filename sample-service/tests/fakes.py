"""What the tests use in place of a database and of the catalog."""

from __future__ import annotations

from datetime import UTC, datetime

from orders.catalog import CatalogUnavailable, Product, UnknownProduct
from orders.repository import Order


class OrdersInMemory:
    def __init__(self) -> None:
        self.kept: list[Order] = []
        self.answers = True

    def add(self, sku: str, name: str, quantity: int, total_cents: int, currency: str) -> Order:
        order = Order(
            len(self.kept) + 1, sku, name, quantity, total_cents, currency, datetime.now(UTC)
        )
        self.kept.append(order)
        return order

    def get(self, number: int) -> Order | None:
        return next((order for order in self.kept if order.id == number), None)

    def latest(self, limit: int = 20) -> list[Order]:
        return self.kept[::-1][:limit]

    def ready(self) -> bool:
        return self.answers


class CatalogInMemory:
    def __init__(self) -> None:
        self.answers = True
        self.products = {"tea": Product("tea", "Green tea", 450)}

    def product(self, sku: str) -> Product:
        if not self.answers:
            raise CatalogUnavailable("connection refused")
        if sku not in self.products:
            raise UnknownProduct(sku)
        return self.products[sku]
