from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from reviews.main import create_app


class StoreInMemory:
    def __init__(self) -> None:
        self.kept: list[dict] = []
        self.answers = True

    def add(self, sku: str, stars: int, text: str) -> None:
        self.kept.append({"sku": sku, "stars": stars, "text": text})

    def of(self, sku: str) -> list[dict]:
        return [review for review in self.kept if review["sku"] == sku]

    def ready(self) -> bool:
        return self.answers


@pytest.fixture
def store() -> StoreInMemory:
    return StoreInMemory()


@pytest.fixture
def client(store: StoreInMemory) -> TestClient:
    return TestClient(create_app(store))


def test_the_average_is_over_all_reviews_of_a_product(client):
    for stars in (5, 4, 4):
        assert client.post("/products/tea/reviews", json={"stars": stars}).status_code == 201
    client.post("/products/coffee/reviews", json={"stars": 1})

    assert client.get("/products/tea/reviews").json()["average"] == 4.33


def test_a_product_without_reviews_has_no_average(client):
    assert client.get("/products/gold/reviews").json()["average"] is None


@pytest.mark.parametrize("stars", [0, 6, "many"])
def test_stars_are_from_one_to_five(client, stars):
    assert client.post("/products/tea/reviews", json={"stars": stars}).status_code == 422


def test_ready_only_with_the_database(client, store):
    assert client.get("/readyz").status_code == 200
    store.answers = False
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_metrics_are_served(client):
    assert "reviews_written_total" in client.get("/metrics/").text
