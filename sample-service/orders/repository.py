"""Orders, kept in Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool, PoolTimeout

_SCHEMA = (Path(__file__).parent / "schema.sql").read_text()
# Any number, the same in every worker of every pod.
_MIGRATION_LOCK = 7_305_801


@dataclass(frozen=True)
class Order:
    id: int
    sku: str
    name: str
    quantity: int
    total_cents: int
    currency: str
    placed_at: datetime


class Orders(Protocol):
    def add(self, sku: str, name: str, quantity: int, total_cents: int, currency: str) -> Order: ...
    def get(self, number: int) -> Order | None: ...
    def latest(self, limit: int = 20) -> list[Order]: ...
    def ready(self) -> bool: ...


class PostgresOrders:
    def __init__(self, url: str, timeout: float = 2.0) -> None:
        self._timeout = timeout
        self._migrated = False
        # Checked before use: after a failover of the database the first requests do not fail.
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=8,
            open=False,
            timeout=timeout,
            kwargs={"connect_timeout": 2},
            check=ConnectionPool.check_connection,
        )

    def open(self) -> None:
        """Does not wait: where the database is late, the service is up and not ready."""
        self._pool.open(wait=False)
        self.ready()

    def close(self) -> None:
        self._pool.close()

    def add(self, sku: str, name: str, quantity: int, total_cents: int, currency: str) -> Order:
        with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Order))
            cursor.execute(
                "INSERT INTO orders (sku, name, quantity, total_cents, currency)"
                " VALUES (%s, %s, %s, %s, %s) RETURNING *",
                (sku, name, quantity, total_cents, currency),
            )
            placed = cursor.fetchone()
            assert placed is not None
            return placed

    def get(self, number: int) -> Order | None:
        with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Order))
            return cursor.execute("SELECT * FROM orders WHERE id = %s", (number,)).fetchone()

    def latest(self, limit: int = 20) -> list[Order]:
        with self._pool.connection() as connection:
            cursor = connection.cursor(row_factory=class_row(Order))
            return cursor.execute(
                "SELECT * FROM orders ORDER BY id DESC LIMIT %s", (limit,)
            ).fetchall()

    def ready(self) -> bool:
        """Whether the database answers and has the tables."""
        try:
            with self._pool.connection(timeout=self._timeout) as connection:
                if not self._migrated:
                    # Several workers start at once, and CREATE IF NOT EXISTS may then collide.
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
                    connection.execute(_SCHEMA)
                connection.execute("SELECT 1")
            self._migrated = True
        except (psycopg.Error, PoolTimeout):
            return False
        return True
