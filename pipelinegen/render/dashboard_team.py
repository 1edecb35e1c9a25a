"""The Grafana dashboard of a team: all of its services beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipelinegen.config.loaded import Config
from pipelinegen.config.observability import Requests
from pipelinegen.plan.links import dashboard_uid
from pipelinegen.plan.observed import monitoring, observed
from pipelinegen.plan.parts import namespace
from pipelinegen.render.dashboard import MADE
from pipelinegen.render.dashboard_panels import alerts, failed_share, quantile, requests_rate
from pipelinegen.render.dashboard_parts import (
    PLACE,
    RATE,
    TAG,
    Data,
    Panel,
    Query,
    by_name,
    dashboard,
    lines,
    placed,
    table,
    variables,
)
from pipelinegen.render.dashboard_text import literal, selector, text, words

# The window of the table's values, which are of one moment.
_NOW = "5m"
_RED = "color-text"


@dataclass(frozen=True)
class _Group:
    """Services whose series one query can ask for.

    Args:
        which: a matcher of their names, without that of a label: ``=~"orders|stock"``.
        requests: how they count requests.
        namespace: where they are.
    """

    which: str
    requests: Requests | None
    namespace: str


def team_dashboard(team: str, configs: Sequence[Config]) -> str:
    """The dashboard of a team as JSON.

    Args:
        team: its name.
        configs: its services, of which those that are watched are shown.
    """
    shown = sorted(
        (config for config in configs if monitoring(config)), key=lambda c: c.model.service.name
    )
    places = _grouped(shown, lambda config: (namespace(config), None))
    counted = _grouped(
        [config for config in shown if observed(config).requests],
        lambda config: (namespace(config), observed(config).requests),
    )
    which = selector(PLACE, alertstate="firing", team=team)
    rows = [
        ("Services", [_services(team, shown, places, counted)]),
        ("Alerts", [alerts(which)]),
        ("Requests", _requests(counted)),
        ("Pods", _pods(places)),
    ]
    accounts = {site.account for config in shown for site in config.sites()}
    made = dashboard(
        dashboard_uid(team),
        f"Team {team}",
        MADE.format(source="the services' pipeline.yaml"),
        [team, "team"],
        panels=placed(rows),
        variables=variables(
            "kube_deployment_spec_replicas",
            _any_of(places),
            accounts,
            "account",
            "region",
            "cluster",
        ),
        links=[_links(team)],
        annotations=[],
    )
    return text(made)


def _grouped(
    configs: Sequence[Config], key: Callable[[Config], tuple[str, Requests | None]]
) -> list[_Group]:
    def order(config: Config) -> str:
        return repr(key(config))

    made = []
    for _, group in groupby(sorted(configs, key=order), key=order):
        members = list(group)
        space, requests = key(members[0])
        names = "|".join(config.model.service.name for config in members)
        made.append(_Group(f"=~{literal(names)}", requests, space))
    return made


def _any_of(places: Sequence[_Group]) -> str:
    spaces = "|".join(dict.fromkeys(place.namespace for place in places))
    names = "|".join(place.which.removeprefix('=~"').removesuffix('"') for place in places)
    return f'namespace=~{literal(spaces)}, deployment=~"{names}"'


def _all(queries: Iterable[str]) -> str:
    return " or ".join(queries)


def _deployments(places: Sequence[_Group], metric: str) -> str:
    """A number of each Deployment, by the label ``service``."""
    return _all(
        f"label_replace(sum by (deployment) ({metric}"
        f"{selector(f'deployment{place.which}', PLACE, namespace=place.namespace)}), "
        f'"service", {literal("$1")}, "deployment", "(.*)")'
        for place in places
    )


def _by_service(query: str) -> str:
    return f"sum by (service) ({query})"


def _of(counted: Sequence[_Group], what: str, window: str) -> str:
    """Rate, errors or duration by service."""
    made = []
    for group in counted:
        assert group.requests
        where = selector(f"service{group.which}", PLACE)
        if what == "rate":
            made.append(requests_rate(group.requests, where, " by (service)", window))
        elif what == "errors":
            made.append(f"({failed_share(group.requests, where, ' by (service)', window)})")
        else:
            made.append(quantile(group.requests.histogram, "0.95", where, "service", window))
    return _all(made)


def _uid(team: str, configs: Sequence[Config], query: str) -> str:
    """The query with the dashboard's uid as a label, for the link to it."""
    made = f'label_replace({query}, "dashboard", {literal(f"{team}-$1")}, "service", "(.*)")'
    for config in configs:
        name = config.model.service.name
        uid = dashboard_uid(team, name)
        if uid != f"{team}-{name}":
            made = f'label_replace({made}, "dashboard", {literal(uid)}, "service", {literal(name)})'
    return made


