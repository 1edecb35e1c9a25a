"""What the environment says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    database_url: str
    catalog_url: str
    currency: str = "EUR"
    log_level: str = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        missing = [name for name in ("DATABASE_URL", "CATALOG_URL") if not environment.get(name)]
        if missing:
            raise SystemExit(f"orders needs {' and '.join(missing)} in its environment")
        return cls(
            database_url=environment["DATABASE_URL"],
            catalog_url=environment["CATALOG_URL"].rstrip("/"),
            currency=environment.get("CURRENCY", cls.currency),
            log_level=environment.get("LOG_LEVEL", cls.log_level),
        )
