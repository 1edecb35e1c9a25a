"""The addresses of Jenkins itself."""

from __future__ import annotations

import secrets

from tests.lab.jenkins_server import pages
from tests.lab.jenkins_server.builds import Queued
from tests.lab.jenkins_server.call import TEXT, Call
from tests.lab.jenkins_server.errors import Denied, NotFound, Wrong
from tests.lab.jenkins_server.export import export, pruner
from tests.lab.jenkins_server.http11 import Response
from tests.lab.jenkins_server.lint import as_json, as_text
from tests.lab.jenkins_server.model import Root
from tests.lab.jenkins_server.security import IDS, implied_by

# What a user has; each plugin adds to it.
PROPERTIES = [
    "jenkins.security.ApiTokenProperty",
    "hudson.model.MyViewsProperty",
    "hudson.model.PaneStatusProperties",
    "jenkins.security.seed.UserSeedProperty",
]


def index(call: Call, root: Root) -> Response:
    return call.page("Dashboard [Jenkins]")


def api(call: Call, root: Root) -> Response:
    shown = export(root, pruner(call.fields), call.look())
    if "useSecurity" in shown:
        shown["useSecurity"] = call.security.users is not None
        shown["useCrumbs"] = call.security.crumbs
    return call.json(shown)


def crumb(call: Call, root: Root) -> Response:
    if not call.security.crumbs:
        raise NotFound
    return call.plain(
        {
            "_class": "hudson.security.csrf.DefaultCrumbIssuer",
            "crumb": call.crumb,
            "crumbRequestField": "Jenkins-Crumb",
        }
    )


def me(call: Call, root: Root) -> Response:
    if call.who.anonymous:
        raise Wrong("AccessDeniedException: /me is not available when not logged in")
    return user(call, call.who.user.name)


def user(call: Call, name: str) -> Response:
    shown = {
        "_class": "hudson.model.User",
        "absoluteUrl": f"{call.root_url}user/{name}",
        "description": None,
        "fullName": name,
        "id": name,
        "property": [{"_class": one} for one in PROPERTIES],
    }
    return call.plain(shown)


def who_am_i(call: Call, root: Root) -> Response:
    """hudson.security.WhoAmI, which answers those as well who may not read."""
    return call.plain(
        {
            "_class": "hudson.security.WhoAmI",
            "anonymous": call.who.anonymous,
            "authenticated": True,
            "authorities": [] if call.who.anonymous else ["authenticated"],
            "details": None,
            "name": call.who.user.name,
            "toString": "",
        }
    )


def login(call: Call, root: Root) -> Response:
    return call.page("Sign in - Jenkins")


def plugins(call: Call, root: Root) -> Response:
    """hudson.PluginManager.getTarget wants more than to read."""
    call.require("Overall/SystemRead")
    return call.export(call.jenkins.plugins)


def queue(call: Call, root: Root) -> Response:
    return call.export(call.jenkins.executors)


def queue_item(call: Call, name: str) -> Response:
    return call.export(_queued(call, name))


def cancel(call: Call, root: Root) -> Response:
    """hudson.model.Queue.doCancelItem: 204, or 404 where there is none."""
    queued = _queued(call, call.fields.get("id", ""))
    call.require("Job/Cancel", queued.job)
    call.jenkins.executors.cancel(queued)
    return call.done(204)


def _queued(call: Call, name: str) -> Queued:
    queued = call.jenkins.executors.queue.get(int(name)) if name.isdecimal() else None
    if queued is None or not call.may("Job/Read", queued.job):
        raise NotFound
    return queued


def quiet_down(call: Call, root: Root) -> Response:
    return _quiet(call, root, True)


def cancel_quiet_down(call: Call, root: Root) -> Response:
    return _quiet(call, root, False)


def _quiet(call: Call, root: Root, quiet: bool) -> Response:
    call.require("Overall/Manage")
    root.quieting_down = quiet
    return call.redirect("")


def script(call: Call, root: Root) -> Response:
    """Nothing here runs Groovy: it is as if nobody was an administrator."""
    raise Denied("Overall/Administer")


def validate(call: Call, root: Root) -> Response:
    """pipeline-model-definition, ModelConverterAction.doValidate"""
    _linter(call)
    return call.raw(200, TEXT, as_text(call.fields.get("jenkinsfile"), call.lint).encode())


def validate_jenkinsfile(call: Call, root: Root) -> Response:
    """ModelConverterAction.doValidateJenkinsfile, which python-jenkins asks."""
    _linter(call)
    return call.bare_json(as_json(call.fields.get("jenkinsfile"), call.lint))


def _linter(call: Call) -> None:
    if "pipeline-model-definition" not in call.jenkins.plugins.versions:
        raise NotFound


def new_token(call: Call, root: Root) -> Response:
    """jenkins.security.ApiTokenProperty.DescriptorImpl.doGenerateNewToken"""
    if call.who.anonymous:
        raise Wrong("AccessDeniedException: /me is not available when not logged in")
    return call.bare_json(
        {
            "tokenName": call.fields.get("newTokenName", "Token"),
            "tokenUuid": secrets.token_hex(16),
            "tokenValue": call.security.new_token(call.who.user.name),
        }
    )


def forbidden(call: Call, denied: Denied) -> Response:
    """403; for anonymous hudson.security.HudsonAuthenticationEntryPoint with the way to login."""
    name = call.who.user.name
    headers = [
        ("X-You-Are-Authenticated-As", name),
        ("X-Required-Permission", IDS[denied.permission]),
        *(("X-Permission-Implied-By", one) for one in implied_by(denied.permission)),
    ]
    if call.who.anonymous:
        body = pages.to_login(call.request.target, call.prefix)
        return call.raw(403, pages.HTML, body, *headers, *call.page_headers())
    said = f"{name} is missing the {denied.permission} permission"
    return call.html(
        "Access Denied [Jenkins]", pages.paragraph("Access Denied", said), 403, *headers
    )