def _services(
    team: str, configs: Sequence[Config], places: Sequence[_Group], counted: Sequence[_Group]
) -> Panel:
    ready = _by_service(_deployments(places, "kube_deployment_status_replicas_ready"))
    wanted = _by_service(_deployments(places, "kube_deployment_spec_replicas"))
    firing = f"count by (service) (ALERTS{selector(PLACE, alertstate='firing', team=team)})"
    asked = {
        "pods ready": _uid(team, configs, ready),
        "pods wanted": wanted,
        "alerts": f"({firing} or 0 * {wanted}) and on (service) {wanted}",
    }
    if counted:
        asked |= {
            "requests": _of(counted, "rate", _NOW),
            "errors": _of(counted, "errors", _NOW),
            "p95": _of(counted, "p95", _NOW),
        }
    columns = ["service", "alerts", "requests", "errors", "p95", "pods ready", "pods wanted"]
    queries = [Query(query, now=True, table=True) for query in asked.values()]
    renamed = {f"Value #{chr(ord('A') + n)}": name for n, name in enumerate(asked)}
    back = {name: value for value, name in renamed.items()}
    order = {back.get(name, name): n for n, name in enumerate(columns)}
    link = {
        "title": "Dashboard",
        "url": "/d/${__data.fields.dashboard}?${__url_time_range}",
        "targetBlank": False,
    }
    return table(
        "Services",
        "Requests in a second, the share of them that fails, and the time within which 95% are "
        f"answered, of the last {_NOW}; pods and alerts now. A service's name leads to its "
        "dashboard.",
        *queries,
        height=max(6, min(3 + len(configs), 16)),
        transformations=[
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True},
                    "indexByName": order,
                    "renameByName": renamed,
                },
            },
        ],
        overrides=[
            by_name("service", links=[link]),
            by_name("dashboard", custom_hidden=True),
            by_name("requests", unit="reqps"),
            by_name("errors", unit="percentunit", **_reddening(0.05)),
            by_name("p95", unit="s"),
            by_name("alerts", **_reddening(1)),
        ],
    )


def _reddening(limit: float) -> Data:
    steps: list[Data] = [{"color": "text", "value": None}, {"color": "red", "value": limit}]
    return {
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom_cellOptions": {"type": _RED},
    }


def _requests(counted: Sequence[_Group]) -> list[Panel]:
    if not counted:
        return []
    series = "{{service}}"
    return [
        lines(
            "Requests by service", "Requests in a second.", "reqps",
            Query(_of(counted, "rate", RATE), series),
        ),
        lines(
            "Errors by service", "The share of the requests that fail.", "percentunit",
            Query(_of(counted, "errors", RATE), series),
        ),
        lines(
            "Duration p95 by service", "95% of the requests are answered within this time.", "s",
            Query(_of(counted, "p95", RATE), series),
        ),
    ]  # fmt: skip


def _pods(places: Sequence[_Group]) -> list[Panel]:
    ready = _by_service(_deployments(places, "kube_deployment_status_replicas_ready"))
    wanted = _by_service(_deployments(places, "kube_deployment_spec_replicas"))
    restarts = _all(
        "label_replace(sum by (container) (increase(kube_pod_container_status_restarts_total"
        f"{selector(f'container{place.which}', PLACE, namespace=place.namespace)}[{RATE}])), "
        f'"service", {literal("$1")}, "container", "(.*)")'
        for place in places
    )
    series = "{{service}}"
    return [
        lines(
            "Pods ready by service", "Pods that are ready.", "short", Query(ready, series), width=8
        ),
        lines(
            "Pods missing by service", "Pods that are wanted and not ready.", "short",
            Query(f"{wanted} - {ready}", series), from_zero=False,
        ),
        lines(
            "Restarts by service", "Restarts of its containers.", "short",
            Query(_by_service(restarts), series),
        ),
    ]  # fmt: skip


def _links(team: str) -> Data:
    """A menu of the dashboards of the team's services."""
    return {
        "type": "dashboards",
        "title": words(f"Services of {team}"),
        "icon": "external link",
        "tooltip": "The dashboard of each service",
        "url": "",
        "tags": [TAG, team],
        "asDropdown": True,
        "targetBlank": False,
        "includeVars": True,
        "keepTime": True,
    }
