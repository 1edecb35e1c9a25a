"""What the pytest plugin costs a run of pytest that uses none of it.

    make bench-plugin     or: python bench/plugin.py [--runs 25]

An environment of its own with pytest and this checkout; one trivial test, with the plugin and
without it in turn. What is compared is the CPU time of the process, user and system.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
WITHOUT = ["-p", "no:pipelinegen", "-p", "no:pipelinegen.testing.fixtures"]


def milliseconds(python: Path, folder: Path, *options: str) -> float:
    """The CPU time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return (user + system) * 1000


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pipelinegen-bench-") as temporary:
        folder = Path(temporary)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        for what in (["pytest"], ["--no-deps", str(ROOT)]):
            pip = [str(python), "-m", "pip", "install", "--quiet", *what]
            if subprocess.run(pip, check=False).returncode:
                sys.exit("pip failed")
        tests = folder / "tests"
        tests.mkdir()
        (tests / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        measured = []
        for _ in range(options.runs + 1):
            mine = milliseconds(python, tests)
            measured.append((mine, milliseconds(python, tests, *WITHOUT)))
    measured = measured[1:]  # the first run compiles
    mine, peer = (statistics.median(each) for each in zip(*measured, strict=True))
    more = sorted(mine - peer for mine, peer in measured)
    quarter = len(more) // 4
    print("| what | with, CPU ms | without, CPU ms | more, ms (middle half) | aim, ms |")
    print("|---|---|---|---|---|")
    spread = f"{statistics.median(more):.1f} ({more[quarter]:.1f}-{more[-quarter - 1]:.1f})"
    print(f"| `pytest` that uses none of the plugin | {mine:.0f} | {peer:.0f} | {spread} | 10 |")


if __name__ == "__main__":
    main()
