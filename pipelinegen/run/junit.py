"""JUnit reports: which tests ran, and what the failed ones say."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

# A report and when it was written, in nanoseconds.
Written = dict[Path, int]


@dataclass(frozen=True)
class Failure:
    """A test that failed.

    Args:
        name: the test, with its class or file.
        message: why, as the tool sums it up; may be empty.
        text: all that it said.
    """

    name: str
    message: str
    text: str

    def first_lines(self, most: int = 5) -> list[str]:
        """The first lines that say something: of the message, where there is one."""
        told = self.message or self.text
        return [line for line in told.splitlines() if line.strip()][:most]


@dataclass(frozen=True)
class Tally:
    """What the reports of a stage say."""

    run: int = 0
    skipped: int = 0
    failures: tuple[Failure, ...] = ()

    @property
    def failed(self) -> int:
        """How many failed."""
        return len(self.failures)


def written(directory: Path, patterns: Iterable[str]) -> Written:
    """The reports that are there.

    Args:
        directory: where the patterns begin.
        patterns: Ant patterns (``**/target/*.xml``).
    """
    files = {file for pattern in patterns for file in _glob(directory, pattern)}
    return {file: file.stat().st_mtime_ns for file in sorted(files)}


def read(
    directory: Path, patterns: Iterable[str], before: Written
) -> tuple[Tally | None, list[str]]:
    """The reports that a stage wrote.

    Args:
        directory: where the patterns begin.
        patterns: Ant patterns.
        before: those that were there ahead of it: of an earlier run, unless written anew.

    Returns:
        What they say, None when there are none; and a line for each that cannot be read.
    """
    now = written(directory, patterns)
    files = [file for file, when in now.items() if before.get(file) != when]
    if not files:
        return None, []
    run = skipped = 0
    failures: list[Failure] = []
    wrong: list[str] = []
    for file in files:
        try:
            root = ET.parse(file).getroot()
        except (ET.ParseError, OSError) as error:
            wrong.append(f"{file}: not a JUnit report ({error})")
            continue
        for case in root.iter("testcase"):
            run += 1
            skipped += case.find("skipped") is not None
            failures += _failures(case)
    return Tally(run, skipped, tuple(failures)), wrong


def _glob(directory: Path, pattern: str) -> Iterator[Path]:
    # In Ant a pattern that ends in a slash means everything below.
    pattern = f"{pattern}**/*" if pattern.endswith("/") else pattern
    return (file for file in directory.glob(pattern) if file.is_file())


def _failures(case: ET.Element) -> Iterator[Failure]:
    """A test has at most one: one that fails and then fails to clean up counts once."""
    for kind in ("failure", "error"):
        if (found := case.find(kind)) is not None:
            message, text = found.get("message", "").strip(), (found.text or "").strip()
            # Many tools begin the trace with the message.
            whole = text if message and message in text else "\n".join((message, text)).strip()
            where = case.get("classname") or case.get("file") or ""
            name = case.get("name", "")
            yield Failure(f"{where}: {name}" if where else name, message, whole)
            return
