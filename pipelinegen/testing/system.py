"""The service under test: where a person says that it runs, else brought up with all it needs."""

from __future__ import annotations

import os
from functools import cache
from weakref import WeakKeyDictionary

from pipelinegen.config.load import Loader
from pipelinegen.containers.lock import alone
from pipelinegen.containers.sources import Given, checked, hidden
from pipelinegen.containers.started import Started
from pipelinegen.containers.system import SYSTEM, build_service, wanted
from pipelinegen.errors import PipelinegenError
from pipelinegen.testing.objects import Dependency
from pipelinegen.testing.reachable import check
from pipelinegen.testing.session import Session
from pipelinegen.testing.web import CLASSES, System

NAME = "system"


_FOUND: WeakKeyDictionary[Session, System] = WeakKeyDictionary()


def system(session: Session, url: str | None) -> System:
    """The service under test, the same one each time.

    Args:
        session: the dependencies of this process.
        url: what an option says.

    Raises:
        PipelinegenError: it does not answer, or does not come up.
    """
    if session not in _FOUND:
        given = Given(url, "--system-url") if url else session.sources.url(NAME, SYSTEM)
        if given is None:
            _FOUND[session] = _brought_up(session)
        else:
            checked(NAME, given)
            _FOUND[session] = _given(session, given.value, given.source)
    return _FOUND[session]


def _given(session: Session, url: str, source: str) -> System:

    @cache
    def around(name: str) -> Dependency:
        there = session.given(name)
        if there is None:
            raise PipelinegenError(
                f"{name}: the service under test runs at {hidden(url)}, and nobody says where its "
                f"{name} is\n      = name it with `--dependency-url {name}=URL`"
            )
        check(there)
        session.report(there)
        return there

    found = System(NAME, url, source, find=around)
    check(found)
    session.report(found)
    return found


def _brought_up(session: Session) -> System:
    if session.file is None:
        raise PipelinegenError(
            "the service under test cannot be brought up: there is no pipeline.yaml here\n"
            "      = say where it runs: `--system-url URL`"
        )
    config = Loader().service(session.file)
    containers = session.containers
    known = {name: session.given(name) for name in config.model.dependencies}
    urls = {name: each.url for name, each in known.items() if each}
    with alone(containers.run, "image"):
        label = os.environ.get("PIPELINEGEN_BUILD", containers.run)
        image = build_service(config, containers.daemon, label, session.tell)
    up = containers.get_all(wanted(config, containers.label, image, urls, session.sources.image))
    session.started |= up

    @cache
    def around(name: str) -> Dependency:
        if there := known.get(name):
            return there
        if name not in config.model.dependencies:
            have = ", ".join(config.model.dependencies) or "none"
            raise PipelinegenError(f"there is no dependency `{name}`: {session.file} has {have}")
        return _of(up[name])

    for name in config.model.dependencies:
        session.report(around(name))
    service = up[config.model.service.name]
    found = System(NAME, service.url(), "this working tree", service.image, find=around)
    session.report(found)
    return found


def _of(started: Started) -> Dependency:
    need = started.need
    source = f"a container of {started.image} ({need.source})"
    return CLASSES[need.type](need.name, started.url(), source, started.image)
