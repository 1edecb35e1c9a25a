"""From a request to its answer: who asks, the crumb, the address, and what went wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.lab.jenkins_server import on_build, on_item, on_root, on_view, pages
from tests.lab.jenkins_server.builds import Build
from tests.lab.jenkins_server.call import NOSNIFF, Call
from tests.lab.jenkins_server.errors import (
    Denied,
    Failure,
    NotFound,
    PostOnly,
    Refused,
    Wrong,
)
from tests.lab.jenkins_server.http11 import Request, Response
from tests.lab.jenkins_server.jenkins import Jenkins
from tests.lab.jenkins_server.lint import Lint, accept
from tests.lab.jenkins_server.model import Folder, Group, Item, Job, MultiBranch, Root, View
from tests.lab.jenkins_server.security import Identity, Security

Endpoint = Callable[[Call, Any], Response]
Route = tuple[str, ...]
API = ("api", "json")
TOKEN = ("me", "descriptorByName", "jenkins.security.ApiTokenProperty", "generateNewToken")
# pipeline-model-definition, ModelConverterActionCrumbExclusion
NO_CRUMB = "/pipeline-model-converter/"
# jenkins.model.Jenkins.ALWAYS_READABLE_PATHS and actions that are UnprotectedRootAction.
ALWAYS = {"login", "logout", "error", "whoAmI", "static"}

ROOT_GET: dict[Route, Endpoint] = {
    (): on_root.index,
    API: on_root.api,
    ("crumbIssuer", *API): on_root.crumb,
    ("me", *API): on_root.me,
    ("whoAmI", *API): on_root.who_am_i,
    ("login",): on_root.login,
    ("pluginManager", *API): on_root.plugins,
    ("queue", *API): on_root.queue,
}
ROOT_POST: dict[Route, Endpoint] = {
    ("createItem",): on_item.create,
    ("createView",): on_item.create_view,
    ("queue", "cancelItem"): on_root.cancel,
    ("quietDown",): on_root.quiet_down,
    ("cancelQuietDown",): on_root.cancel_quiet_down,
    ("scriptText",): on_root.script,
    ("script",): on_root.script,
    ("pipeline-model-converter", "validate"): on_root.validate,
    ("pipeline-model-converter", "validateJenkinsfile"): on_root.validate_jenkinsfile,
    TOKEN: on_root.new_token,
}
ITEM_GET: dict[Route, Endpoint] = {
    (): on_item.index,
    API: on_item.api,
    ("config.xml",): on_item.config,
    ("configure",): on_item.configure,
    ("description",): on_item.description,
}
ITEM_POST: dict[Route, Endpoint] = {
    ("config.xml",): on_item.update,
    ("doDelete",): on_item.delete,
    ("doRename",): on_item.rename,
    ("confirmRename",): on_item.confirm_rename,
    ("disable",): on_item.disable,
    ("enable",): on_item.enable,
    ("move", "move"): on_item.move,
    ("description",): on_item.set_description,
    ("submitDescription",): on_item.submit_description,
}
BUILDABLE_POST: dict[Route, Endpoint] = {
    **ITEM_POST,
    ("build",): on_build.start,
    ("buildWithParameters",): on_build.start_with_parameters,
}
FOLDER_POST: dict[Route, Endpoint] = {
    **ITEM_POST,
    ("createItem",): on_item.create,
    ("createView",): on_item.create_view,
}
MULTIBRANCH_GET: dict[Route, Endpoint] = {
    **ITEM_GET,
    ("indexing", "consoleText"): on_build.indexing_log,
    ("indexing", "logText", "progressiveText"): on_build.indexing_progress,
}
VIEW_GET: dict[Route, Endpoint] = {
    (): on_view.index,
    API: on_view.api,
    ("config.xml",): on_view.config,
}
VIEW_POST: dict[Route, Endpoint] = {
    ("config.xml",): on_view.update,
    ("doDelete",): on_view.delete,
}
BUILD_GET: dict[Route, Endpoint] = {
    (): on_build.index,
    API: on_build.api,
    ("consoleText",): on_build.console,
    ("logText", "progressiveText"): on_build.progress,
}
BUILD_POST: dict[Route, Endpoint] = {("stop",): on_build.stop, ("doDelete",): on_build.delete}
ROUTES: dict[type, tuple[dict[Route, Endpoint], dict[Route, Endpoint]]] = {
    Root: (ROOT_GET, ROOT_POST),
    Folder: (ITEM_GET, FOLDER_POST),
    MultiBranch: (MULTIBRANCH_GET, BUILDABLE_POST),
    Job: (ITEM_GET, BUILDABLE_POST),
    View: (VIEW_GET, VIEW_POST),
    Build: (BUILD_GET, BUILD_POST),
}


@dataclass(frozen=True)
class Logged:
    """An exception in Jenkins' log; the page names only its id."""

    logging_id: str
    thrown: str


