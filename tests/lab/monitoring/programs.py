"""The programs, out of Debian's packages; all but Alertmanager run without being installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab import Missing
from tests.lab.cache import cache_dir
from tests.lab.debian import install_packages

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
}
_TEMPLATES = Path("/usr/share/prometheus/alertmanager/default.tmpl")
# Seconds.
_DOWNLOADS = 300.0


def program(name: str) -> Path:
    """One of ``PACKAGES``: the machine's own, else the one that was downloaded once.

    Raises:
        Missing: it is not installed, and cannot be downloaded.
    """
    if installed := shutil.which(name):
        return Path(installed)
    package = PACKAGES[name]
    kept = cache_dir() / f"debian-{package}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=cache_dir(), prefix=f".{package}-") as scratch:
            made = Path(scratch) / "made"
            _unpack(package, Path(scratch), made)
            try:
                made.rename(kept)
            except OSError:
                # Another test process was faster; its copy is as good as this one.
                if not kept.exists():
                    raise
    return kept / "usr/bin" / name


def install_alertmanager() -> None:
    """Debian's Alertmanager, which reads templates of its package at their place.

    Raises:
        Missing: it is not there, and cannot be installed.
    """
    if not _TEMPLATES.exists():
        name = "prometheus-alertmanager"
        install_packages(name, f"there is no {_TEMPLATES}", [name])


def _unpack(package: str, scratch: Path, target: Path) -> None:
    download = ["apt-get", "download", "-q", package]
    if not _runs(download, scratch)[0]:
        # A new machine has no lists of packages; only root may get them.
        _runs(["apt-get", "update", "-q"], scratch)
        done, said = _runs(download, scratch)
        if not done:
            raise Missing(package, said, f"install Debian's package `{package}`")
    (file,) = scratch.glob("*.deb")
    done, said = _runs(["dpkg-deb", "-x", str(file), str(target)], scratch)
    if not done:
        raise Missing(package, said, f"install Debian's package `{package}`")


def _runs(command: list[str], folder: Path) -> tuple[bool, str]:
    """Whether a command does it, and the last that it said."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_DOWNLOADS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    said = (done.stderr or done.stdout).strip().splitlines() or [f"{command[0]} failed"]
    return done.returncode == 0, said[-1]
