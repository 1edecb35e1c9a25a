"""From pytest's options to a `Session`, and from our errors to what pytest shows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator

import pytest
from pydantic import TypeAdapter, ValidationError

from pipelinegen.config.dependency import Dependency
from pipelinegen.config.names import DependencyName
from pipelinegen.containers.sources import read
from pipelinegen.errors import PipelinegenError
from pipelinegen.testing.browser import need
from pipelinegen.testing.plugin import FAILED, KINDS, session_of
from pipelinegen.testing.session import Session
from pipelinegen.testing.system import system


def make(config: pytest.Config, run: str) -> Session:
    """The dependencies of this process, as the options say.

    Raises:
        PipelinegenError: an option is not what it should be.
    """
    option = config.option
    reporter = config.pluginmanager.get_plugin("terminalreporter")

    def tell(line: str) -> None:
        # A worker of xdist has no terminal.
        if reporter is not None and not hasattr(config, "workerinput"):
            reporter.ensure_newline()
            reporter.write_line(line)

    return Session(
        run,
        config.rootpath,
        read(option.dependency_url, option.dependency_image, option.dependency_file, os.environ),
        worker=os.environ.get("PYTEST_XDIST_WORKER", ""),
        # A worker of xdist may crash and be replaced; its controller may not.
        owner=getattr(config, "workerinput", {}).get("pipelinegen_owner", os.getpid()),
        keep=option.keep_containers,
        tell=tell,
    )


def by_image(
    name: str, image: str | None, port: int | None, health: str | None
) -> Dependency | None:
    """An HTTP service that a test declares itself; None when it says nothing of the kind.

    Args:
        name: the name that the test gives it, its host name on the containers' network.
        image: its image.
        port: where it listens; None: 8080.
        health: the path that answers 200-399 when it is ready; None: it has to answer anything.

    Raises:
        PipelinegenError: one of them is not what it should be.
    """
    if image is None and port is None and health is None:
        return None
    if image is None:
        raise PipelinegenError(f'dependency("{name}"): `port` and `health` are for one by `image`')
    said = {"type": "http", "image": image, "port": port, "health": health}
    try:
        return TypeAdapter(dict[DependencyName, Dependency]).validate_python({name: said})[name]
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"][1:])).replace("[key]", "name")
        raise PipelinegenError(f'dependency("{name}", image=…): {key}: {first["msg"]}') from None


def _used(session: pytest.Session) -> list[str]:
    """The browsers that the chosen tests have."""
    specs = [spec for item in session.items if (spec := getattr(item, "callspec", None))]
    return sorted({spec.params["_browser"] for spec in specs if "_browser" in spec.params})


@contextlib.contextmanager
def clear(session: pytest.Session) -> Iterator[None]:
    """A dependency that is not there fails the run once, without a traceback, and ends it."""
    try:
        yield
    except PipelinegenError as error:
        session.shouldfail = "a dependency is missing"
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def ahead(session: pytest.Session, names: Collection[str]) -> None:
    """Look for what is wrong and bring up what the tests need, before the first of them.

    Args:
        session: pytest's.
        names: the fixtures that the tests use.

    Raises:
        pytest.UsageError: that is not possible.
    """
    try:
        found = session_of(session.config)
        chosen = [found.name_of(kind) for kind in KINDS if kind in names]
        # Which of them `dependency` is asked for only the tests know.
        found.check(None if {"dependency", "system"} & {*names} else chosen)
        found.up(*chosen)
        found.start(*(need(found, each) for each in _used(session)))
        if "system" in names:
            system(found, session.config.option.system_url)
    except PipelinegenError as error:
        if not hasattr(session.config, "workerinput"):
            raise pytest.UsageError(str(error)) from None
        # A worker of xdist can only tell of tests.
        session.config.stash[FAILED] = str(error)


def close(session: Session, *, shared: bool) -> None:
    """End; when Docker has gone meanwhile, that is told and no fault of the tests."""
    try:
        session.close(shared=shared)
    except PipelinegenError as error:
        session.tell(f"the containers could not be removed: {error}")


def close_run(run: str, *, keep: bool) -> None:
    """Remove what the workers of a run shared."""
    from pipelinegen.containers.daemon import connect, told
    from pipelinegen.containers.sweep import remove_run

    if not keep:
        with contextlib.suppress(PipelinegenError), connect() as daemon, told():
            remove_run(daemon.client, run)
