"""A real OpenSearch 2.15, which is what Graylog 6.1 searches in: in one JVM, from Maven's jars."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import Missing
from tests.lab.groovy import groovy_jar, java_path
from tests.lab.lucene import Message, QueryError
from tests.lab.maven import listed

HERE = Path(__file__).parent
# Seconds.
STARTS = 120.0
ANSWERS = 60.0
# As Graylog's index template: text is a keyword but for that of a message.
MAPPING = {
    "dynamic_templates": [
        {"strings": {"match_mapping_type": "string", "mapping": {"type": "keyword"}}}
    ],
    "properties": {
        "message": {"type": "text", "analyzer": "standard"},
        "full_message": {"type": "text", "analyzer": "standard"},
        "timestamp": {"type": "date", "format": "epoch_millis"},
    },
}


@dataclass(frozen=True)
class OpenSearch:
    """A running one.

    Args:
        url: its address.
    """

    url: str

    def index(self, messages: Mapping[str, Message]) -> None:
        """Hold these messages by their ids, and no others; ``timestamp`` is in milliseconds."""
        self._ask("DELETE", "/graylog_0?ignore_unavailable=true")
        self._ask("PUT", "/graylog_0", json.dumps({"mappings": MAPPING}))
        lines = []
        for name, message in messages.items():
            lines += [json.dumps({"index": {"_id": name}}), json.dumps(message)]
        done = self._ask("POST", "/graylog_0/_bulk?refresh=true", "\n".join(lines) + "\n")
        assert not done["errors"], done

    def search(self, query: str, between: tuple[int, int] | None = None) -> frozenset[str]:
        """The ids of what a query finds, asked as Graylog asks.

        Args:
            query: the query.
            between: from when until when, in milliseconds.

        Raises:
            QueryError: it does not take the query.
        """
        said = {"query_string": {"query": query, "allow_leading_wildcard": False}}
        first, last = between or (None, None)
        when = {"range": {"timestamp": {"gte": first, "lte": last}}}
        bounded = {"bool": {"must": [said], "filter": [when] if between else []}}
        body = json.dumps({"size": 10_000, "_source": False, "query": bounded})
        found = self._ask("POST", "/graylog_0/_search", body)
        return frozenset(hit["_id"] for hit in found["hits"]["hits"])

    def _ask(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=body.encode() if body else None,
            headers={
                "Content-Type": "application/x-ndjson" if "_bulk" in path else "application/json"
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWERS) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except urllib.error.HTTPError as error:
            with error:
                said = json.load(error)
            if error.code == 400:
                raise QueryError(said["error"]["root_cause"][0]["reason"]) from None
            raise AssertionError(said) from None


@contextmanager
def running() -> Iterator[OpenSearch]:
    """One, as long as the block runs."""
    path = os.pathsep.join(map(str, [groovy_jar(), *listed(HERE / "jars.txt")]))
    options = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", path]
    options.append("-Dopensearch.set.netty.runtime.available.processors=false")
    with tempfile.TemporaryDirectory(prefix="opensearch ") as folder:
        script = str(HERE / "server.groovy")
        command = [str(java_path()), *options, "groovy.ui.GroovyMain", script, folder]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        with process:
            deadline = threading.Timer(STARTS, process.kill)
            deadline.start()
            try:
                yield OpenSearch(f"http://127.0.0.1:{_port(process, deadline, Path(folder))}")
            finally:
                deadline.cancel()
                process.kill()


def _port(process: subprocess.Popen[str], deadline: threading.Timer, folder: Path) -> int:
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        if line.startswith("PORT "):
            deadline.cancel()
            return int(line.split()[1])
        told.append(line)
    told.append((folder / "log").read_text(errors="replace"))
    raise Missing(
        "opensearch", f"it did not start: {''.join(told)[-2000:]}", "look at what it says"
    )
