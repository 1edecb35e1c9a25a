"""Lucene 9.12's query parser over indexed messages, as Graylog's search has it underneath.

Where no field is named a query asks `message` alone, where Graylog asks all of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.lab.groovy import groovy_jar, java_path
from tests.lab.maven import jars

SERVER = Path(__file__).with_name("server.groovy")

Message = Mapping[str, str | int | float]


class QueryError(Exception):
    """The parser does not take the query; Graylog would answer with 400."""


@dataclass(frozen=True)
class Found:
    """What a query found.

    Args:
        ids: the ids of the messages.
        unknown: fields of the query that no message has: mostly a slip of the pen.
    """

    ids: frozenset[str]
    unknown: tuple[str, ...] = ()


class Lucene:
    """A running Lucene; it starts at the first request.

    Args:
        timeout: seconds for an answer.
    """

    def __init__(self, timeout: float = 60) -> None:
        self.timeout = timeout
        needed = jars("lucene-core", "lucene-queryparser", "lucene-analysis-common")
        self._path = os.pathsep.join(map(str, [groovy_jar(), *needed]))
        self._java = java_path()
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[bytes] | None = None

    def search(self, messages: Mapping[str, Message], query: str) -> Found:
        """Index messages, and run a query on them.

        Args:
            messages: by their ids, each with its fields as Graylog stores them.
            query: the query.

        Raises:
            QueryError: the parser does not take it.
        """
        reply = self._ask({"messages": messages, "query": query})
        if "refused" in reply:
            raise QueryError(reply["refused"])
        return Found(frozenset(reply["found"]), tuple(reply["unknown"]))

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        deadline = threading.Timer(self.timeout, process.kill)
        deadline.start()
        line = ""
        try:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
        finally:
            deadline.cancel()
            deadline.join()
        reply: dict[str, Any] = json.loads(line) if line else {"failed": self._last_words()}
        if "failed" in reply:
            raise RuntimeError(reply["failed"])
        return reply

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
            options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", self._path]
            self._process = subprocess.Popen(
                [self._java, *options, "groovy.ui.GroovyMain", SERVER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                encoding="ascii",
            )
        return self._process

    def _last_words(self) -> str:
        assert self._errors is not None
        self._errors.seek(0)
        told = self._errors.read()[-2000:].decode(errors="replace")
        self.close()
        return f"Lucene ended: {told}"
