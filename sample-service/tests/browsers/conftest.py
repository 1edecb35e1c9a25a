"""A browser in a container, and the service where that browser can reach it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.remote.webdriver import WebDriver
from testcontainers.community.selenium import BrowserWebDriverContainer
from werkzeug.serving import make_server

from orders.app import create_app
from orders.settings import Settings
from tests.fakes import CatalogInMemory, OrdersInMemory

OPTIONS = {"chrome": webdriver.ChromeOptions, "firefox": webdriver.FirefoxOptions}


@pytest.fixture(scope="session", params=sorted(OPTIONS))
def container(request: pytest.FixtureRequest) -> Iterator[BrowserWebDriverContainer]:
    # Chrome's pages crash in the 64 MB of shared memory that a container has by default.
    browser = BrowserWebDriverContainer(
        {"browserName": request.param}, options=OPTIONS[request.param](), shm_size="1g"
    )
    with browser:
        yield browser


@pytest.fixture(scope="session")
def browser(container: BrowserWebDriverContainer) -> Iterator[WebDriver]:
    driver = container.get_driver()
    yield driver
    driver.quit()


@pytest.fixture
def page_url(container: BrowserWebDriverContainer) -> Iterator[str]:
    """The address of this process as the browser's container sees it, which is not localhost."""
    app = create_app(Settings("", ""), OrdersInMemory(), CatalogInMemory())
    server = make_server("0.0.0.0", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://{_address_towards(container)}:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def _address_towards(container: BrowserWebDriverContainer) -> str:
    ip = container.get_docker_client().bridge_ip(container.get_wrapped_container().id)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: the kernel only chooses the interface.
        probe.connect((ip, 9))
        return probe.getsockname()[0]
