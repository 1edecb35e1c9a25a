"""``python -m tests.lab.kubernetes up|down|status [NAME…]``: clusters, for a person and for CI."""

from __future__ import annotations

import sys
import time

from tests.lab import Missing
from tests.lab.kubernetes import CLUSTERS, EVERY, find, start, stop


def main() -> int:
    what, *names = sys.argv[1:] or ["status"]
    began = time.monotonic()
    try:
        if what == "up":
            for name, cluster in start(names or EVERY).items():
                print(f"{name:<9} {cluster.region}  {cluster.kubeconfig}")
        elif what == "down":
            stop(names or None)
        elif what == "status":
            for cluster in find(names or CLUSTERS).values():
                if cluster.traces():
                    state = "runs" if cluster.runs() else "is not whole: `up` mends it"
                    print(f"{cluster.name:<9} {state}  {cluster.kubeconfig}")
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except Missing as missing:
        print(f"{missing.name}: {missing.reason}\n{missing.mend}", file=sys.stderr)
        return 3
    print(f"{what} in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
