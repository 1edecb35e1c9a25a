"""Real parts that the tests run against, and how they come to be on this machine."""

from __future__ import annotations


class Missing(Exception):
    """A part that cannot be had here; the test that needs it is named, never passed over."""

    def __init__(self, name: str, reason: str, mend: str) -> None:
        super().__init__(f"{name}: {reason}; {mend}")
        self.name = name
        self.reason = reason
        self.mend = mend

    def __reduce__(self) -> tuple[type[Missing], tuple[str, str, str]]:
        # An exception is rebuilt from its arguments; ours has three where Exception keeps one.
        return Missing, (self.name, self.reason, self.mend)
