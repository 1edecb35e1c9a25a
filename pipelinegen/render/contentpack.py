"""Graylog's content pack: a stream for each service, the searches of daily life, a dashboard.

The model is that of a pack which a Graylog 6.1.4 exported and installed again;
https://go2docs.graylog.org/current/what_more_can_graylog_do_for_me/content_packs.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelinegen.config.loaded import Config
from pipelinegen.plan.lucene import query
from pipelinegen.plan.observed import monitoring
from pipelinegen.render import graylogview as view
from pipelinegen.render.graylogview import MADE, Data, identity, value

FILE = "graylog/content-pack.json"
# Syslog's number of an error; what is worse is less.
ERROR = 3
HOUR = 3600
# Five minutes before and five minutes after.
AROUND = 600

_SERVER = "6.1.4"
_TITLE = "Services"
_VERSIONS = {"dashboard": "2"}


def content_pack(services: Sequence[Config], before: str | None = None) -> dict[str, str]:
    """The pack of all services that are deployed where a Graylog is named.

    Graylog knows a pack by its ``id``, which is always the same here, and by its revision: it
    refuses one that it has, and offers the highest.

    Args:
        services: the organisation's services.
        before: the pack that was made the last time. Its revision stays where nothing else has
            changed, else it is one more.

    Returns:
        The file by its path; none where there is nothing to look at.
    """
    found = sorted((each for each in services if _is_logged(each)), key=_name)
    if not found:
        return {}
    pack: Data = {
        "v": "1",
        "id": identity("content pack"),
        "rev": 1,
        "name": _TITLE,
        "summary": "Streams, searches and a dashboard of all services.",
        "description": "Made by pipelinegen from each service's pipeline.yaml.",
        "vendor": "pipelinegen",
        "url": "",
        "created_at": MADE,
        "server_version": _SERVER,
        "parameters": [],
        "entities": _entities(found),
    }
    pack["rev"] = _revision(pack, before)
    return {FILE: json.dumps(pack, indent=2, ensure_ascii=False) + "\n"}


def _is_logged(config: Config) -> bool:
    where = monitoring(config)
    return where is not None and bool(where.graylog.url or where.graylog.gelf)


def _name(config: Config) -> str:
    return config.model.service.name


def _revision(pack: Mapping[str, Any], before: str | None) -> int:
    try:
        old = json.loads(before or "")
        revision = int(old["rev"])
    except (ValueError, TypeError, KeyError):
        # There was none, or it is no longer one.
        return 1
    return revision if {**old, "rev": 0} == {**pack, "rev": 0} else revision + 1


def _entities(services: Sequence[Config]) -> list[Data]:
    teams = sorted({each.model.service.team for each in services})
    found = [("stream", each) for each in _streams(services)]
    found += [("search", _errors_of(_name(each))) for each in services]
    found += [("search", _around(team)) for team in teams]
    found += [("search", _errors()), ("dashboard", _dashboard())]
    return [
        {
            "id": identity(kind, data["title"]["@value"]),
            "type": {"name": kind, "version": _VERSIONS.get(kind, "1")},
            "v": "1",
            "data": data,
            "constraints": [{"type": "server-version", "version": f">={_SERVER}"}],
        }
        for kind, data in found
    ]


def _streams(services: Iterable[Config]) -> list[Data]:
    """A stream for each title, which several services may share."""
    named: dict[str, list[str]] = {}
    for each in services:
        title = each.model.observability.logs.stream or _name(each)
        named.setdefault(title, []).append(_name(each))
    return [_stream(title, names) for title, names in sorted(named.items())]


def _stream(title: str, services: Sequence[str]) -> Data:
    return {
        "title": value(title),
        "description": value(f"Messages of {', '.join(services)} from everywhere"),
        "disabled": value(False),
        "matching_type": value("AND" if len(services) == 1 else "OR"),
        "stream_rules": [
            {
                "type": value("EXACT"),
                "field": value("service"),
                "value": value(service),
                "inverted": value(False),
                "description": value(""),
            }
            for service in services
        ],
        "alert_conditions": [],
        "alarm_callbacks": [],
        "outputs": [],
        "default_stream": value(False),
        "remove_matches": value(False),
    }


def _errors_of(service: str) -> Data:
    widgets = [view.counted("By region", "region"), view.messages("Errors")]
    return view.search(f"Errors of {service}", query([service], level=ERROR), HOUR, widgets)


def _around(team: str) -> Data:
    """The event's time is not known here: it is set when one looks."""
    widgets = [
        view.over_time("Messages by service", "service"),
        view.messages("Messages", "Ascending"),
    ]
    note = "Set the time range to five minutes before and after the event."
    return view.search(f"Around an event of {team}", query(team=team), AROUND, widgets, note)


def _errors() -> Data:
    widgets = [view.counted("By service", "service"), view.messages("Errors")]
    return view.search("All errors", query(level=ERROR), HOUR, widgets)


def _dashboard() -> Data:
    widgets = [
        view.over_time("Messages by level", "level"),
        view.counted("Messages by service", "service"),
        view.messages("Errors", query=query(level=ERROR)),
    ]
    return view.dashboard(_TITLE, HOUR, widgets)
