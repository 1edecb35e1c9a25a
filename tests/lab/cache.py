"""Where downloaded and built parts are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir() -> Path:
    """The cache's directory, made when it is not there."""
    named = os.environ.get("PIPELINEGEN_LAB_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    directory = Path(named) if named else Path(home) / "pipelinegen-lab"
    directory.mkdir(parents=True, exist_ok=True)
    return directory
