"""Builds: started, followed, and what the last ones came to."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests

from pipelinegen.errors import Refused
from pipelinegen.jenkins.answers import NotThere, ServerError
from pipelinegen.jenkins.client import Server
from pipelinegen.plan.jobs import Declared

# Lets so many seconds pass, and says whether to give up.
Wait = Callable[[float], bool]
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0
# jenkins.branch.NameEncoder: what an item's name cannot hold stands as %XX in that of a branch's.
_UNSAFE = "?*/\\%!@#$^&|<>[]:;"
_BUILD = "number,result,building,timestamp,duration,url"


@dataclass(frozen=True)
class Build:
    """One build of a branch.

    Args:
        job: the full name of the branch's job.
        number: its number.
        result: SUCCESS, FAILURE …; empty while it runs.
        started: when, in seconds since 1970.
        seconds: how long it took.
        url: its page.
    """

    job: str
    number: int
    result: str
    started: float
    seconds: float
    url: str


@dataclass(frozen=True)
class Last:
    """The last build of a service's branch, None when there is none; ``why`` says why not."""

    service: str
    team: str
    branch: str
    build: Build | None
    why: str = ""

    @property
    def data(self) -> dict[str, Any]:
        return asdict(self)


def branch_job(service: Declared, branch: str | None) -> str:
    """The full name of the job of a service's branch."""
    return f"{service.folder}/{service.name}/{encoded(branch or service.main_branch)}"


def encoded(branch: str) -> str:
    """The name of a branch's item."""
    return "".join(quote(c, safe="") if c in _UNSAFE else c for c in branch)


def start(server: Server, service: Declared, branch: str | None) -> str:
    """Start a build of a branch.

    It is asked for once: where the answer is lost, nobody asks again.

    Returns:
        The address of its place in the queue, relative to the server's.

    Raises:
        ServerError: the server refuses, or does not answer.
        Refused: the branch has no job, or it is disabled.
    """
    job = branch_job(service, branch)
    try:
        response = _start(server, job)
    except NotThere:
        raise _no_job(server, service, branch) from None
    except ServerError as error:
        if error.status == 409:
            raise Refused(f"{job}: it is disabled, or its branch is gone") from None
        if error.unknown:
            told = f"{error}\n      = it may have been started: look before you repeat"
            raise ServerError(told) from None
        raise
    # Jenkins' own address may be another than the one at which it is reached.
    path = urlsplit(response.headers.get("Location", "")).path
    number = path.rstrip("/").rpartition("/")[2]
    if not number.isdecimal():
        raise ServerError(f"{job}: Jenkins does not tell where in the queue it is")
    return f"queue/item/{number}/"


def _start(server: Server, job: str) -> requests.Response:
    try:
        return server.post(server.address(job, "build"))
    except ServerError as error:
        if error.status != 400:
            raise
        # A job with parameters wants them; so each has its default.
        return server.post(server.address(job, "buildWithParameters"))


def _no_job(server: Server, service: Declared, branch: str | None) -> Refused:
    project = f"{service.folder}/{service.name}"
    try:
        answer = server.json(server.address(project, "api/json?tree=jobs[name]"))
    except NotThere:
        return Refused(f"{project}: there is no such job\n      = run `pipelinegen jobs apply`")
    names = [unquote(job["name"]) for job in answer.get("jobs", [])]
    known = ", ".join(names[:20]) or "none yet"
    return Refused(
        f"{project}: there is no job of the branch `{branch or service.main_branch}`\n"
        f"      = its branches: {known}; a new one is there once it was pushed and found, see\n"
        f"        {server.server}{server.address(project, 'indexing/console')}"
    )


