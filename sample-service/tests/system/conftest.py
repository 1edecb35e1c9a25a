"""The service and its dependencies run somewhere; all that is known of them are two URLs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import requests


class Service:
    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.session = requests.Session()

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=10)

    def post(self, path: str, json: object) -> requests.Response:
        return self.session.post(self.url + path, json=json, timeout=10)


def _service(name: str) -> Iterator[Service]:
    if not os.environ.get(name):
        pytest.fail(f"the system tests need {name}, the URL of a running service", pytrace=False)
    service = Service(os.environ[name])
    yield service
    service.session.close()


@pytest.fixture(scope="session")
def orders() -> Iterator[Service]:
    yield from _service("SYSTEM_URL")


@pytest.fixture(scope="session")
def catalog() -> Iterator[Service]:
    yield from _service("CATALOG_URL")
