"""promtool and amtool: what they say of rules and configurations."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.lab.monitoring.programs import program

# Seconds.
_LONGEST = 120.0


class ToolError(Exception):
    """The tool refused; the text is what it said."""


def promtool(*arguments: str | Path, cwd: Path | None = None) -> str:
    """What promtool prints.

    Raises:
        ToolError: it found a fault.
    """
    return _run(program("promtool"), arguments, cwd)


def amtool(*arguments: str | Path, cwd: Path | None = None) -> str:
    """What amtool prints.

    Raises:
        ToolError: it found a fault.
    """
    return _run(program("amtool"), arguments, cwd)


def receivers(configuration: Path, labels: Mapping[str, str]) -> list[str]:
    """Who gets an alert with these labels."""
    said = amtool(
        "config",
        "routes",
        "test",
        f"--config.file={configuration}",
        *(f"{name}={value}" for name, value in labels.items()),
    )
    return said.strip().split(",")


def _run(binary: Path, arguments: tuple[str | Path, ...], cwd: Path | None) -> str:
    done = subprocess.run(
        [binary, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST,
    )
    if done.returncode:
        raise ToolError((done.stdout + done.stderr).strip())
    return done.stdout