def started(
    server: Server, job: str, queued: str, wait: Wait, looks: int | None = None
) -> Build | None:
    """Wait until a build leaves the queue; None when it was cancelled, or nobody waits longer.

    Args:
        server: the server.
        job: the full name of the branch's job.
        queued: its place in the queue.
        wait: lets time pass.
        looks: how often to look; None: until it is there.
    """
    pause = _FIRST_PAUSE
    for number in count(1):
        answer = server.json(f"{queued}api/json?tree=cancelled,executable[{_BUILD}]")
        if answer.get("executable"):
            return _build(job, answer["executable"])
        if answer.get("cancelled") or number == looks or wait(pause):
            break
        pause = min(_LONGEST_PAUSE, pause * 2)
    return None


def last(server: Server, service: Declared, branch: str | None) -> Build:
    """The last build of a branch.

    Raises:
        Refused: there is none.
        ServerError: the server does not answer.
    """
    job = branch_job(service, branch)
    try:
        answer = server.json(server.address(job, f"api/json?tree=lastBuild[{_BUILD}]"))
    except NotThere:
        raise _no_job(server, service, branch) from None
    if not answer.get("lastBuild"):
        raise Refused(f"{job}: it was never built")
    return _build(job, answer["lastBuild"])


def console(server: Server, build: Build, wait: Wait | None) -> Iterator[str]:
    """What a build writes; with ``wait`` until it ends, else what there is.

    Jenkins tells in X-Text-Size from where to go on, and in X-More-Data whether there will be more:
    org.kohsuke.stapler.framework.io.LargeText.doProgressText.
    """
    at, pause = 0, _FIRST_PAUSE
    # A character may be cut where one answer ends.
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        end = f"{build.number}/logText/progressiveText?start={at}"
        response = server.get(server.address(build.job, end))
        size = int(response.headers.get("X-Text-Size") or at)
        more = response.headers.get("X-More-Data") == "true"
        if response.content:
            yield decoder.decode(response.content)
        pause = _FIRST_PAUSE if size != at else min(_LONGEST_PAUSE, pause * 2)
        at = size
        if not more or wait is None or wait(pause):
            return


def result(server: Server, build: Build) -> str:
    """What a build came to; empty while it runs."""
    address = server.address(build.job, f"{build.number}/api/json?tree=result")
    return str(server.json(address).get("result") or "")


def overview(server: Server, folder: str, services: list[Declared]) -> list[Last]:
    """The last builds of the main branches of all services in one folder, in one request."""
    builds = f"lastBuild[{_BUILD}]"
    try:
        tree = f"jobs[name,{builds},jobs[name,{builds}]]"
        answer = server.json(server.address(folder, f"api/json?tree={tree}"))
    except NotThere:
        return [Last(s.name, s.team, s.main_branch, None, "no folder") for s in services]
    there = {job["name"]: job for job in answer.get("jobs", [])}
    return [one for service in services for one in _lasts(service, there)]


def _lasts(service: Declared, there: dict[str, Any]) -> Iterator[Last]:
    project, branch = there.get(service.name), service.main_branch
    if project is None:
        yield Last(service.name, service.team, branch, None, "no job")
    else:
        jobs = {job["name"]: job for job in project.get("jobs", [])}
        yield _last(service, service.name, branch, jobs.get(encoded(branch)))
    for name in service.pipelines:
        own = f"{service.name}-{name}"
        yield _last(service, own, branch, there.get(own))


def _last(service: Declared, name: str, branch: str, job: dict[str, Any] | None) -> Last:
    if job is None:
        return Last(
            name, service.team, branch, None, "no branch" if name == service.name else "no job"
        )
    path = f"{service.folder}/{name}"
    build = _build(path, job["lastBuild"]) if job.get("lastBuild") else None
    return Last(name, service.team, branch, build, "" if build else "never built")


def _build(job: str, data: dict[str, Any]) -> Build:
    return Build(
        job,
        int(data["number"]),
        str(data.get("result") or ""),
        (data.get("timestamp") or 0) / 1000,
        (data.get("duration") or 0) / 1000,
        str(data.get("url") or ""),
    )
