"""Real browsers in containers, driven by Selenium, and what is kept of a test that failed."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelinegen.containers.need import DEFAULT, Need
from pipelinegen.containers.sources import rehosted
from pipelinegen.containers.system import LOCAL, MACHINE
from pipelinegen.errors import PipelinegenError
from pipelinegen.testing.session import Session

if TYPE_CHECKING:
    from selenium.webdriver.common.options import ArgOptions
    from selenium.webdriver.remote.webdriver import WebDriver

VERSION = "4.41.0"
PORT = 4444
# https://github.com/SeleniumHQ/docker-selenium : one session at a time unless it is told otherwise.
_ENV = {"SE_NODE_MAX_SESSIONS": "8", "SE_NODE_OVERRIDE_MAX_SESSIONS": "true"}


def need(session: Session, browser: str) -> Need:
    """A browser as a container."""
    default = (f"selenium/standalone-{browser}:{VERSION}", DEFAULT)
    image, source = session.sources.image(browser, "browser") or default
    return Need(browser, "browser", image, source, port=PORT, health="/status", env=_ENV)


@contextlib.contextmanager
def driver(session: Session, browser: str) -> Iterator[WebDriver]:
    """A browser's window, on the run's network.

    Raises:
        PipelinegenError: it does not come up.
    """
    try:
        from selenium import webdriver
        from selenium.common.exceptions import WebDriverException
    except ImportError:
        raise PipelinegenError(
            "tests with browsers need Selenium: `pip install pipelinegen[testing]`"
        ) from None
    wanted = need(session, browser)
    session.start(wanted)
    started = session.started[wanted.name]
    options: dict[str, type[ArgOptions]] = {
        "chrome": webdriver.ChromeOptions,
        "firefox": webdriver.FirefoxOptions,
        "edge": webdriver.EdgeOptions,
    }
    made = options[browser]()
    if browser != "firefox":
        # https://www.selenium.dev/documentation/webdriver/drivers/options/ : its console.
        made.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        found = webdriver.Remote(f"http://{started.host}:{started.port}", options=made)
    except WebDriverException as error:
        first = str(error.msg).splitlines()[0]
        raise PipelinegenError(f"{browser} ({started.image}) opens no window: {first}") from None
    try:
        yield found
    finally:
        found.quit()


def fresh(window: WebDriver) -> None:
    """Take what a test has left in the window: cookies, storage, further windows."""
    from selenium.common.exceptions import WebDriverException

    first, *others = window.window_handles
    for other in others:
        window.switch_to.window(other)
        window.close()
    window.switch_to.window(first)
    with contextlib.suppress(WebDriverException):  # a page without an origin has no storage
        window.execute_script("localStorage.clear(); sessionStorage.clear()")
    window.delete_all_cookies()
    window.get("about:blank")


def reachable(session: Session, url: str) -> str:
    """A URL of this process as the browsers, in their containers, have it.

    Args:
        session: the dependencies of this process.
        url: what this process would open.
    """
    here = session.containers.place.container
    other = f"pipelinegen-{session.containers.run}" if here else MACHINE
    own = (*LOCAL, socket.gethostname())
    return rehosted(url, lambda host: other if host in own else host)


def keep(window: WebDriver, folder: Path, test: str) -> list[Path]:
    """Save what the window shows: a picture, the page's source, the console.

    Returns:
        The files.
    """
    from selenium.common.exceptions import WebDriverException

    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "_", test)[-150:]
    saved: list[Path] = []

    def save(ending: str, content: bytes) -> None:
        file = folder / f"{name}{ending}"
        file.write_bytes(content)
        saved.append(file)

    with contextlib.suppress(WebDriverException):
        save(".png", window.get_screenshot_as_png())
    with contextlib.suppress(WebDriverException):
        save(".html", window.page_source.encode())
    with contextlib.suppress(WebDriverException, AttributeError):
        lines = [f"{each['level']} {each['message']}" for each in _console(window)]
        save(".console.txt", "\n".join([*lines, ""]).encode())
    return saved


def _console(window: Any) -> list[dict[str, Any]]:
    """The console; Firefox's driver does not give it."""
    found: list[dict[str, Any]] = window.get_log("browser")
    return found
