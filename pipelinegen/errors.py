"""What can go wrong, as a user reads it, and the exit code that it ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

# The exit codes of every command; a script may rely on them.
OK = 0
NO = 1  # the answer is no: drift, failed tests, a conflict
BAD_INPUT = 2  # a file or the usage is wrong
OUTSIDE = 3  # something outside failed: Docker, Jenkins, a cluster, a disk


class PipelinegenError(Exception):
    """A failure that a user can understand: its text says what is wrong and what to do.

    Raised anywhere, reported in one place (``cli.main``), never with a traceback.
    """

    exit_code: ClassVar[int] = BAD_INPUT


class OutsideError(PipelinegenError):
    """Something outside pipelinegen failed: a disk, a network, a program that it calls."""

    exit_code = OUTSIDE


class Refused(PipelinegenError):
    """The answer is no, though the input is right: a conflict, a file that is not ours."""

    exit_code = NO


@dataclass(frozen=True, order=True)
class Problem:
    """One fault in an input file.

    Args:
        path: the file as the user named it.
        line: 1-based line, 0 when the file as a whole is meant.
        column: 1-based column.
        message: what is wrong.
        hint: what to do about it.
        source: the text of that line.
    """

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    source: str = ""

    @property
    def where(self) -> str:
        """``path:line:column``, which editors and terminals turn into a link."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path

    def text(self) -> str:
        """The problem as a paragraph: place and message, the line itself, the mend."""
        lines = [f"{self.where}: {self.message}"]
        if self.source:
            gutter = f"{self.line:>5} | "
            # Tabs must stay tabs in the marker line, or the caret stands in the wrong column.
            before = "".join("\t" if c == "\t" else " " for c in self.source[: self.column - 1])
            lines += [f"{gutter}{self.source}", f"      | {before}^"]
        if self.hint:
            lines.append(f"      = {self.hint}")
        return "\n".join(lines)


class InputError(PipelinegenError):
    """All faults that were found in the input, in the order in which they stand in the files."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n\n".join(p.text() for p in self.problems))
