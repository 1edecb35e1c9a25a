"""The catalog service: what there is to order, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import requests


class UnknownProduct(Exception):
    pass


class CatalogUnavailable(Exception):
    pass


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    price_cents: int


class Catalog:
    def __init__(self, url: str, timeout: float = 2.0) -> None:
        self._url = url
        self._timeout = timeout

    def product(self, sku: str) -> Product:
        try:
            answer = requests.get(
                f"{self._url}/products/{quote(sku, safe='')}", timeout=self._timeout
            )
            if answer.status_code == 404:
                raise UnknownProduct(sku)
            answer.raise_for_status()
            found = answer.json()
            return Product(sku, str(found["name"]), int(found["price_cents"]))
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise CatalogUnavailable(str(error)) from error
