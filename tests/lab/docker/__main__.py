"""Prepares everything and says what was done: what `make e2e` does ahead of the tests."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.lab import Missing
from tests.lab.docker.cli import START
from tests.lab.docker.images import prepare
from tests.lab.docker.registry import start_registry


def main() -> int:
    began = time.monotonic()
    # Its words go to the terminal as they come: it may have to install Docker.
    done = subprocess.run([START], check=False)
    if done.returncode:
        return done.returncode
    try:
        for prepared in prepare(sys.argv[1:] or None):
            print(prepared, flush=True)
        print(f"registry at {start_registry().host}")
    except Missing as missing:
        print(f"{missing.name}: {missing.reason}\n{missing.mend}", file=sys.stderr)
        return 3
    print(f"prepared in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
