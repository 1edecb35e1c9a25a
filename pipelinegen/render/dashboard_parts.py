"""What Grafana's dashboards are made of: queries, panels in their grid, variables, links.

The model is https://grafana.com/docs/grafana/v11.6/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelinegen.render.dashboard_text import words

Data = dict[str, Any]

# The one that Grafana 11.6 writes.
SCHEMA_VERSION = 41
# Dashboards with this tag are ours.
TAG = "pipelinegen"
WIDTH = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
RATE = "$__rate_interval"
# The place that is chosen above the dashboard.
PLACE = 'account=~"$account", region=~"$region", cluster=~"$cluster"'
POD = f'{PLACE}, pod=~"$pod"'


@dataclass(frozen=True)
class Query:
    """A query of a panel.

    Args:
        expression: the PromQL.
        legend: how its series are named, with ``{{label}}``.
        now: only the value at the end of the time range.
        table: as rows of a table.
    """

    expression: str
    legend: str = ""
    now: bool = False
    table: bool = False

    def target(self, number: int) -> Data:
        """As a panel has it; its letter is that of its place."""
        made: Data = {"refId": chr(ord("A") + number), "datasource": SOURCE}
        made |= {"expr": self.expression, "legendFormat": self.legend}
        made |= {"instant": True} if self.now else {"range": True}
        return made | ({"format": "table"} if self.table else {"format": "time_series"})


@dataclass(frozen=True)
class Panel:
    """A panel before it has its place.

    Args:
        kind: Grafana's name of the visualization.
        title: its title, finished.
        about: what it shows, finished.
        unit: Grafana's unit of its values.
        queries: what it asks.
        width: of the 24 columns.
        height: in rows of 30 pixels.
        custom: more of its fields' defaults.
        options: the visualization's options.
        overrides: fields with other settings.
        transformations: what is done to the answers.
    """

    kind: str
    title: str
    about: str
    unit: str
    queries: Sequence[Query]
    width: int = 8
    height: int = 8
    custom: Data = field(default_factory=dict)
    options: Data = field(default_factory=dict)
    overrides: Sequence[Data] = ()
    transformations: Sequence[Data] = ()


def lines(title: str, about: str, unit: str, *queries: Query, **more: Any) -> Panel:
    """Values over time."""
    custom: Data = {"custom": {"fillOpacity": 10, "showPoints": "never"}}
    if more.pop("from_zero", True):
        custom["min"] = 0
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return Panel("timeseries", title, about, unit, queries, custom=custom, options=options, **more)


def number(title: str, about: str, unit: str, query: Query, *limits: tuple[str, float]) -> Panel:
    """One number, green until the limits: a colour, and from which value on."""
    steps: list[Data] = [{"color": "green", "value": None}]
    steps += [{"color": colour, "value": value} for colour, value in limits]
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "none",
        "textMode": "auto",
    }
    custom = {"thresholds": {"mode": "absolute", "steps": steps}}
    return Panel("stat", title, about, unit, [query], 4, 4, custom, options)


def table(title: str, about: str, *queries: Query, **more: Any) -> Panel:
    """Rows of labels and values."""
    options = {"showHeader": True, "cellHeight": "sm"}
    return Panel("table", title, about, "short", queries, WIDTH, options=options, **more)


def by_name(name: str, **properties: Any) -> Data:
    """Settings of one field; ``_`` in their names stands for a point."""
    said = [{"id": key.replace("_", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": said}


def placed(rows: Sequence[tuple[str, Sequence[Panel]]]) -> list[Data]:
    """Rows, each a finished title and its panels, from left to right and top to bottom."""
    made: list[Data] = []
    y = 0
    for title, panels in rows:
        if not panels:
            continue
        made.append(
            {
                "type": "row",
                "id": len(made) + 1,
                "title": title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
                "panels": [],
            }
        )
        x, y = 0, y + 1
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + panel.height
            where = {"x": x, "y": y, "w": panel.width, "h": panel.height}
            made.append(_panel(len(made) + 1, panel, where))
            x += panel.width
        y += panels[-1].height
    return made


def _panel(identity: int, panel: Panel, where: Data) -> Data:
    defaults = {"unit": panel.unit, **panel.custom}
    made: Data = {
        "type": panel.kind,
        "id": identity,
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "gridPos": where,
        "targets": [query.target(n) for n, query in enumerate(panel.queries)],
        "fieldConfig": {"defaults": defaults, "overrides": list(panel.overrides)},
        "options": panel.options,
    }
    if panel.transformations:
        made["transformations"] = list(panel.transformations)
    return made


def variables(metric: str, fixed: str, accounts: set[str], *names: str) -> list[Data]:
    """The data source, then each label, offered as far as it fits what was chosen before.

    Args:
        metric: a metric that has all of these labels.
        fixed: its matchers.
        accounts: where it runs; production is shown first, where it is one of them.
        names: the labels, in the order of their dependence.
    """
    first = {"account": "production"} if "production" in accounts else {}
    made: list[Data] = [
        {
            "type": "datasource",
            "name": "datasource",
            "label": "Data source",
            "query": "prometheus",
            "refresh": 1,
            "regex": "",
            "multi": False,
            "includeAll": False,
        }
    ]
    before = [fixed]
    for name in names:
        query = f"label_values({metric}{{{', '.join(before)}}}, {name})"
        made.append(
            {
                "type": "query",
                "name": name,
                "label": name.capitalize(),
                "datasource": SOURCE,
                "query": {"query": query, "refId": f"variable-{name}"},
                # With each change of the time range.
                "refresh": 2,
                "sort": 1,
                "regex": "",
                "multi": True,
                "includeAll": True,
                "allValue": ".*",
                "current": {
                    "text": [first.get(name, "All")],
                    "value": [first.get(name, "$__all")],
                },
            }
        )
        before.append(f'{name}=~"${name}"')
    return made


def link(title: str, url: str, about: str, *, inside: bool) -> Data:
    """A link above the panels; within Grafana it takes the time and the variables along."""
    return {
        "type": "link",
        "title": title,
        "icon": "dashboard" if inside else "external link",
        "tooltip": about,
        "url": url,
        "tags": [],
        "asDropdown": False,
        "targetBlank": not inside,
        "includeVars": inside,
        "keepTime": inside,
    }


def annotation(name: str, expression: str, title: str, tags: str, *, shown: bool) -> Data:
    """Marks on the time line, wherever the query has a value.

    https://grafana.com/docs/grafana/v11.6/datasources/prometheus/annotations/
    """
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": shown,
        "hide": False,
        "iconColor": "blue",
        "expr": expression,
        "step": "60s",
        "titleFormat": title,
        "tagKeys": tags,
    }


def dashboard(uid: str, title: str, about: str, tags: Sequence[str], **parts: Any) -> Data:
    """The whole: ``panels``, ``variables``, ``links`` and ``annotations`` are its parts."""
    return {
        "uid": uid,
        "title": words(title),
        "description": about,
        "tags": [TAG, *tags],
        "timezone": "browser",
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "1m",
        "schemaVersion": SCHEMA_VERSION,
        "links": parts["links"],
        "templating": {"list": parts["variables"]},
        "annotations": {"list": parts["annotations"]},
        "panels": parts["panels"],
    }
