"""Run an apply again and again, killed at its first file operation, its second, and so on.

    python -m tests.workspace.killed FOLDER COPIES FILES.json

FOLDER is copied to COPIES/1, COPIES/2, … and each copy is brought to the generated files by a
process that ends just before the operation of that number; the last copy is of one that was
through. A process of its own, as a process with threads should not fork.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from pipelinegen.errors import Refused
from pipelinegen.workspace import apply

OPERATIONS = {
    "open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.chmod",
    "subprocess.Popen",
}  # fmt: skip
KILLED = 9


def run(folder: Path, files: dict[str, str], number: int) -> bool:
    """One apply in a process that ends before an operation; whether it was through before."""
    child = os.fork()
    if child == 0:
        left = number

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if event in OPERATIONS and str(folder) in repr(arguments):
                left -= 1
                if left == 0:
                    os._exit(KILLED)

        sys.addaudithook(watch)
        try:
            apply(folder, files)
        except Refused as error:
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, KILLED):
        sys.exit(f"operation {number}: exit code {code}")
    return code == 0


def main(source: Path, copies: Path, files: dict[str, str]) -> None:
    """Kill at each operation until there is none left."""
    number, done = 0, False
    while not done:
        number += 1
        copy = copies / str(number)
        shutil.copytree(source, copy, symlinks=True)
        done = run(copy, files, number)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text("utf-8")))
