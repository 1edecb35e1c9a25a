"""`pipelinegen run` beside the bare `docker build` and `docker run` of the same stage.

    make bench-run        or: python bench/run.py [--runs 5]

Both are run in turn on a stage of ten seconds whose image is built already. What is compared is
the time on the clock, since the stage itself is the same and happens in the daemon. The base image
must be there or to be had: python:3.11-slim.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

SECONDS = 10

SERVICE = f"""\
apiVersion: pipelinegen/v1
service: {{name: orders, team: shop}}
tests: {{unit: {{run: sleep {SECONDS}}}}}
"""


def seconds(command: Sequence[str], folder: Path) -> float:
    """The time on the clock that a command takes."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - began


def bare(folder: Path) -> list[str]:
    """The two commands that a person would type."""
    user, here = f"{os.getuid()}:{os.getgid()}", str(folder)
    run = (
        f'docker run --rm -u {user} -v "{here}:{here}" -w "{here}" bench sh -xec "sleep {SECONDS}"'
    )
    return ["sh", "-c", f"docker build -t bench . && {run}"]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    ours = [str(Path(sys.executable).with_name("pipelinegen")), "run", "unit"]
    with tempfile.TemporaryDirectory(prefix="pipelinegen-bench-") as temporary:
        folder = Path(temporary)
        (folder / "pipeline.yaml").write_text(SERVICE)
        (folder / "Dockerfile").write_text("FROM python:3.11-slim\n")
        measured = []
        for _ in range(options.runs + 1):
            measured.append((seconds(ours, folder), seconds(bare(folder), folder)))
        measured = measured[1:]  # the first run builds the images
    ratios = sorted(mine / peer for mine, peer in measured)
    mine, peer = (statistics.median(each) for each in zip(*measured, strict=True))
    print("| what | ours, s | bare, s | ratio (min-max) | aim |")
    print("|---|---|---|---|---|")
    ratio = f"{statistics.median(ratios):.3f} ({ratios[0]:.3f}-{ratios[-1]:.3f})"
    what = "`pipelinegen run` / `docker build`, `docker run`"
    print(f"| {what} | {mine:.2f} | {peer:.2f} | {ratio} | 1.05 |")


if __name__ == "__main__":
    main()
