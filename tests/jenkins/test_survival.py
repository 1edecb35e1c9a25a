"""Whatever goes wrong and whoever meddles: one clean apply later all is as it was declared."""

from __future__ import annotations

import contextlib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelinegen.jenkins.answers import ServerError
from pipelinegen.plan.jobs import Folder, Item
from pipelinegen.render.jobs import rendered
from pipelinegen.render.jobxml import differences
from tests.jenkins.given import (
    PASSWORD,
    TOKEN,
    URL,
    apply,
    changes,
    errors,
    jenkins_server,
    jobs,
    services,
)
from tests.lab.jenkins_server import Fault, JenkinsServer, Job, MultiBranch, faults
from tests.lab.jenkins_server.documents import FREESTYLE, folder, pipeline
from tests.lab.jenkins_server.model import Item as LiveItem

NAMES = ["shop/orders", "shop/catalog", "shop/stock", "pay/billing", "pay/ledger"]

FAULTS: list[Fault] = [
    faults.status(429, retry_after=0),
    faults.status(502),
    faults.status(503),
    faults.status(504),
    faults.drop(),
    faults.drop(after=True),
    faults.truncate(0.3),
    faults.end_sessions(),
    faults.starting(),
    faults.login_page(),
]
# Where a person's items are: beside ours, in our folder, and a folder of ours in another's.
FOREIGN = {
    "hand": FREESTYLE,
    "team": folder("theirs"),
    "team/job": pipeline("theirs"),
    "shop/by-hand": pipeline("theirs"),
    "shop/own": folder("theirs"),
    "shop/own/deep": FREESTYLE,
    # Copies of ours, with our marker.
    "stock": pipeline("pipelinegen: stock 0123456789abcdef"),
    "team/orders": pipeline("pipelinegen: orders 0123456789abcdef"),
    "shop/copy": pipeline("pipelinegen: orders 0123456789abcdef"),
    "shop/own/copy": pipeline("pipelinegen: copy pruned"),
}
CREDENTIALS = (
    "<com.cloudbees.hudson.plugins.folder.properties."
    "FolderCredentialsProvider_-FolderCredentialsProperty><domain>kept</domain>"
    "</com.cloudbees.hudson.plugins.folder.properties."
    "FolderCredentialsProvider_-FolderCredentialsProperty>"
)


@dataclass
class World:
    """A server, what is declared for it, and what was there that is not ours."""

    server: JenkinsServer
    wanted: list[Item] = field(default_factory=list)
    secret: str = TOKEN
    foreign: dict[str, bytes] = field(default_factory=dict)

    def mine(self) -> list[LiveItem]:
        """The items on the server that could be ours, and that a person can get at."""
        items = self.server.items.items()
        return [i for path, i in items if path not in self.foreign and not i.managed]

    def with_credentials(self) -> set[str]:
        """Those that somebody gave a property."""
        return {
            i.name for i in self.mine() if i.config.root.find("properties/*[domain]") is not None
        }


Edit = Callable[[ET.Element], None]


def edit(item: LiveItem, change: Edit) -> None:
    """Somebody changes the configuration on the server."""
    root = ET.fromstring(item.config.text.split("?>", 1)[1])
    change(root)
    item.config = type(item.config).parse(ET.tostring(root))


def wrong_script(root: ET.Element) -> None:
    for found in (root.find("factory/scriptPath"), root.find("definition/scriptPath")):
        if found is not None:
            found.text = "by-hand.Jenkinsfile"


def wrong_description(root: ET.Element) -> None:
    """The marker stays, as its line asks for."""
    found = root.find("description")
    if found is not None:
        found.text = f"by hand\n{(found.text or '').strip().rpartition(chr(10))[2]}"


def more_behaviours(root: ET.Element) -> None:
    found = root.find(".//traits")
    if found is not None:
        ET.SubElement(found, "jenkins.plugins.git.traits.TagDiscoveryTrait")


def nothing_kept(root: ET.Element) -> None:
    for name in ("orphanedItemStrategy", "triggers", "definition"):
        found = root.find(name)
        if found is not None:
            found[:] = []


def display_name(root: ET.Element) -> None:
    ET.SubElement(root, "displayName").text = "By Hand"


def disabled(root: ET.Element) -> None:
    found = root.find("disabled")
    if found is not None:
        found.text = "true"


def own_property(root: ET.Element) -> None:
    found = root.find("properties")
    if found is not None and not len(found.findall("*[domain]")):
        found.append(ET.fromstring(CREDENTIALS))


EDITS = [wrong_script, wrong_description, more_behaviours, nothing_kept, display_name, disabled]
EDITS += [own_property]

declarations = st.builds(
    lambda names, how: (sorted(names), how),
    st.sets(st.sampled_from(NAMES), min_size=1),
    st.sampled_from(["", "html", "path", "library", "moved"]),
)


