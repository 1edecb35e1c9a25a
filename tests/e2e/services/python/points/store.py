"""The points in Postgres."""

from __future__ import annotations

import psycopg

SCHEMA = "CREATE TABLE IF NOT EXISTS points (customer text PRIMARY KEY, points bigint NOT NULL)"
ADD = """
    INSERT INTO points VALUES (%s, %s)
    ON CONFLICT (customer) DO UPDATE SET points = points.points + excluded.points
    RETURNING points
"""


class Store:
    def __init__(self, url: str) -> None:
        self._url = url

    def open(self) -> None:
        with self._connect() as connection:
            connection.execute(SCHEMA)

    def ready(self) -> bool:
        try:
            with self._connect() as connection:
                connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def add(self, customer: str, points: int) -> int:
        with self._connect() as connection:
            return connection.execute(ADD, (customer, points)).fetchone()[0]

    def balance(self, customer: str) -> int:
        with self._connect() as connection:
            query = "SELECT points FROM points WHERE customer = %s"
            found = connection.execute(query, (customer,)).fetchone()
        return found[0] if found else 0

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._url, connect_timeout=3)
