"""A stand-in for Grafana: the requests that dashboards take, answered and refused as it does.

From https://grafana.com/docs/grafana/v11.6/developers/http_api/: the pages Folder, Dashboard,
Dashboard Versions and Authentication.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Data = dict[str, Any]
_LONGEST_UID = 40


@dataclass
class Kept:
    """A dashboard that is kept.

    Args:
        model: its JSON.
        folder: the uid of its folder.
        saves: the message of each save, and who it was.
        provisioned: whether it was read from a file.
    """

    model: Data
    folder: str
    saves: list[tuple[str, str]] = field(default_factory=list)
    provisioned: bool = False


@dataclass
class Grafana:
    """What it knows, and what it was asked.

    Args:
        url: where it is, with a slash at its end.
        tokens: the role of each token: Viewer, Editor or Admin.
        folders: titles by uid.
        dashboards: by uid.
        asked: method and path of each request.
        answers: given instead, for the next requests: status and body.
    """

    url: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    dashboards: dict[str, Kept] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def writes(self) -> list[str]:
        """The requests that would change something."""
        return [line for line in self.asked if not line.startswith("GET ")]

    def save_by_hand(self, uid: str, who: str, message: str = "", **changed: Any) -> None:
        """A person's change in the browser."""
        kept = self.dashboards[uid]
        kept.model = {**kept.model, **changed, "version": kept.model["version"] + 1}
        kept.saves.append((message, who))

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        role = self.tokens.get(token)
        if role is None:
            return 401, {"message": "Invalid API key"}
        if method == "POST" and role == "Viewer":
            return 403, {"message": "You'll need additional permissions to perform this action."}
        path, _, _ = path.partition("?")
        if method == "GET":
            return self._get(path)
        try:
            said = json.loads(body)
        except ValueError:
            return 400, {"message": "bad request data"}
        if path == "/api/folders":
            return self._make_folder(said)
        if path == "/api/dashboards/db":
            return self._save(said, role)
        return 404, {"message": "Not found"}

    def _get(self, path: str) -> tuple[int, Any]:
        if found := re.fullmatch(r"/api/folders/([^/]+)", path):
            if found[1] not in self.folders:
                return 404, {"message": "folder not found", "status": "not-found"}
            return 200, {"id": 1, "uid": found[1], "title": self.folders[found[1]], "version": 1}
        found = re.fullmatch(r"/api/dashboards/uid/([^/]+)(/versions)?", path)
        if not found:
            return 404, {"message": "Not found"}
        kept = self.dashboards.get(found[1])
        if kept is None:
            return 404, {"message": "Dashboard not found"}
        if not found[2]:
            meta = {"folderUid": kept.folder, "provisioned": kept.provisioned}
            return 200, {"dashboard": kept.model, "meta": meta}
        versions = [
            {"id": n, "version": n, "uid": found[1], "message": message, "createdBy": who}
            for n, (message, who) in enumerate(kept.saves, 1)
        ]
        return 200, {"continueToken": "", "versions": versions[::-1]}

    def _make_folder(self, said: Data) -> tuple[int, Any]:
        uid, title = said.get("uid", ""), said.get("title")
        if not title:
            return 400, {"message": "folder title cannot be empty"}
        if len(uid) > _LONGEST_UID:
            return 400, {"message": "uid too long, max 40 characters"}
        if uid in self.folders or title in self.folders.values():
            message = "a folder with the same name already exists in the current location"
            return 409, {"message": message}
        self.folders[uid] = title
        return 200, {"id": len(self.folders), "uid": uid, "title": title, "version": 1}

    def _save(self, said: Data, role: str) -> tuple[int, Any]:
        model, folder = said["dashboard"], said.get("folderUid", "")
        uid = model.get("uid") or ""
        if not model.get("title"):
            return 400, {"message": "Dashboard title cannot be empty", "status": "empty-name"}
        if len(uid) > _LONGEST_UID:
            return 400, {"message": "uid too long, max 40 characters"}
        if folder and folder not in self.folders:
            return 400, {"message": "folder not found"}
        kept = self.dashboards.get(uid)
        if kept and kept.provisioned:
            return 400, {"message": "Cannot save provisioned dashboard"}
        if kept is None and model.get("id"):
            return 404, {"message": "Dashboard not found", "status": "not-found"}
        if kept and model.get("version", 0) != kept.model["version"] and not said.get("overwrite"):
            message = "The dashboard has been changed by someone else"
            return 412, {"message": message, "status": "version-mismatch"}
        number = kept.model["version"] + 1 if kept else 1
        identity = kept.model["id"] if kept else len(self.dashboards) + 1
        saves = [*(kept.saves if kept else []), (said.get("message", ""), f"sa-{role.lower()}")]
        model = {**model, "id": identity, "version": number}
        self.dashboards[uid] = Kept(model, folder, saves)
        return 200, {"id": identity, "uid": uid, "status": "success", "version": number}


@contextmanager
def grafana(*, prefix: str = "") -> Iterator[Grafana]:
    """It runs as long as the block; the token ``s3cret`` is an editor's, ``looks`` a viewer's."""
    known = Grafana(tokens={"s3cret": "Editor", "looks": "Viewer"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix(prefix)
            known.asked.append(f"{self.command} {path}")
            if known.answers:
                status, said = known.answers.pop(0)
            else:
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                status, answer = known.answer(self.command, path, token, body)
                said = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_port}{prefix}/"
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
