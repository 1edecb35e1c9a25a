"""Debian's packages, installed where tests need a server of theirs; none starts by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.lab import Missing

_POLICY = Path("/usr/sbin/policy-rc.d")


def install_packages(name: str, missing: str, packages: Sequence[str]) -> None:
    """Install packages.

    Args:
        name: what needs them.
        missing: what is not there, in words.
        packages: their names.

    Raises:
        Missing: they cannot be installed.
    """
    mend = f"install {' '.join(packages)}"
    if os.getuid() != 0 or not shutil.which("apt-get"):
        raise Missing(name, missing, mend)
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"{name}: {missing}: installing packages", file=sys.stderr, flush=True)
    with _no_services():
        for command in (
            [*apt, "update", "-q"],
            [*apt, "install", "-y", "-q", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(
                command,
                env=quiet,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                said = done.stderr.strip().splitlines() or ["apt-get failed"]
                raise Missing(name, said[-1], mend)


@contextmanager
def _no_services() -> Iterator[None]:
    """While packages are installed, none starts a service of its own."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
