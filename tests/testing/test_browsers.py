"""Which browsers tests have, and what they see of this machine."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from selenium.common.exceptions import WebDriverException

from pipelinegen.containers.place import Place
from pipelinegen.containers.sources import Sources, read
from pipelinegen.testing.browser import VERSION, fresh, keep, need, reachable
from pipelinegen.testing.session import Session
from tests.testing.given import Fakes, Project

if TYPE_CHECKING:
    from docker.models.containers import Container
    from selenium.webdriver.remote.webdriver import WebDriver

TESTS = """
def test_page(browser): pass
def test_other(): pass
"""


def collected(project: Project, *options: str) -> list[str]:
    result = project.passes(TESTS, "--collect-only", "-q", *options)
    return [line.partition("::")[2] for line in result.outlines if "::" in line]


def test_a_test_runs_in_chrome_and_firefox(project: Project) -> None:
    assert collected(project) == ["test_page[chrome]", "test_page[firefox]", "test_other"]


def test_the_option_says_in_which(project: Project) -> None:
    assert collected(project, "--browsers=edge") == ["test_page[edge]", "test_other"]
    found = collected(project, "--browsers", "firefox, edge firefox")
    assert found == ["test_page[firefox]", "test_page[edge]", "test_other"]


def test_the_environment_wins_over_the_ini_file_and_the_option_over_both(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({"pytest.ini": "[pytest]\nbrowsers = edge\n"})
    assert collected(project)[0] == "test_page[edge]"
    monkeypatch.setenv("PIPELINEGEN_BROWSERS", "firefox")
    assert collected(project)[0] == "test_page[firefox]"
    assert collected(project, "--browsers=chrome")[0] == "test_page[chrome]"


@pytest.mark.parametrize("said", ["nonsense", "chrome,nonsense", ","])
def test_a_browser_that_there_is_not_is_told_at_once(project: Project, said: str) -> None:
    result = project.run(TESTS, "--browsers", said)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = f"ERROR: browsers are some of chrome, firefox, edge, not `{said}`"
    assert result.stderr.str().strip() == told
    assert "test_page" not in result.stdout.str()


def session(*images: str, inside: bool = False) -> Session:
    """A test run, on the machine or in a container."""
    place = Place(cast("Container", object()) if inside else None, "localhost")
    containers = SimpleNamespace(place=place, run="test-1")
    found = SimpleNamespace(containers=containers, sources=read([], images, None, {}))
    assert isinstance(found.sources, Sources)
    return cast(Session, found)


def test_a_browser_is_a_container_of_its_own_image() -> None:
    found = need(session(), "firefox")
    assert (found.image, found.source) == (f"selenium/standalone-firefox:{VERSION}", "the default")
    assert (found.name, found.port, found.health) == ("firefox", 4444, "/status")


def test_another_image_of_it_can_be_named() -> None:
    found = need(session("chrome=mirror/chromium:1"), "chrome")
    assert (found.image, found.source) == ("mirror/chromium:1", "--dependency-image")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"])
def test_a_browser_finds_a_server_of_this_process_on_the_machine_or_in_its_container(
    host: str,
) -> None:
    url = f"http://{host}:8000/page?x=1"
    assert reachable(session(), url) == "http://host.docker.internal:8000/page?x=1"
    assert reachable(session(inside=True), url) == "http://pipelinegen-test-1:8000/page?x=1"


def test_a_url_of_elsewhere_stays_as_it_is() -> None:
    url = "https://orders.example.com:444/"
    assert reachable(session(), url) == url


# What is done to a window between two tests.
FRESH = ["to popup", "close", "to first", "storage", "cookies", "about:blank"]


class Window:
    """A browser's window.

    Args:
        broken: whether it has crashed.
    """

    def __init__(self, *, broken: bool = False) -> None:
        self.window_handles = ["first", "popup"]
        self.switch_to = SimpleNamespace(window=self._switch)
        self.page_source = "<p>é</p>"
        self.did: list[str] = []
        self._broken = broken

    def _switch(self, handle: str) -> None:
        self.did.append(f"to {handle}")

    def close(self) -> None:
        self.did.append("close")

    def execute_script(self, script: str) -> None:
        assert "localStorage.clear()" in script
        self.did.append("storage")
        if self._broken:
            raise WebDriverException("no origin")

    def delete_all_cookies(self) -> None:
        self.did.append("cookies")

    def get(self, url: str) -> None:
        self.did.append(url)

    def quit(self) -> None:
        self.did.append("quit")

    def get_screenshot_as_png(self) -> bytes:
        if self._broken:
            raise WebDriverException("tab crashed")
        return b"png"

    def get_log(self, kind: str) -> list[dict[str, str]]:
        assert kind == "browser"
        if self._broken:
            raise WebDriverException("unknown command")  # Firefox
        return [{"level": "SEVERE", "message": "x is not defined"}]


@pytest.mark.parametrize("broken", [False, True])
def test_the_next_test_has_a_window_without_anything_of_the_last_one(broken: bool) -> None:
    window = Window(broken=broken)
    fresh(cast("WebDriver", window))
    assert window.did == FRESH


def test_what_the_window_shows_is_kept(tmp_path: Path) -> None:
    window = cast("WebDriver", Window())
    files = keep(window, tmp_path / "new", "tests/test_it.py::test_page[chrome-a/b é]")
    texts = {file.name: file.read_text("utf-8") for file in files}
    name = "tests_test_it.py_test_page_chrome-a_b_é_"
    assert texts == {
        f"{name}.png": "png",
        f"{name}.html": "<p>é</p>",
        f"{name}.console.txt": "SEVERE x is not defined\n",
    }


def test_what_a_broken_window_still_has_is_kept(tmp_path: Path) -> None:
    files = keep(cast("WebDriver", Window(broken=True)), tmp_path, "test_it.py::test_page")
    assert [file.suffix for file in files] == [".html"]


def test_the_name_of_what_is_kept_is_not_longer_than_a_disk_takes(tmp_path: Path) -> None:
    files = keep(cast("WebDriver", Window()), tmp_path, f"test_it.py::test[{'x' * 500}]")
    assert all(len(file.name) < 255 and re.search(r"_\.\w+", file.name) for file in files)


def test_windows_are_those_of_the_run_and_come_ahead_with_all_else(
    project: Project, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    windows: list[Window] = []

    def remote(address: str, options: object) -> Window:
        opened.append(address)
        windows.append(Window())
        return windows[-1]

    monkeypatch.setattr("selenium.webdriver.Remote", remote)
    fakes.ports = {"chrome": 5, "firefox": 6}
    tests = """
    import pytest
    @pytest.mark.parametrize("n", range(2))
    def test_page(browser, redis, n): browser.get("http://page/")
    """
    project.passes(tests).assert_outcomes(passed=4)
    assert fakes.batches == [["cache"], ["chrome", "firefox"]]
    assert opened == ["http://127.0.0.1:5", "http://127.0.0.1:6"]
    for window in windows:
        assert window.did == ["http://page/", *FRESH, "http://page/", *FRESH, "quit"]


def test_what_the_window_showed_when_a_test_failed_is_kept_beside_the_junit_file(
    project: Project, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("selenium.webdriver.Remote", lambda address, options: Window())
    tests = "def test_good(browser): pass\ndef test_bad(browser): assert False\n"
    result = project.run(tests, "--browsers=edge", "--junitxml=out/unit.xml")
    result.assert_outcomes(passed=1, failed=1)
    kept = sorted(file.name for file in (project.path / "out" / "containers").iterdir())
    name = "test_it.py_test_bad_edge_"
    assert kept == [f"{name}.console.txt", f"{name}.edge.log", f"{name}.html", f"{name}.png"]
    result.stdout.fnmatch_lines(["*The browser's window*", f"*/out/containers/{name}.png"])
