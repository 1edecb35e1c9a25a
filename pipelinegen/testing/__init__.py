"""Helpers for tests: what a service depends on, as containers or where it runs already.

A pytest plugin that loads by itself; docs/testing.md shows it at work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelinegen.testing.objects import (
        Aws,
        Bucket,
        Database,
        Dependency,
        Kafka,
        Mongo,
        RabbitMq,
        Redis,
    )
    from pipelinegen.testing.web import System, Web

__all__ = [
    "Aws", "Bucket", "Database", "Dependency", "Kafka", "Mongo", "RabbitMq", "Redis", "System",
    "Web",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """A pytest that uses none of it imports none of it."""
    if name in __all__:
        from pipelinegen.testing import objects, web

        return getattr(web if name in ("System", "Web") else objects, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
