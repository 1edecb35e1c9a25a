"""What an order is worth in points."""

from __future__ import annotations


def earned(cents: int) -> int:
    """One point for each full euro.

    Raises:
        ValueError: the amount is negative.
    """
    if cents < 0:
        raise ValueError("an order cannot cost less than nothing")
    return cents // 100
