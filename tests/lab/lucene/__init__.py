"""Lucene 9.12's query parser over indexed messages, as Graylog's search has it underneath.

Where no field is named a query asks `message` alone, where Graylog asks all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.groovy import groovy_jar, java_path
from tests.lab.jvm import JsonServer
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
        self._jvm = JsonServer("Lucene", SERVER, java_path(), [groovy_jar(), *needed])

    def search(self, messages: Mapping[str, Message], query: str) -> Found:
        """Index messages, and run a query on them.

        Args:
            messages: by their ids, each with its fields as Graylog stores them.
            query: the query.

        Raises:
            QueryError: the parser does not take it.
        """
        reply = self._jvm.ask({"messages": messages, "query": query}, self.timeout)
        if "refused" in reply:
            raise QueryError(reply["refused"])
        return Found(frozenset(reply["found"]), tuple(reply["unknown"]))

    def close(self) -> None:
        """End it."""
        self._jvm.close()
