import pytest

from points.app import create_app
from points.balance import earned


class InMemory:
    def __init__(self):
        self.points = {}

    def ready(self):
        return False

    def add(self, customer, points):
        self.points[customer] = self.balance(customer) + points
        return self.balance(customer)

    def balance(self, customer):
        return self.points.get(customer, 0)


@pytest.mark.parametrize(("cents", "points"), [(0, 0), (99, 0), (100, 1), (1234, 12)])
def test_a_full_euro_earns_a_point(cents, points):
    assert earned(cents) == points


def test_nothing_is_earned_by_less_than_nothing():
    with pytest.raises(ValueError):
        earned(-1)


@pytest.fixture
def client():
    return create_app(InMemory()).test_client()


def test_points_add_up(client):
    client.post("/customers/ann/orders", json={"cents": 250})
    assert client.post("/customers/ann/orders", json={"cents": 1000}).status_code == 201
    assert client.get("/customers/ann/points").json == {"points": 12}


def test_an_order_without_an_amount_is_refused(client):
    assert client.post("/customers/ann/orders", json={}).status_code == 400


def test_it_is_alive_and_not_ready_without_a_database(client):
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
