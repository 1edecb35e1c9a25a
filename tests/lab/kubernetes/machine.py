"""What clusters need of the machine's kernel, beyond its usual settings."""

from __future__ import annotations

from pathlib import Path

from tests.lab import Missing

SETTINGS = Path("/proc/sys")
# A cluster takes 16 of the first; the usual 128 are too few for eight, and for what else watches
# files as the same user.
LEAST = {"fs/inotify/max_user_instances": 1024, "fs/inotify/max_user_watches": 131072}


def raise_limits() -> None:
    """Have limits of the kernel be high enough. None is lowered, and they stay until it restarts.

    Raises:
        Missing: the machine does not let us.
    """
    for name, least in LEAST.items():
        path = SETTINGS / name
        if int(path.read_text()) >= least:
            continue
        try:
            path.write_text(str(least))
        except OSError as error:
            mend = f"sysctl -w {name.replace('/', '.')}={least}"
            raise Missing("Kubernetes", f"{path} is too low ({error})", mend) from error
