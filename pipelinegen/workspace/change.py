"""What happens to one file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What happens to one file; the value is the word that a user reads."""

    SAME = "up to date"
    CREATED = "created"
    UPDATED = "updated"
    KEPT = "kept, edited by hand"
    MERGED = "merged with your edit"
    CONFLICT = "CONFLICT, resolve the markers"
    UNRESOLVED = "UNRESOLVED conflict markers"
    FOREIGN = "NOT OURS, left alone"
    REMOVED = "removed"
    ORPHAN = "no longer generated, but edited: yours to delete"

    @property
    def blocks(self) -> bool:
        """Whether a person has to act before the file can be right."""
        return self in (Outcome.CONFLICT, Outcome.UNRESOLVED, Outcome.FOREIGN)


@dataclass(frozen=True)
class Change:
    """One file: what is there, and what will be.

    Args:
        path: relative to the folder.
        outcome: what happens to it.
        old: its text now, None when there is none.
        new: its text then; None when it goes, or stays as it is.
        generated: what was generated for it, None when nothing is any more.
    """

    path: str
    outcome: Outcome
    old: str | None = None
    new: str | None = None
    generated: str | None = None

    @property
    def writes(self) -> bool:
        """Whether the disk changes."""
        return self.new is not None or self.outcome is Outcome.REMOVED
