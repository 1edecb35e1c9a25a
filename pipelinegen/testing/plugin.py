"""The pytest plugin: its options and hooks. What they do is imported when a test needs it.

https://docs.pytest.org/en/stable/how-to/writing_plugins.html
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pipelinegen.testing.session import Session

# The fixtures are a plugin of their own, in `fixtures`.
pytest_plugins = ("pipelinegen.testing.fixtures",)

# A fixture of a plugin knows no packages.
SCOPES = ("session", "module", "class", "function")

KINDS = (
    "postgres", "mysql", "mariadb", "redis", "rabbitmq", "kafka", "mongodb", "s3", "aws",
)  # fmt: skip
BROWSERS = ("chrome", "firefox", "edge")
_SESSION = pytest.StashKey["Session"]()
_TOLD = pytest.StashKey[dict[str, str]]()
_RUN = pytest.StashKey[str]()
# Why a worker of xdist has not brought up what its tests need.
FAILED = pytest.StashKey[str]()
# The window of a test with a browser.
WINDOW = pytest.StashKey[Any]()
# When a test began, its fixtures included: what a container has printed since is about it.
BEGAN = pytest.StashKey[float]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pipelinegen", "dependencies of the service under test")
    group.addoption(
        "--dependency-url",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="use what runs there instead of a container",
    )
    group.addoption(
        "--system-url",
        metavar="URL",
        help="test the service that runs there instead of bringing it up",
    )
    group.addoption(
        "--dependency-file",
        type=Path,
        metavar="FILE",
        help="take URLs from the variables in this file (NAME=value lines)",
    )
    group.addoption(
        "--dependency-image",
        action="append",
        default=[],
        metavar="NAME=IMAGE",
        help="start that image; NAME is a dependency or a type",
    )
    group.addoption(
        "--dependency-scope",
        choices=SCOPES,
        metavar="SCOPE",
        help=f"what a database, bucket, … is made for: {', '.join(SCOPES)} (default: session)",
    )
    group.addoption(
        "--browsers",
        metavar="LIST",
        help="what `browser` is, one after the other: chrome, firefox, edge (default: "
        "chrome,firefox)",
    )
    group.addoption(
        "--dependency-report",
        action="store_true",
        help="show each dependency's URL and where it came from",
    )
    group.addoption(
        "--keep-containers",
        action="store_true",
        help="leave the containers running; the next run with this option takes them again",
    )
    parser.addini("browsers", "the default of --browsers", default="chrome,firefox")
    parser.addini("dependency_scope", "the default of --dependency-scope", default="session")


def pytest_configure(config: pytest.Config) -> None:
    scope = said(config, "dependency_scope")
    if scope not in SCOPES:
        raise pytest.UsageError(f"dependency_scope is one of {', '.join(SCOPES)}, not `{scope}`")
    named = said(config, "browsers")
    found = named.replace(",", " ").split()
    if not found or not set(found) <= set(BROWSERS):
        raise pytest.UsageError(f"browsers are some of {', '.join(BROWSERS)}, not `{named}`")


def said(config: pytest.Config, name: str) -> str:
    """An option, else its variable in the environment, else what the ini file says."""
    variable = os.environ.get(f"PIPELINEGEN_{name.upper()}")
    return str(config.getoption(name, None) or variable or config.getini(name))


def session_of(config: pytest.Config) -> Session:
    """What this process has of dependencies; made when it is first asked for."""
    if _SESSION not in config.stash:
        from pipelinegen.testing.make import make

        config.stash[_SESSION] = make(config, _run(config))
    return config.stash[_SESSION]


def _run(config: pytest.Config) -> str:
    """The test run's name, which its workers are given."""
    if _RUN not in config.stash:
        given = getattr(config, "workerinput", {}).get("pipelinegen_run")
        if given is None:
            from pipelinegen.testing.session import run_name

            given = run_name(config.option.keep_containers, config.rootpath)
        config.stash[_RUN] = given
    return config.stash[_RUN]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "_browser" in metafunc.fixturenames:
        chosen = list(dict.fromkeys(said(metafunc.config, "browsers").replace(",", " ").split()))
        metafunc.parametrize("_browser", chosen, indirect=True, scope="session")


def _ours(item: pytest.Item) -> Iterator[str]:
    """The fixtures of this plugin that a test uses: a project may have its own of such names."""
    info = getattr(item, "_fixtureinfo", None)
    for name, definitions in info.name2fixturedefs.items() if info else ():
        for definition in reversed(definitions):
            if definition.func.__module__ == "pipelinegen.testing.fixtures":
                yield name
            elif name in definition.argnames:
                continue  # it asks for the one that it overrides
            break


def pytest_collection_finish(session: pytest.Session) -> None:
    """What the chosen tests need is brought up side by side, before the first of them."""
    names = {name for item in session.items for name in _ours(item)}
    ours = {*KINDS, "dependency", "system", "_browser"}
    if names & ours and not session.config.option.collectonly:
        from pipelinegen.testing.make import ahead

        ahead(session, names)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[BEGAN] = time.time()
    if FAILED in item.config.stash:
        item.session.shouldfail = "a dependency is missing"
        pytest.fail(item.config.stash[FAILED], pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and _SESSION in item.config.stash:
        from pipelinegen.testing.logs import attach

        attach(item, report, item.config.stash[_SESSION])
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    found = config.stash.get(_SESSION, None)
    worker = getattr(config, "workeroutput", None)
    if found is not None:
        from pipelinegen.testing.make import close

        close(found, shared=worker is not None)
        config.stash.setdefault(_TOLD, {}).update(found.told)
        if worker is not None:
            worker["pipelinegen_told"] = found.told
    elif worker is None and _TOLD in config.stash:
        from pipelinegen.testing.make import close_run

        close_run(_run(config), keep=config.option.keep_containers)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: the workers of a run share its containers."""
    node.workerinput["pipelinegen_run"] = _run(node.config)
    node.workerinput["pipelinegen_owner"] = os.getpid()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """xdist: a worker is done; one that crashed has not said what it had."""
    told = getattr(node, "workeroutput", {"pipelinegen_told": {}}).get("pipelinegen_told")
    if told is not None:
        node.config.stash.setdefault(_TOLD, {}).update(told)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.option.dependency_report:
        terminalreporter.section("dependencies")
        told = config.stash.get(_TOLD, {})
        for name in sorted(told):
            terminalreporter.write_line(told[name])
        if not told:
            terminalreporter.write_line("no test asked for one")
