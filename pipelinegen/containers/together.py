"""Several things at once, which end together: when one fails, or when a person stops them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Seconds. What a thread does when it is told to stop takes less, but for the pull of an image.
PATIENCE = 15.0


class Together(Generic[T, R]):
    """Runs a function on several threads.

    Args:
        work: the function; it looks at `stopping` when it waits.
    """

    def __init__(self, work: Callable[[T], R]) -> None:
        self.stopping = threading.Event()
        self._work = work
        self._threads: list[threading.Thread] = []

    def run(self, items: Sequence[T]) -> list[R]:
        """Do it for all items.

        Returns:
            The results in the order of the items.

        Raises:
            Exception: the first that one of them raised; the others are told to stop.
        """
        done: queue.SimpleQueue[tuple[int, R | BaseException]] = queue.SimpleQueue()

        def one(number: int) -> None:
            try:
                done.put((number, self._work(items[number])))
            except BaseException as error:
                done.put((number, error))

        for number in range(len(items)):
            # A daemon: who presses Ctrl-C does not wait for a pull.
            thread = threading.Thread(target=one, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()
        results: dict[int, R] = {}
        try:
            while len(results) < len(items):
                number, found = done.get()
                if isinstance(found, BaseException):
                    raise found
                results[number] = found
        except BaseException:
            self.stopping.set()
            raise
        return [results[number] for number in range(len(items))]

    def end(self) -> None:
        """Tell them to stop, and wait for a moment until they have."""
        self.stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE)
