"""The chart's rendering as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.manifests import Render, rendered
from tests.lab.helm import Helm


@pytest.fixture
def render(helm: Helm, tmp_path: Path) -> Render:
    return lambda *values, **more: rendered(helm, tmp_path, *values, **more)
