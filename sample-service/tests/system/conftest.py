"""The service with all around it, wherever it runs: pipelinegen's `system` finds or starts it."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def orders(system):
    return system


@pytest.fixture(scope="session")
def catalog(system):
    return system.dependency("catalog")
