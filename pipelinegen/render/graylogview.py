"""A saved search or a dashboard of Graylog, as a content pack has it.

Each widget stands in it twice: as what is drawn, and as what is asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

Data = dict[str, Any]

# Nothing that changes without its contents; Graylog asks for one.
MADE = "2026-01-01T00:00:00.000Z"
_IDS = UUID("5f0e3c1a-4b0f-5d7e-9a55-6d2f1b7c8e90")
_OWNER = "admin"
_COLUMNS = ("timestamp", "service", "region", "cluster", "level", "message")
_HEIGHTS = {"aggregation": 4, "messages": 8}


@dataclass(frozen=True)
class Widget:
    """A part of a view.

    Args:
        title: what stands above it.
        type: ``aggregation`` or ``messages``.
        config: what is drawn.
        asked: what is asked for it.
        query: its own query, in a dashboard.
    """

    title: str
    type: str
    config: Mapping[str, Any]
    asked: Mapping[str, Any]
    query: str = field(default="")


def identity(*of: str) -> str:
    """The same for the same thing, whatever else there is."""
    return str(uuid5(_IDS, "\n".join(of)))


def value(content: str | bool) -> Data:
    """A value that a content pack could also take from a parameter."""
    kind = "boolean" if isinstance(content, bool) else "string"
    return {"@type": kind, "@value": content}


def counted(title: str, by: str) -> Widget:
    """How many messages have each of the values of a field."""
    config = {
        **_aggregation("group"),
        "row_pivots": [_pivot(by)],
        "row_limit": 15,
    }
    return Widget(title, "aggregation", config, {**_counting(), "row_groups": [_group(by)]})


def over_time(title: str, by: str) -> Widget:
    """How many messages have each of the values of a field, over time."""
    interval = {"type": "auto", "scaling": 1.0}
    over = {"type": "time", "fields": ["timestamp"]}
    config = {
        **_aggregation("stack"),
        "row_pivots": [{**over, "config": {"interval": interval}}],
        "column_pivots": [_pivot(by)],
        "rollup": False,
        "column_limit": 15,
    }
    asked = {
        **_counting(),
        "row_groups": [{**over, "interval": interval}],
        "column_groups": [_group(by)],
        "rollup": False,
    }
    return Widget(title, "aggregation", config, asked)


def messages(title: str, direction: str = "Descending", query: str = "") -> Widget:
    """The messages themselves, ``Descending`` or ``Ascending`` in time."""
    config = {
        "fields": list(_COLUMNS),
        "units": {},
        "show_message_row": True,
        "show_summary": True,
        "decorators": [],
        "sort": [{"type": "pivot", "field": "timestamp", "direction": direction}],
    }
    order = {"field": "timestamp", "order": "ASC" if direction == "Ascending" else "DESC"}
    asked = {"limit": 150, "offset": 0, "decorators": [], "type": "messages", "sort": [order]}
    return Widget(title, "messages", config, asked, query)


def search(title: str, query: str, seconds: int, widgets: Sequence[Widget], note: str = "") -> Data:
    """A saved search.

    Args:
        title: its title.
        query: its Lucene query.
        seconds: how far it looks back.
        widgets: its parts, from top to bottom.
        note: its description.
    """
    return _view("SEARCH", title, query, seconds, widgets, note)


def dashboard(title: str, seconds: int, widgets: Sequence[Widget]) -> Data:
    """A dashboard, whose parts each have a query of their own."""
    return _view("DASHBOARD", title, "", seconds, widgets, "")


def _view(
    kind: str, title: str, query: str, seconds: int, widgets: Sequence[Widget], note: str
) -> Data:
    asked = identity(kind, title, "query")
    scopes = [_scope(each, seconds if kind == "DASHBOARD" else None) for each in widgets]
    ids = [identity(kind, title, each.title) for each in widgets]
    parts = list(zip(widgets, scopes, ids, strict=True))
    whole = {
        "id": asked,
        "timerange": _last(seconds),
        "filters": [],
        "query": _lucene(query),
        "search_types": [_asked(*part) for part in parts],
    }
    return {
        "type": kind,
        "title": value(title),
        "summary": value(""),
        "description": value(note),
        "search": {
            "queries": [whole],
            "parameters": [],
            "requires": {},
            "owner": _OWNER,
            "created_at": MADE,
        },
        "properties": [],
        "requires": {},
        "state": {asked: _state(parts)},
        "owner": _OWNER,
        "created_at": MADE,
    }


def _scope(widget: Widget, seconds: int | None) -> Data:
    """What of the messages a widget is about; None: what its search is about."""
    own = seconds is not None
    return {
        "timerange": _last(seconds) if seconds is not None else None,
        "query": _lucene(widget.query) if own else None,
        "streams": [],
        "stream_categories": [],
    }


def _asked(widget: Widget, scope: Data, number: str) -> Data:
    name = identity(number, "asked")
    return {**scope, "id": name, "name": None, "filter": None, "filters": [], **widget.asked}


def _state(parts: Sequence[tuple[Widget, Data, str]]) -> Data:
    positions: Data = {}
    row = 1
    for widget, _, number in parts:
        height = _HEIGHTS[widget.type]
        positions[number] = {"col": 1, "row": row, "height": height, "width": "Infinity"}
        row += height
    return {
        "selected_fields": None,
        "static_message_list_id": None,
        "titles": {"widget": {number: widget.title for widget, _, number in parts}},
        "widgets": [
            {
                "id": number,
                "type": widget.type,
                "filter": None,
                "filters": [],
                **scope,
                "config": dict(widget.config),
            }
            for widget, scope, number in parts
        ],
        "widget_mapping": {number: [identity(number, "asked")] for _, _, number in parts},
        "positions": positions,
        "formatting": {"highlighting": []},
        "display_mode_settings": {"positions": {}},
    }


def _last(seconds: int) -> Data:
    return {"type": "relative", "range": seconds}


def _lucene(query: str) -> Data:
    return {"type": "elasticsearch", "query_string": query}


def _aggregation(barmode: str) -> Data:
    return {
        "row_pivots": [],
        "units": {},
        "column_pivots": [],
        "series": [{"config": {"name": None}, "function": "count()"}],
        "sort": [],
        "visualization": "bar",
        "visualization_config": {"barmode": barmode, "axis_type": "linear"},
        "formatting_settings": None,
        "rollup": True,
        "event_annotation": False,
        "column_limit": None,
        "row_limit": None,
    }


def _counting() -> Data:
    return {
        "series": [{"type": "count", "id": "count()", "field": None}],
        "sort": [],
        "rollup": True,
        "type": "pivot",
        "row_groups": [],
        "column_groups": [],
        "row_limit": None,
        "column_limit": None,
    }


def _pivot(by: str) -> Data:
    return {"fields": [by], "type": "values", "config": {"limit": 15}}


def _group(by: str) -> Data:
    return {"type": "values", "fields": [by], "limit": 15, "skip_empty_values": False}
