"""Testcontainers' reaper: removes what its clients started, once they are gone.

A client connects and sends lines such as ``label=org.testcontainers.session-id=0815&label=a=b``,
each answered with ``ACK``; as long as one is connected nothing is removed. The protocol and the
variables: https://github.com/testcontainers/moby-ryuk
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import socketserver
import sys
import threading
import time
from urllib.parse import parse_qsl, quote, urlencode

SOCKET = "/var/run/docker.sock"
# Reapers carry the session's label too.
REAPER = "org.testcontainers.ryuk"
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
# What is removed, in the order in which Docker lets go of it: the path of its list, the key of its
# name in that list, the key of the list in the answer, and what a removal asks for.
KINDS = [
    ("containers", "/containers/json?all=1&", "Id", None, {"force": "1", "v": "1"}),
    ("networks", "/networks?", "Id", None, {}),
    ("volumes", "/volumes?", "Name", "Volumes", {"force": "1"}),
    ("images", "/images/json?", "Id", None, {"force": "1"}),
]


def seconds(name: str, default: float) -> float:
    """A duration as Go writes it (``1m30s``) from the environment."""
    parts = re.findall(r"([0-9.]+)(ms|s|m|h)", os.environ.get(name, ""))
    return sum(float(number) * UNITS[unit] for number, unit in parts) if parts else default


class Docker(http.client.HTTPConnection):
    """Docker's API on its socket."""

    def __init__(self) -> None:
        super().__init__("localhost", timeout=60)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(SOCKET)


def ask(method: str, path: str) -> tuple[int, bytes]:
    docker = Docker()
    try:
        docker.request(method, path)
        answer = docker.getresponse()
        return answer.status, answer.read()
    finally:
        docker.close()


class Reaper:
    """What is to be removed, and when."""

    def __init__(self, first: float, again: float) -> None:
        self.changed = threading.Condition()
        self.filters: list[dict[str, list[str]]] = []
        self.clients = 0
        self.again = again
        self.deadline = time.monotonic() + first

    def come(self) -> None:
        with self.changed:
            self.clients += 1
            self.changed.notify_all()

    def go(self) -> None:
        with self.changed:
            self.clients -= 1
            self.deadline = time.monotonic() + self.again
            self.changed.notify_all()

    def note(self, line: str) -> None:
        """Remembers a line of filters, but for one that would match everything."""
        found: dict[str, list[str]] = {}
        for key, value in parse_qsl(line):
            found.setdefault(key, []).append(value)
        with self.changed:
            if found.get("label") and found not in self.filters:
                self.filters.append(found)

    def wait(self) -> None:
        """Until the last client has been gone for long enough."""
        with self.changed:
            while self.clients or time.monotonic() < self.deadline:
                left = None if self.clients else self.deadline - time.monotonic()
                self.changed.wait(left)

    def remove(self) -> None:
        for kind, listing, name, inside, asked in KINDS:
            removed = 0
            for wanted in self.filters:
                filters = urlencode({"filters": json.dumps(wanted)})
                status, body = ask("GET", listing + filters)
                if status != 200:
                    print(f"{kind}: {status} {body.decode(errors='replace').strip()}")
                    continue
                found = json.loads(body)
                for one in (found[inside] if inside else found) or []:
                    if (one.get("Labels") or {}).get(REAPER) == "true":
                        continue
                    path = f"/{kind}/{quote(one[name], safe='')}?{urlencode(asked)}"
                    status, body = ask("DELETE", path)
                    removed += status in (200, 204)
                    if status not in (200, 204, 404):
                        print(f"{kind}: {status} {body.decode(errors='replace').strip()}")
            print(f"removed {removed} {kind}")


class Client(socketserver.StreamRequestHandler):
    """One connection of one client; it lasts as long as the client lives."""

    server: Server

    def handle(self) -> None:
        reaper = self.server.reaper
        reaper.come()
        try:
            for line in self.rfile:
                text = line.decode(errors="replace").strip()
                if text:
                    reaper.note(text)
                    self.wfile.write(b"ACK\n")
        except OSError as error:
            print(f"a client is gone: {error}")
        finally:
            reaper.go()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, reaper: Reaper, port: int) -> None:
        self.reaper = reaper
        super().__init__(("", port), Client)


def main() -> None:
    # The first process of a container ignores signals that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    first, again = seconds("RYUK_CONNECTION_TIMEOUT", 60), seconds("RYUK_RECONNECTION_TIMEOUT", 10)
    reaper = Reaper(first, again)
    port = int(os.environ.get("RYUK_PORT", "8080"))
    with Server(reaper, port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # Clients of some languages wait for this word.
        print(f"ryuk: Started! Listening on port {port}")
        reaper.wait()
        reaper.remove()
        server.shutdown()


if __name__ == "__main__":
    main()