def items_of(names: list[str], how: str) -> list[Item]:
    teams = [name.replace("pay/", "shop/") for name in names] if how == "moved" else names
    more: dict[str, object] = {}
    if how == "path":
        more["path"] = "services/x"
    if how == "html":
        more["jobs"] = jobs(markup="html", links={"Logs": "https://logs.example.com/{service}"})
    if how == "library":
        more["jobs"] = jobs(library={"repository": "https://git.example.com/ci/library.git"})
    return services(*teams, **more)


Step = Callable[[World], None]


def an_apply(declaration: tuple[list[str], str], prune: bool, delete: bool) -> Step:
    def step(world: World) -> None:
        world.wanted = items_of(*declaration)
        run(world, prune=prune, delete=prune and delete)

    return step


def run(world: World, **how: Any) -> None:
    with contextlib.suppress(ServerError):  # it could not even read the server
        apply(world.server, world.wanted, tries=3, secret=world.secret, **how)


def a_fault(
    fault: Fault, declaration: tuple[list[str], str], nth: int, times: int, on_writes: bool
) -> Step:
    def step(world: World) -> None:
        world.wanted = items_of(*declaration)
        when = faults.writes if on_writes else faults.always
        numbers = tuple(range(nth, nth + times))
        world.server.faults.add(fault, when=when, nth=numbers)
        run(world)
        world.server.faults.clear()

    return step


def a_change_by_hand(number: int, edits: list[Edit]) -> Step:
    def step(world: World) -> None:
        if mine := world.mine():
            for one in edits:
                edit(mine[number % len(mine)], one)

    return step


def a_deletion(number: int) -> Step:
    def step(world: World) -> None:
        jobs = [i for i in world.mine() if isinstance(i, (Job, MultiBranch))]
        if jobs:
            with world.server.lock:
                world.server.jenkins.delete(jobs[number % len(jobs)])

    return step


def a_restart() -> Step:
    return lambda world: world.server.restart()


def a_resave(number: int) -> Step:
    def step(world: World) -> None:
        if mine := world.mine():
            world.server.resave(mine[number % len(mine)].full_name)

    return step


numbers = st.integers(0, 20)
steps = st.one_of(
    st.builds(an_apply, declarations, st.booleans(), st.booleans()),
    st.builds(
        a_fault,
        st.sampled_from(FAULTS),
        declarations,
        st.integers(1, 6),
        st.integers(1, 4),
        st.booleans(),
    ),
    st.builds(a_change_by_hand, numbers, st.lists(st.sampled_from(EDITS), min_size=1, max_size=3)),
    st.builds(a_deletion, numbers),
    st.builds(a_restart),
    st.builds(a_resave, numbers),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(steps, min_size=2, max_size=8),
    declarations,
    st.booleans(),
    st.sampled_from([TOKEN, PASSWORD]),
)
def test_after_any_faults_and_meddling_one_clean_apply_is_enough(
    before: list[Step], last: tuple[list[str], str], prune: bool, secret: str
) -> None:
    with jenkins_server() as server:
        world = World(server, items_of(*last), secret)
        server.add("shop", folder("pipelinegen: shop"))  # handed over
        for path, xml in FOREIGN.items():
            world.foreign[path] = server.add(path, xml).config.posted
        for name in NAMES:
            team, _, service = name.partition("/")
            # They are built, so that there is something to lose.
            server.jenkins.branches[URL.format(team=team, service=service)] = ["main"]
        run(world)
        for step in before:
            step(world)
        server.faults.clear()
        server.run_builds()
        wanted, known, credentials = items_of(*last), world.mine(), world.with_credentials()
        assert errors(apply(server, wanted, deep=True, prune=prune)) == []
        expect_declared(server, wanted, world)
        expect_nothing_lost(world, known, wanted)
        assert credentials <= world.with_credentials()
        server.forget_requests()
        again = changes(server, wanted, deep=True, prune=prune)
        assert not again.changes and not again.conflicts
        assert not changes(server, wanted, prune=prune).changes


def expect_nothing_lost(world: World, known: list[LiveItem], wanted: list[Item]) -> None:
    """All that was there still is, so its builds are; a service's one job is where it should be."""
    now = world.server.items
    assert {id(item) for item in known} <= {id(item) for item in now.values()}
    for item in wanted:
        before = [one for one in known if one.name == item.name and isinstance(one, MultiBranch)]
        if len(before) == 1:
            assert now[item.path] is before[0]


def expect_declared(server: JenkinsServer, wanted: list[Item], world: World) -> None:
    there = server.items
    for item in wanted:
        live = there[item.path]
        assert differences(rendered(item).xml, live.config.text) == []
        assert isinstance(item, Folder) or not live.disabled
        assert live.description == rendered(item).description
    for path in world.foreign:
        # Jenkins may have written it anew; nobody has posted anything.
        assert there[path].config.posted == world.foreign[path]
    assert server.errors == []
