from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import write_tree
from tests.lab import Missing

if TYPE_CHECKING:
    from tests.lab.groovy import Groovy
    from tests.lab.helm import Helm
    from tests.lab.lucene import Lucene

# A run of the same commit gives the same result: no seeds, no clock, no remembered examples.
# tmp_path and the like are shared by a test's examples on purpose, hence the one check less.
_shared = [HealthCheck.function_scoped_fixture]
settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[*_shared, HealthCheck.too_slow],
)
settings.register_profile(
    "thorough",
    max_examples=2000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[*_shared, HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

_NEEDS = "needs "

pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden from what is made now"
    )


@pytest.fixture(scope="session")
def groovy() -> Iterator[Groovy]:
    """One JVM for all tests of a worker."""
    from tests.lab.groovy import Groovy

    with Groovy() as running:
        yield running


@pytest.fixture(scope="session")
def lucene() -> Iterator[Lucene]:
    """One JVM for all search queries of a worker."""
    from tests.lab.lucene import Lucene

    running = Lucene()
    yield running
    running.close()


@pytest.fixture(scope="session")
def helm() -> Helm:
    from tests.lab.helm import Helm, helm_binary

    return Helm(helm_binary())


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Path]:
    """Makes a directory of `{path: text}`."""
    return lambda files: write_tree(tmp_path, files)


def _refuse(missing: Missing) -> None:
    told = f"{_NEEDS}{missing.name}: {missing.reason}; {missing.mend}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(told, pytrace=False)
    pytest.skip(told)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    try:
        return (yield)
    except Missing as missing:
        return _refuse(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    try:
        return (yield)
    except Missing as missing:
        return _refuse(missing)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names what was not run: a skipped test must not pass for one that passed."""
    counts: dict[str, int] = {}
    for report in terminalreporter.getreports("skipped"):
        # Under xdist the reports come from other processes, with the reason as the only trace.
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        told = reason.removeprefix("Skipped: ")
        if told.startswith(_NEEDS):
            counts[told] = counts.get(told, 0) + 1
    for told, count in sorted(counts.items()):
        tests = "1 test needs" if count == 1 else f"{count} tests need"
        line = f"NOT RUN: {tests} {told.removeprefix(_NEEDS)}"
        terminalreporter.write_line(line, yellow=True, bold=True)
