"""A small service that depends on the catalog, and a server on this machine in its place."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIPELINE = """\
apiVersion: pipelinegen/v1
service: {name: tearoom, team: shop}
platform: platform.yaml
port: 8000
dependencies:
  catalog: {type: service, env: CATALOG_URL}
"""
FILES = {
    "pipeline.yaml": PIPELINE,
    "platform.yaml": "apiVersion: pipelinegen/v1\nregistry: {url: localhost:5000/shop}\n",
    "Dockerfile": 'FROM python:3.11-slim\nCOPY app.py /\nCMD ["python", "-u", "/app.py"]\n',
    "app.py": """
        import json, os
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        from urllib.request import urlopen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with urlopen(os.environ["CATALOG_URL"] + "/products/tea", timeout=5) as answer:
                    tea = json.load(answer)
                content = json.dumps({"menu": [tea["name"]]}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        ThreadingHTTPServer(("", 8000), Handler).serve_forever()
        """,
}


@contextmanager
def serving(answers: Mapping[str, Any]) -> Iterator[int]:
    """A server on this machine that answers with JSON, by the path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(self.path)
            content = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """It is silent."""

    with ThreadingHTTPServer(("0.0.0.0", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
