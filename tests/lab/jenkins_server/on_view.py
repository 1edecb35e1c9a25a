"""The addresses below a view."""

from __future__ import annotations

from tests.lab.jenkins_server.call import Call
from tests.lab.jenkins_server.errors import NotFound
from tests.lab.jenkins_server.http11 import Response
from tests.lab.jenkins_server.model import Group, Item, View
from tests.lab.jenkins_server.resave import view_xml


def find(group: Group, name: str) -> View:
    for view in group.views:
        if view.name == name:
            return view
    raise NotFound


def index(call: Call, view: View) -> Response:
    return call.page(f"{view.name} [Jenkins]")


def api(call: Call, view: View) -> Response:
    return call.export(view)


def config(call: Call, view: View) -> Response:
    return call.text(view_xml(view.element), kind="application/xml")


def update(call: Call, view: View) -> Response:
    call.require("View/Configure", _owner(view))
    call.jenkins.change_view(view, call.request.body)
    return call.done()


def delete(call: Call, view: View) -> Response:
    call.require("View/Delete", _owner(view))
    call.jenkins.remove_view(view)
    return call.redirect(view.owner.path)


def _owner(view: View) -> Item | None:
    return view.owner if isinstance(view.owner, Item) else None
