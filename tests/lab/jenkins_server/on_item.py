"""The addresses below an item."""

from __future__ import annotations

from tests.lab.jenkins_server.call import Call
from tests.lab.jenkins_server.errors import Failure, NotFound, Wrong
from tests.lab.jenkins_server.http11 import Response
from tests.lab.jenkins_server.model import KINDS, Folder, Group, Item, Job, MultiBranch, Root
from tests.lab.jenkins_server.names import branch_item, good_name, in_url

XML = "application/xml"


def index(call: Call, item: Item) -> Response:
    return call.page(f"{item.full_display_name} [Jenkins]", item.description or "")


def api(call: Call, item: Item) -> Response:
    return call.export(item)


def config(call: Call, item: Item) -> Response:
    """It has neither ETag nor Last-Modified: AbstractItem.doConfigDotXml."""
    call.require("Job/ExtendedRead", item)
    return call.text(item.config.text, kind=XML)


def update(call: Call, item: Item) -> Response:
    call.require("Job/Configure", item)
    call.jenkins.update(item, call.request.body)
    return call.done()


def configure(call: Call, item: Item) -> Response:
    call.require("Job/ExtendedRead", item)
    return call.page(f"{item.display_name} Config [Jenkins]")


def create(call: Call, group: Root | Folder) -> Response:
    """hudson.model.ItemGroupMixIn.createTopLevelItem"""
    call.require("Job/Create", group if isinstance(group, Item) else None)
    name = call.fields.get("name")
    if name is None:
        raise Failure("Query parameter 'name' is required")
    call.jenkins.free_name(group, name)
    if call.fields.get("mode") == "copy":
        return _copy(call, group, name)
    kind = call.request.headers.get("content-type")
    if kind is None:
        raise Failure("No Content-Type header set")
    if not kind.startswith(("application/xml", "text/xml")):
        return _create_empty(call, group, name)
    call.jenkins.create(group, name, call.request.body)
    return call.done()


def _create_empty(call: Call, group: Root | Folder, name: str) -> Response:
    """As the form "New Item" does it, and python-jenkins' create_folder; Jenkins saves the item."""
    mode = call.fields.get("mode")
    if mode is None:
        raise Failure("No mode given")
    tags = [tag for tag, kind in KINDS.items() if kind.java_class == mode]
    if not tags:
        raise Failure(f"No item type ‘{mode}’ is known")  # noqa: RUF001
    item = call.jenkins.create(group, name, f"<{tags[0]}/>".encode())
    item.save(call.jenkins.plugins)
    return call.redirect(f"{item.path}configure")


def _copy(call: Call, group: Root | Folder, name: str) -> Response:
    origin = call.fields.get("from", "")
    if not origin:
        raise Failure("Specify which job to copy")
    source = None if origin.startswith("/") else group.get(origin)
    source = source or call.jenkins.find(origin)
    if source is None or not call.may("Job/Read", source):
        raise Failure(f"No such job: {origin}")
    call.require("Job/ExtendedRead", source)
    copied = call.jenkins.copy(group, source, name)
    return call.redirect(f"{copied.path}configure")


def delete(call: Call, item: Item) -> Response:
    call.require("Job/Delete", item)
    call.jenkins.delete(item)
    return call.redirect(item.parent.path)


def delete_by_method(call: Call, item: Item) -> Response:
    """The method DELETE, hudson.model.AbstractItem.delete: 204."""
    call.require("Job/Delete", item)
    call.jenkins.delete(item)
    return call.done(204)


def rename(call: Call, item: Item) -> Response:
    """hudson.model.Job.doDoRename; folders have only confirmRename."""
    if not isinstance(item, Job):
        raise NotFound
    return confirm_rename(call, item)


def confirm_rename(call: Call, item: Item) -> Response:
    """hudson.model.AbstractItem.doConfirmRename"""
    if item.managed or not call.may("Job/Configure", item):
        call.require("Job/Create", item.parent if isinstance(item.parent, Item) else None)
        call.require("Job/Delete", item)
    call.jenkins.rename(item, call.fields.get("newName"))
    return call.redirect(f"{item.parent.path}job/{in_url(item.name)}")


def disable(call: Call, item: Item) -> Response:
    return _set_disabled(call, item, True)


def enable(call: Call, item: Item) -> Response:
    return _set_disabled(call, item, False)


def _set_disabled(call: Call, item: Item, disabled: bool) -> Response:
    call.require("Job/Configure", item)
    call.jenkins.disable(item, disabled)
    return call.redirect(item.path)


def move(call: Call, item: Item) -> Response:
    """cloudbees-folder, RelocationAction.doMove: what cannot be is not done, and not told."""
    call.require("Job/Move", item)
    wanted = call.fields.get("destination")
    for group in call.jenkins.destinations(item):
        holder = group if isinstance(group, Item) else None
        if f"/{group.full_name}" == wanted and call.may("Job/Create", holder):
            call.jenkins.move(item, group)
            return call.redirect(item.path)
    return call.back(f"{item.path}move/")


def description(call: Call, item: Item) -> Response:
    """hudson.model.Job.doDescription; folders do not have it."""
    if not isinstance(item, Job):
        raise NotFound
    return call.text(item.description or "")


def set_description(call: Call, item: Item) -> Response:
    if not isinstance(item, Job):
        raise NotFound
    if "description" not in call.fields:
        raise Wrong("Bad Request", 400)
    _describe(call, item)
    return call.done(204)


def submit_description(call: Call, item: Item) -> Response:
    """hudson.model.AbstractItem.doSubmitDescription"""
    _describe(call, item)
    return call.redirect(item.path)


def _describe(call: Call, item: Item) -> None:
    call.require("Job/Configure", item)
    item.config.put("description", call.fields.get("description", ""))
    item.save(call.jenkins.plugins)


def create_view(call: Call, owner: Root | Folder) -> Response:
    """hudson.model.View.create"""
    call.require("View/Create", owner if isinstance(owner, Item) else None)
    name = good_name(call.fields.get("name"))
    call.jenkins.add_view(owner, name, call.request.body)
    return call.done()


def child(call: Call, group: Group, name: str) -> Item:
    """The item of that name that the user may see."""
    item = group.get(name)
    if item is None and isinstance(group, MultiBranch):
        # jenkins.branch.MultiBranchProject.getItem takes the name of the branch as well.
        item = group.get(branch_item(name))
    if item is None or not call.may("Job/Discover", item):
        raise NotFound
    call.require("Job/Read", item)
    return item
