"""Dashboards on a Grafana server: what differs from what is declared, and bringing it there.

https://grafana.com/docs/grafana/v11.6/developers/http_api/dashboard/ and its neighbours. A
dashboard is ours by its tag; every save has a message, by which ours are told from a person's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import requests

from pipelinegen import __version__
from pipelinegen.credentials import Kind, Token
from pipelinegen.errors import OutsideError, Refused
from pipelinegen.observe.http import SECONDS, no_answer, said
from pipelinegen.plan.links import folder_uid
from pipelinegen.render.dashboard_parts import TAG

Data = dict[str, Any]
GRAFANA = Kind("Grafana", "monitoring.grafana.url", make="org/serviceaccounts")
_MESSAGE = f"pipelinegen {__version__}"
# What the server gives each dashboard.
_OF_SERVER = ("id", "version")


@dataclass(frozen=True)
class Wanted:
    """A dashboard as it is declared.

    Args:
        team: the team, which has a folder.
        model: its JSON.
    """

    team: str
    model: Data

    @property
    def uid(self) -> str:
        """Its identity."""
        return str(self.model["uid"])


@dataclass(frozen=True)
class Change:
    """Something to do.

    Args:
        what: what to do; blocked: something stands in the way.
        kind: of what.
        uid: its identity.
        title: its title.
        why: what stands in the way.
        differences: where a dashboard differs, such as ``panels[3].title``.
        wanted: the dashboard.
        numbers: ``id`` and ``version`` of the one that is there.
    """

    what: Literal["create", "change", "blocked"]
    kind: Literal["folder", "dashboard"]
    uid: str
    title: str
    why: str = ""
    differences: tuple[str, ...] = ()
    wanted: Wanted | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)


class Server:
    """A Grafana.

    Args:
        access: where, and our token.
        ca: a file with the certificates to trust, when they are not the system's.
    """

    def __init__(self, access: Token, ca: Path | None = None) -> None:
        self.url = access.url
        self._verify: str | bool = str(ca) if ca else True
        self._session = requests.Session()
        # As a function: without one, requests would send the login that ~/.netrc has instead.
        self._session.auth = _Bearer(access.token)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, path: str) -> Any:
        """The JSON at a path; None where there is nothing.

        Raises:
            OutsideError: it was refused, or there was no answer.
        """
        return self._ask("GET", path)

    def post(self, path: str, body: Data) -> None:
        """Send JSON to a path.

        Raises:
            Refused: it was saved by somebody else in the meantime.
            OutsideError: it was refused, or there was no answer.
        """
        self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: Data | None = None) -> Any:
        try:
            # A redirection leads to a login, or away: the token is not for there.
            answer = self._session.request(
                method,
                self.url + path,
                json=body,
                timeout=SECONDS,
                allow_redirects=False,
                verify=self._verify,
            )
        except requests.RequestException as error:
            raise OutsideError(f"{self.url}: {no_answer(error, GRAFANA)}") from None
        if answer.status_code == 404 and method == "GET":
            return None
        if answer.status_code != 200:
            raise self._refusal(path, answer)
        try:
            return answer.json()
        except ValueError:
            raise OutsideError(
                f"{self.url}: the answer is no JSON, so that is no Grafana\n"
                "      = check GRAFANA_URL"
            ) from None

    def _refusal(self, path: str, answer: requests.Response) -> Refused | OutsideError:
        status, told = answer.status_code, said(answer)
        if status == 412:
            hint = "run `pipelinegen dashboards plan` to see what is there now"
            return Refused(f"{told or 'it was changed in the meantime'}\n      = {hint}")
        if status == 401:
            hint = "make a new token of a service account, and set GRAFANA_TOKEN"
            return OutsideError(f"{self.url}: the token is not valid\n      = {hint}")
        if status == 403:
            hint = "give its service account the role Editor"
            return OutsideError(f"{self.url}: the token may not do this: {told}\n      = {hint}")
        if 300 <= status < 400:
            hint = "check GRAFANA_URL; a proxy may want a login"
            return OutsideError(f"{self.url}: the answer is elsewhere\n      = {hint}")
        return OutsideError(f"{self.url}{path}: {status} {told}".rstrip())


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def find(server: Server, wanted: Sequence[Wanted], *, overwrite: bool = False) -> list[Change]:
    """What is to do, folders first.

    Args:
        server: the server.
        wanted: all that is declared.
        overwrite: also what a person has changed there.

    Raises:
        OutsideError: the server does not answer, or refuses.
    """
    made = []
    for team in dict.fromkeys(one.team for one in wanted):
        if server.get(f"api/folders/{folder_uid(team)}") is None:
            made.append(Change("create", "folder", folder_uid(team), team))
    for one in wanted:
        if change := _change(server, one, overwrite):
            made.append(change)
    return made


def _change(server: Server, wanted: Wanted, overwrite: bool) -> Change | None:
    title = str(wanted.model["title"])
    found = server.get(f"api/dashboards/uid/{wanted.uid}")
    if found is None:
        return Change("create", "dashboard", wanted.uid, title, wanted=wanted)
    live, meta = found["dashboard"], found["meta"]

    def blocked(why: str, differing: Sequence[str] = ()) -> Change:
        return Change("blocked", "dashboard", wanted.uid, title, why, tuple(differing))

    if TAG not in (live.get("tags") or []):
        return blocked(f"another dashboard has its uid: it has no tag `{TAG}`")
    differing = list(differences(wanted.model, live))
    if meta.get("folderUid") != folder_uid(wanted.team):
        differing.append("folder")
    if not differing:
        return None
    if meta.get("provisioned"):
        return blocked("Grafana reads it from a file or ConfigMap", differing)
    if not overwrite and (who := _by_hand(server, wanted.uid)):
        return blocked(f"{who} has changed it: --overwrite brings ours back", differing)
    numbers = {key: live.get(key) for key in _OF_SERVER}
    return Change("change", "dashboard", wanted.uid, title, "", tuple(differing), wanted, numbers)


def _by_hand(server: Server, uid: str) -> str | None:
    """Who saved it last, when that was not us."""
    found = server.get(f"api/dashboards/uid/{uid}/versions?limit=1")
    # A list until Grafana 10.
    versions = (found.get("versions") if isinstance(found, dict) else found) or []
    if not versions or re.match(r"pipelinegen [0-9]", versions[0].get("message") or ""):
        return None
    return str(versions[0].get("createdBy") or "somebody")


def differences(wanted: Any, live: Any, path: str = "") -> Iterator[str]:
    """Where a live dashboard is another than the wanted one.

    What the server counts is left out, and what is empty beyond that: a newer Grafana adds keys
    and raises the version of the schema.
    """
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key in [*wanted, *(key for key in live if key not in wanted)]:
            here = f"{path}.{key}" if path else key
            if not path and key in _OF_SERVER:
                continue
            if here == "schemaVersion" and _newer(wanted[key], live.get(key)):
                continue
            if key not in wanted:
                if live[key]:
                    yield here
            else:
                yield from differences(wanted[key], live.get(key), here)
    elif isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        for number, (one, other) in enumerate(zip(wanted, live, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif wanted != live and (wanted or live):
        yield path


def _newer(wanted: Any, live: Any) -> bool:
    return isinstance(live, int) and live >= wanted


def carry_out(server: Server, change: Change) -> None:
    """Do it.

    Raises:
        Refused: it was saved by somebody else in the meantime.
        OutsideError: the server does not answer, or refuses.
    """
    if change.kind == "folder":
        server.post("api/folders", {"uid": change.uid, "title": change.title})
        return
    assert change.wanted
    model = {**change.wanted.model, "id": None, **change.numbers}
    body = {
        "dashboard": model,
        "folderUid": folder_uid(change.wanted.team),
        "message": _MESSAGE,
        # Only what we have looked at: the server compares the version.
        "overwrite": False,
    }
    server.post("api/dashboards/db", body)
