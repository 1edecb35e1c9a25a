"""Graylog's content pack: built as those that Graylog exports; its queries find what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.config.loaded import Config
from pipelinegen.plan.lucene import query
from pipelinegen.render.contentpack import FILE, content_pack
from tests.configs import DOCKERFILE, PLATFORM
from tests.helpers import write_tree
from tests.lab.graylog.server import graylog
from tests.lab.lucene import Lucene, Message

# Exported by a Graylog 6.1.4, which installed it again.
EXPORTED = Path(__file__).parents[1] / "lab/graylog/content-pack-exported.json"
# What that one does not use, as Graylog's own pack of its Sources dashboard has it:
# graylog2-server/src/main/resources/org/graylog2/migrations/
# V20230601104500_AddSourcesPage_V2_Content_Pack.json
SOURCES: list[tuple[str, dict[str, Any]]] = [
    ("timerange", {"type": "relative", "range": 300}),
    ("interval", {"type": "auto", "scaling": 0.25}),
    ("row_groups", {"type": "time", "fields": ["timestamp"], "interval": {}}),
    ("row_pivots", {"type": "time", "fields": ["timestamp"], "config": {}}),
    ("config", {"interval": {}}),
    ("column_groups", {"type": "values", "fields": ["s"], "limit": 15, "skip_empty_values": True}),
    ("column_pivots", {"type": "values", "fields": ["streams"], "config": {}}),
]
# The order of messages: MessageListEntity and Sort in graylog2-server, where null is left out.
ORDER = [("sort", {"field": "timestamp", "order": "ASC"})]
# Null here, a number there.
NUMBERS = {"row_limit", "column_limit"}
GRAYLOG = "monitoring: {graylog: {gelf: 'graylog:12201'}}\n"

Data = dict[str, Any]


def service(folder: Path, name: str, body: str = "", platform: str = GRAYLOG) -> Config:
    from pipelinegen.config.load import Loader

    head = f"apiVersion: pipelinegen/v1\nservice: {{name: {name}, team: shop}}\n"
    files = {
        "platform.yaml": PLATFORM + platform,
        f"{name}/Dockerfile": DOCKERFILE,
        f"{name}/pipeline.yaml": f"{head}platform: ../platform.yaml\n{body}",
    }
    write_tree(folder, files)
    return Loader().service(folder / name)


@pytest.fixture
def services(tmp_path: Path) -> list[Config]:
    return [
        service(tmp_path, "orders"),
        service(tmp_path, "payments", "observability: {logs: {stream: 'Money: in & out'}}\n"),
        service(tmp_path, "refunds", "observability: {logs: {stream: 'Money: in & out'}}\n"),
    ]


def pack(services: list[Config], before: str | None = None) -> Data:
    made: Data = json.loads(content_pack(services, before)[FILE])
    return made


def entities(made: Data, kind: str) -> dict[str, Data]:
    """By their titles."""
    found = [each["data"] for each in made["entities"] if each["type"]["name"] == kind]
    return {each["title"]["@value"]: each for each in found}


def asked_by(view: Data) -> str:
    (asked,) = view["search"]["queries"]
    return str(asked["query"]["query_string"])


def is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def kind(node: Data) -> str:
    said = node.get("type")
    return said if isinstance(said, str) else ""


def objects(key: str, node: Any) -> Iterator[tuple[str, Data]]:
    """All objects below a key, each with the key that it stands at; an id is no key."""
    if isinstance(node, list):
        for each in node:
            yield from objects(key, each)
    elif isinstance(node, dict):
        named = any(map(is_id, node))
        if not named:
            yield key, node
        for name, each in node.items():
            yield from objects(key if named else name, each)


def unlike(made: Data, *models: tuple[str, Data]) -> list[str]:
    """Where a pack has objects, keys or types that no model has."""
    known: dict[tuple[str, str], list[Data]] = {}
    for key, node in models:
        known.setdefault((key, kind(node)), []).append(node)
    found = []
    for key, node in objects("pack", made):
        same = known.get((key, kind(node)), [])
        fitting = [each for each in same if each.keys() == node.keys()]
        if not fitting:
            found.append(f"{key}: {sorted(node)}")
        for name, value in node.items() if fitting else ():
            types = {int, type(None)} if name in NUMBERS else {type(each[name]) for each in fitting}
            if type(value) not in types:
                found.append(f"{key}.{name}: {value!r}")
    return found


def models() -> list[tuple[str, Data]]:
    found = list(objects("pack", json.loads(EXPORTED.read_text("utf-8"))))
    lists = [(key, {**each, "sort": []}) for key, each in found if each.get("type") == "messages"]
    return [*found, *lists, *SOURCES, *ORDER]


def test_it_is_built_as_graylogs_own(services: list[Config]) -> None:
    assert unlike(json.loads(EXPORTED.read_text("utf-8")), *models()) == []
    assert unlike(pack(services), *models()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"rev": 1', '"rev": "1"'),
        ('"matching_type"', '"matchingType"'),
        ('"barmode": "group"', '"barmode": 1'),
        ('"series"', '"serien"'),
        ('"type": "relative"', '"type": "relatively"'),
        ('"fields": [', '"felds": ['),
    ],
)
def test_what_graylog_would_not_know_is_seen(
    services: list[Config], before: str, after: str
) -> None:
    text = content_pack(services)[FILE]
    assert before in text
    assert unlike(json.loads(text.replace(before, after)), *models())


def test_each_service_has_a_stream_of_the_name_that_it_says(services: list[Config]) -> None:
    streams = entities(pack(services), "stream")
    rules = {
        title: [
            {name: value["@value"] for name, value in rule.items()}
            for rule in stream["stream_rules"]
        ]
        for title, stream in streams.items()
    }
    rule = {"type": "EXACT", "field": "service", "inverted": False, "description": ""}
    assert rules == {
        "orders": [{**rule, "value": "orders"}],
        "Money: in & out": [{**rule, "value": "payments"}, {**rule, "value": "refunds"}],
    }
    assert streams["orders"]["matching_type"]["@value"] == "AND"
    assert streams["Money: in & out"]["matching_type"]["@value"] == "OR"


MESSAGES: dict[str, Message] = {
    "1": {"service": "orders", "team": "shop", "region": "eu-west-1", "level": 3, "message": "no"},
    "2": {"service": "orders", "team": "shop", "region": "us-east-1", "level": 6, "message": "hi"},
    "3": {"service": "payments", "team": "shop", "level": 2, "message": "orders level 3"},
    "4": {"service": "orders-db", "team": "data", "level": 3, "message": "service:orders"},
    "5": {"service": "payments", "team": "shop", "level": 4, "message": "slow"},
}


def test_each_search_finds_what_it_says(services: list[Config], lucene: Lucene) -> None:
    searches = entities(pack(services), "search")
    found = {title: lucene.search(MESSAGES, asked_by(each)) for title, each in searches.items()}
    assert {title: "".join(sorted(each.ids)) for title, each in found.items()} == {
        "Errors of orders": "1",
        "Errors of payments": "3",
        "Errors of refunds": "",
        "Around an event of shop": "1235",
        "All errors": "134",
    }
    assert {title for title, each in found.items() if each.unknown} == set()


def test_each_part_of_the_dashboard_finds_what_it_says(
    services: list[Config], lucene: Lucene
) -> None:
    (board,) = entities(pack(services), "dashboard").values()
    (state,) = board["state"].values()
    titles = state["titles"]["widget"]
    found = {}
    for widget in state["widgets"]:
        # What is drawn is what is asked.
        (name,) = state["widget_mapping"][widget["id"]]
        (asked,) = board["search"]["queries"]
        (part,) = [each for each in asked["search_types"] if each["id"] == name]
        assert part["query"] == widget["query"]
        assert part["timerange"] == widget["timerange"] == {"type": "relative", "range": 3600}
        said = widget["query"]["query_string"]
        found[titles[widget["id"]]] = lucene.search(MESSAGES, said or "*").ids
    assert {title: "".join(sorted(ids)) for title, ids in found.items()} == {
        "Messages by level": "12345",
        "Messages by service": "12345",
        "Errors": "134",
    }


def test_every_field_that_is_shown_is_one_that_messages_have(services: list[Config]) -> None:
    fields = {
        "timestamp", "message", "level",
        *("container_name", "service", "version", "team", "account", "region", "cluster"),
    }  # fmt: skip
    shown = {name for _, node in objects("", pack(services)) for name in node.get("fields", ())}
    assert shown <= fields


def test_the_link_to_a_services_logs_finds_them(lucene: Lucene) -> None:
    assert lucene.search(MESSAGES, query(["orders"])).ids == {"1", "2"}
    assert lucene.search(MESSAGES, query(["orders"], region="us-east-1")).ids == {"2"}
    assert lucene.search(MESSAGES, query(["orders-db"])).ids == {"4"}


NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)


@given(NAMES, NAMES)
def test_whatever_a_service_is_named_its_logs_are_found(
    lucene: Lucene, name: str, other: str
) -> None:
    messages: dict[str, Message] = {"it": {"service": name}}
    near = {other, f"{name}x", name.replace("-", "")} - {name}
    messages |= {each: {"service": each} for each in near}
    assert lucene.search(messages, query([name])).ids == {"it"}


def test_all_ids_are_its_own_and_stay(services: list[Config]) -> None:
    made = pack(services)
    ids = [each["id"] for each in made["entities"]]
    assert all(map(is_id, [made["id"], *ids]))
    assert len(set(ids)) == len(ids)
    fewer = pack(services[:1])
    assert fewer["id"] == made["id"]
    title = "Errors of orders"
    assert entities(fewer, "search")[title] == entities(made, "search")[title]


def test_the_same_services_give_the_same_bytes(services: list[Config]) -> None:
    text = content_pack(services)[FILE]
    assert content_pack(services[::-1])[FILE] == text


def test_a_change_makes_the_next_revision(services: list[Config]) -> None:
    first = content_pack(services[:2])[FILE]
    assert json.loads(first)["rev"] == 1
    assert content_pack(services[:2], first)[FILE] == first
    second = content_pack(services, first)[FILE]
    assert json.loads(second)["rev"] == 2
    assert content_pack(services, second)[FILE] == second


@pytest.mark.parametrize("before", ["", "{", "[]", "{}", '{"rev": null}', '"text"'])
def test_what_is_no_pack_counts_as_none(services: list[Config], before: str) -> None:
    assert pack(services, before)["rev"] == 1


def test_without_a_graylog_there_is_none(tmp_path: Path) -> None:
    assert content_pack([]) == {}
    assert content_pack([service(tmp_path / "a", "orders", platform="")]) == {}
    assert content_pack([service(tmp_path / "b", "orders", platform="monitoring: {}\n")]) == {}


def test_around_an_event_messages_are_in_the_order_in_which_they_came(
    services: list[Config],
) -> None:
    searches = entities(pack(services), "search")
    for title, order in (("Around an event of shop", "ASC"), ("All errors", "DESC")):
        (asked,) = searches[title]["search"]["queries"]
        (found,) = [each for each in asked["search_types"] if each["type"] == "messages"]
        assert found["sort"] == [{"field": "timestamp", "order": order}]


def test_graylog_takes_a_pack_once_for_each_revision(
    lucene: Lucene, services: list[Config]
) -> None:
    with graylog(lucene) as server:
        server.tokens.add("secret")

        def upload(made: Data) -> int:
            return requests.post(
                f"{server.url}api/system/content_packs",
                json=made,
                auth=("secret", "token"),
                headers={"X-Requested-By": "test"},
                timeout=30,
            ).status_code

        first = pack(services)
        assert [upload(first), upload(first)] == [201, 400]
        assert upload(pack(services[:2], json.dumps(first))) == 201
