"""Where reviews are kept."""

from __future__ import annotations

from typing import Protocol

from pymongo import MongoClient
from pymongo.errors import PyMongoError


class Store(Protocol):
    def add(self, sku: str, stars: int, text: str) -> None: ...
    def of(self, sku: str) -> list[dict]: ...
    def ready(self) -> bool: ...


class MongoStore:
    def __init__(self, url: str) -> None:
        self._client = MongoClient(url, serverSelectionTimeoutMS=2000)
        self._reviews = self._client.get_default_database("reviews")["reviews"]

    def add(self, sku: str, stars: int, text: str) -> None:
        self._reviews.insert_one({"sku": sku, "stars": stars, "text": text})

    def of(self, sku: str) -> list[dict]:
        return list(self._reviews.find({"sku": sku}, {"_id": 0}).limit(100))

    def ready(self) -> bool:
        try:
            self._client.admin.command("ping")
        except PyMongoError:
            return False
        return True
