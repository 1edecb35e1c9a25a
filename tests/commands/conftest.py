from __future__ import annotations

from tests.deploy.conftest import clusters, run, service

__all__ = ["clusters", "run", "service"]
