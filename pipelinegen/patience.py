"""How often a request is tried, and how long it is waited between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

FIRST_SECONDS = 0.5


@dataclass(frozen=True)
class Patience:
    """How often a request is tried, and how long it is waited between.

    Args:
        tries: how often, all in all.
        first: seconds after the first; each later wait is up to twice as long.
        most: the longest wait, and what is believed of Retry-After.
        wait: lets time pass, and says whether to give up.
        chance: a number between 0 and 1, so that many clients do not come back at once.
    """

    tries: int = 6
    first: float = FIRST_SECONDS
    most: float = 60.0
    wait: Callable[[float], bool] = field(default=lambda seconds: False, repr=False)
    chance: Callable[[], float] = field(default=random.random, repr=False)

    def over(self, number: int, retry_after: str | None) -> bool:
        """Wait after the try of that number, from 1 on; whether there is no other."""
        if number >= self.tries:
            return True
        asked = seconds(retry_after)
        longest = min(self.most, self.first * 2 ** (number - 1))
        return self.wait(min(self.most, asked) if asked is not None else longest * self.chance())


def seconds(retry_after: str | None) -> float | None:
    """What a Retry-After header asks for; None when it asks for nothing that can be read.

    https://www.rfc-editor.org/rfc/rfc9110#name-retry-after : seconds, or a date.
    """
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
