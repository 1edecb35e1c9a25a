"""A service that does what a test wants of it: it breaks, is unready or greedy when told to."""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODE = Path("/mode").read_text().strip()
STARTED = time.monotonic()
STATE = {"alive": True, "ready": True}
SHOWN = ("ACCOUNT", "REGION", "CLUSTER", "LOG_LEVEL", "CURRENCY", "FRIEND_URL", "HOSTNAME")
KEPT: list[bytes] = []


def ready() -> bool:
    if MODE == "slow":
        return time.monotonic() - STARTED > 6
    return STATE["ready"] and MODE != "unready"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = 200
        if self.path in ("/break", "/unready"):
            STATE["alive" if self.path == "/break" else "ready"] = False
        elif self.path == "/alloc":
            # After the answer: the process is killed meanwhile.
            threading.Timer(0.1, lambda: KEPT.append(b"x" * 200_000_000)).start()
        elif self.path == "/healthz":
            status = 200 if STATE["alive"] else 500
        elif self.path == "/readyz":
            status = 200 if ready() else 503
        elif self.path == "/smoke":
            status = 503 if MODE == "bad" else 200
        content = json.dumps({"mode": MODE, **{name: os.environ.get(name) for name in SHOWN}})
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content.encode())


# Process 1 gets no signal that it does not ask for.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
if MODE == "crash":
    sys.exit("the tap has no water")
print("the tap runs", flush=True)
ThreadingHTTPServer(("", 8080), Handler).serve_forever()
