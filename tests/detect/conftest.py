from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.given import Look, find


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """The one service of a repository that holds these files."""
    return lambda files: find(tmp_path / "shop", files)
