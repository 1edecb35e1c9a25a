"""Builds: to start them, to find them, and to read what they say."""

from __future__ import annotations

from tests.lab.jenkins_server.builds import Build
from tests.lab.jenkins_server.call import Call
from tests.lab.jenkins_server.errors import NotFound, Wrong
from tests.lab.jenkins_server.http11 import Response
from tests.lab.jenkins_server.model import Item, Job, MultiBranch

BAD = {"FAILURE", "UNSTABLE", "ABORTED", "NOT_BUILT"}
PERMALINKS: dict[str, set[str | None]] = {
    "lastBuild": {None, "SUCCESS", *BAD},
    "lastCompletedBuild": {"SUCCESS", *BAD},
    "lastFailedBuild": {"FAILURE"},
    "lastStableBuild": {"SUCCESS"},
    "lastSuccessfulBuild": {"SUCCESS", "UNSTABLE"},
    "lastUnstableBuild": {"UNSTABLE"},
    "lastUnsuccessfulBuild": {*BAD},
}


def start(call: Call, item: Item) -> Response:
    call.require("Job/Build", item)
    if isinstance(item, MultiBranch):
        return _scan(call, item)
    job = _buildable(item)
    if job.parameters:
        # ParametersDefinitionProperty._doBuild wants the form that the page would send.
        raise Wrong("Nothing is submitted", 400)
    return _schedule(call, job, {})


def start_with_parameters(call: Call, item: Item) -> Response:
    """jenkins.model.ParameterizedJobMixIn.doBuildWithParameters"""
    call.require("Job/Build", item)
    job = _buildable(item)
    if not job.parameters:
        raise Wrong("java.lang.IllegalStateException: This build is not parameterized!")
    given = {name: call.fields.get(name, value) for name, value in job.parameters.items()}
    return _schedule(call, job, given)


def _buildable(item: Item) -> Job:
    if not isinstance(item, Job):
        raise NotFound
    if not item.buildable:
        raise Wrong(f"java.io.IOException: {item.full_name} is not buildable!", 409)
    return item


def _schedule(call: Call, job: Job, parameters: dict[str, str]) -> Response:
    cause = f"Started by user {call.who.user.name}"
    queued = call.jenkins.executors.schedule(job, cause, parameters)
    return call.done(201, ("Location", call.base + queued.path))


def _scan(call: Call, project: MultiBranch) -> Response:
    """ComputedFolder.doBuild goes back to the page before: it tells no Location of a queue item."""
    if project.disabled:
        raise Wrong(f"java.io.IOException: {project.full_name} cannot be recomputed")
    call.jenkins.scan(project, f"Started by user {call.who.user.name}")
    return call.back(project.path)


def indexing_log(call: Call, item: Item) -> Response:
    return call.text(_indexed(item))


def indexing_progress(call: Call, item: Item) -> Response:
    return _progress(call, _indexed(item), False)


def _indexed(item: Item) -> str:
    if not isinstance(item, MultiBranch):
        raise NotFound
    return item.indexing_log


def find(item: Job, name: str) -> Build | None:
    """The build of a number or of a permalink."""
    if name.isdecimal():
        return item.build(int(name))
    results = PERMALINKS.get(name, set())
    return next((build for build in reversed(item.builds) if build.result in results), None)


def index(call: Call, build: Build) -> Response:
    return call.page(f"{build.job.full_display_name} #{build.number} [Jenkins]")


def api(call: Call, build: Build) -> Response:
    return call.export(build)


def console(call: Call, build: Build) -> Response:
    return call.text(build.console)


def progress(call: Call, build: Build) -> Response:
    return _progress(call, build.console, build.building)


def _progress(call: Call, text: str, more: bool) -> Response:
    """org.kohsuke.stapler.framework.io.LargeText.doProgressText: `start` is in bytes."""
    whole = text.encode()
    start = call.fields.get("start", "0")
    at = int(start) if start.isdecimal() else 0
    if at > len(whole):
        # The file is another one than before, so it is sent from its start.
        at = 0
    headers = [("X-Text-Size", str(len(whole)))] + ([("X-More-Data", "true")] if more else [])
    return call.raw(200, "text/plain;charset=utf-8", whole[at:], *headers)


def stop(call: Call, build: Build) -> Response:
    call.require("Job/Cancel", build.job)
    if build.building:
        call.jenkins.executors.finish(build, "ABORTED")
    return call.back(build.path)


def delete(call: Call, build: Build) -> Response:
    call.require("Run/Delete", build.job)
    build.job.builds.remove(build)
    return call.redirect(build.job.path)