class Application:
    def __init__(self, jenkins: Jenkins, security: Security, prefix: str = "") -> None:
        self.jenkins = jenkins
        self.security = security
        self.prefix = prefix
        self.address = ""
        """The URL that Jenkins is reached at, with a slash at its end."""
        self.root_url = ""
        self.lint: Lint = accept
        self.show_stack_trace = False
        self.errors: list[Logged] = []

    def answer(self, request: Request) -> Response:
        self.jenkins.executors.tick(self.jenkins.root.quieting_down)
        who = self.security.identify(request.headers.get("authorization"))
        if who is None:
            return self._unauthorized(request)
        call = self._call(request, who)
        if not self._crumb_is_good(call):
            return self._jetty(call, 403, "No valid crumb was included in the request")
        try:
            return self._routed(call)
        except Refused as refused:
            return self._refused(call, refused)

    def _call(self, request: Request, who: Identity) -> Call:
        return Call(
            request,
            self.jenkins,
            self.security,
            who,
            self.address,
            self.root_url or self.address,
            self.prefix,
            self.lint,
        )

    def _crumb_is_good(self, call: Call) -> bool:
        """hudson.security.csrf.CrumbFilter, which looks at POST alone and not at API tokens."""
        request = call.request
        exempt = request.path.startswith(self.prefix + NO_CRUMB) or call.who.by_token
        if request.method != "POST" or exempt or not self.security.crumbs:
            return True
        sent = request.headers.get("jenkins-crumb") or request.fields.get("Jenkins-Crumb")
        # A crumb that comes is compared with that of the session, which is opened for it.
        return sent is not None and sent == call.crumb

    def _routed(self, call: Call) -> Response:
        segments = call.request.segments
        start = [part for part in self.prefix.split("/") if part]
        if segments[: len(start)] != start:
            raise NotFound
        segments = segments[len(start) :]
        if not (segments and segments[0] in ALWAYS):
            call.require("Overall/Read")
        bean, rest = self._walk(call, segments)
        if not rest and not call.request.path.endswith("/") and call.request.method == "GET":
            return self._with_slash(call)
        if isinstance(bean, Root) and (found := _named(call, rest)):
            return found
        return _endpoint(call.request.method, bean, tuple(rest))(call, bean)

    def _walk(self, call: Call, segments: list[str]) -> tuple[Any, list[str]]:
        """The object that an address begins with, and what is left of it."""
        bean: Any = self.jenkins.root
        while segments:
            group = bean.owner if isinstance(bean, View) else bean
            if isinstance(group, Group) and segments[0] == "job" and len(segments) > 1:
                bean = on_item.child(call, group, segments[1])
                segments = segments[2:]
            elif isinstance(bean, Group) and segments[0] == "view" and len(segments) > 1:
                bean = on_view.find(bean, segments[1])
                segments = segments[2:]
            elif isinstance(bean, Job) and (build := on_build.find(bean, segments[0])):
                bean, segments = build, segments[1:]
            else:
                break
        return bean, segments

    def _with_slash(self, call: Call) -> Response:
        path, question, query = call.request.target.partition("?")
        return call.done(302, ("Location", f"{path}/{question}{query}"))

    def _refused(self, call: Call, refused: Refused) -> Response:
        if isinstance(refused, Denied):
            return on_root.forbidden(call, refused)
        if isinstance(refused, Failure):
            main = pages.paragraph("Error", str(refused))
            return call.html("Error [Jenkins]", main, 400, ("X-Error", str(refused)))
        if isinstance(refused, PostOnly):
            main = pages.paragraph("Method Not Allowed", "This URL requires POST")
            return call.html("Form post required", main, 405, ("Allow", "POST"))
        if isinstance(refused, Wrong):
            return self._oops(call, refused)
        return call.page("Not Found", "This page may not exist, or you may not see it.", 404)

    def _oops(self, call: Call, wrong: Wrong) -> Response:
        logged = Logged(secrets.token_hex(16), wrong.thrown)
        self.errors.append(logged)
        trace = wrong.thrown if self.show_stack_trace else None
        return call.html("Jenkins", pages.oops(logged.logging_id, trace), wrong.status)

    def _unauthorized(self, request: Request) -> Response:
        forget = "remember-me=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"
        headers = [
            NOSNIFF,
            ("Set-Cookie", forget),
            ("WWW-Authenticate", 'Basic realm="Jenkins"'),
            ("Content-Type", pages.JETTY),
        ]
        return Response(401, headers, pages.jetty(401, request.path))

    def _jetty(self, call: Call, status: int, message: str) -> Response:
        body = pages.jetty(status, call.request.path, message)
        return call.raw(status, pages.JETTY, body)


def _named(call: Call, rest: list[str]) -> Response | None:
    """The addresses of Jenkins itself that have a name in them."""
    if call.request.method == "GET" and rest[-2:] == ["api", "json"]:
        if rest[:2] == ["queue", "item"] and len(rest) == 5:
            return on_root.queue_item(call, rest[2])
        if rest[:1] == ["user"] and len(rest) == 4:
            if call.security.users is None or rest[1] not in call.security.users:
                raise NotFound
            return on_root.user(call, rest[1])
    return None


def _endpoint(method: str, bean: Any, rest: Route) -> Endpoint:
    tables = next((ROUTES[kind] for kind in type(bean).__mro__ if kind in ROUTES), ({}, {}))
    reads, writes = tables
    if method == "DELETE" and isinstance(bean, Item) and not rest:
        return on_item.delete_by_method
    if method in ("GET", "HEAD") and rest in reads:
        return reads[rest]
    if method == "POST" and rest in writes:
        return writes[rest]
    if rest in writes:
        raise PostOnly
    if rest in reads:
        # Pages take a POST as a GET: Stapler does not tell methods apart by itself.
        return reads[rest]
    raise NotFound
