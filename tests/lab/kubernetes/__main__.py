"""``python -m tests.lab.kubernetes up|down|status [NAME…]``: clusters, for a person and for CI."""

from __future__ import annotations

import sys
import time

from tests.lab import Missing
from tests.lab.kubernetes import CLUSTERS, STATE, Cluster, start, stop


def main() -> int:
    what, names = (sys.argv[1:2] or ["status"])[0], sys.argv[2:]
    began = time.monotonic()
    try:
        if what == "up":
            for name, cluster in start(names or list(CLUSTERS)[:6]).items():
                print(f"{name}: {cluster.kubeconfig}")
        elif what == "down":
            stop(names or None)
        elif what == "status":
            for name in CLUSTERS:
                if (STATE / name).exists():
                    print(f"{name}: {Cluster(name).kubeconfig}")
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except Missing as missing:
        print(f"{missing.name}: {missing.reason}\n{missing.mend}", file=sys.stderr)
        return 3
    print(f"{what} in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
