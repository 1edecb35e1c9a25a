"""What Grafana does with a dashboard until there are values: variables, then queries.

Variables are put in as https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/
says, and those of the data source as
https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/ does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.lab.monitoring.servers import Server

# As Grafana's own: `$name`, `[[name:format]]`, `${name.field:format}`.
VARIABLE = re.compile(
    r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}", re.ASCII
)
_LABEL_VALUES = re.compile(r"label_values\((.+), ([a-zA-Z_]\w*)\)\Z")
Series = list[dict[str, Any]]


@dataclass(frozen=True)
class Shown:
    """A dashboard as somebody looks at it.

    Args:
        server: its data source.
        dashboard: its JSON.
        start: the begin of the time range, in Unix seconds.
        end: its end.
        chosen: the variables' values as they are put into a query.
        step: seconds between two points.
    """

    server: Server
    dashboard: Mapping[str, Any]
    start: int
    end: int
    chosen: Mapping[str, str]
    step: int = 60

    def answer(self, target: Mapping[str, Any]) -> Series:
        """What a panel's query gives."""
        query = put_in(target["expr"], self._values())
        if target.get("instant"):
            return self.server.query(query, self.end)
        return self.server.query_range(query, self.start, self.end, self.step)

    def marks(self, annotation: Mapping[str, Any]) -> Series:
        """What an annotation's query gives."""
        query = put_in(annotation["expr"], self._values())
        return self.server.query_range(query, self.start, self.end, 60)

    def _values(self) -> dict[str, str]:
        return {
            **self.chosen,
            "__rate_interval": f"{self.step * 4}s",
            "__interval": f"{self.step}s",
            "__range": f"{self.end - self.start}s",
        }


def put_in(text: str, values: Mapping[str, str]) -> str:
    """Text with its variables' values; what is no variable stays.

    Raises:
        KeyError: it is none that is known.
    """

    def value(found: re.Match[str]) -> str:
        return values[found[1] or found[2] or found[4]]

    return VARIABLE.sub(value, text)


def options(server: Server, dashboard: Mapping[str, Any], start: int, end: int) -> dict[str, Any]:
    """What each variable offers, when all of those before it are chosen, in their order."""
    values: dict[str, str] = {"datasource": "lab"}
    found: dict[str, Any] = {}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        asked = _LABEL_VALUES.match(variable["query"]["query"])
        assert asked, variable["query"]
        match = put_in(asked[1], values)
        when = {"start": str(start), "end": str(end)}
        answer = server.get(f"/api/v1/label/{asked[2]}/values", **{"match[]": match}, **when)
        found[variable["name"]] = answer["data"]
        values[variable["name"]] = variable["allValue"]
    return found


def everything(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """The variables when all is chosen."""
    queries = [v for v in dashboard["templating"]["list"] if v["type"] == "query"]
    return {"datasource": "lab"} | {v["name"]: v["allValue"] for v in queries}


def one_of_each(offered: Mapping[str, list[str]]) -> dict[str, str]:
    """The variables when one value of each is chosen, with what a regular expression reads."""
    return {"datasource": "lab"} | {name: re.escape(v[-1]) for name, v in offered.items()}


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All panels with queries."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]
