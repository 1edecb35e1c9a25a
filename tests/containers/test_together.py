"""What is brought up side by side ends together."""

from __future__ import annotations

import threading

import pytest

from pipelinegen.containers.together import Together


def test_the_results_are_in_the_order_of_the_items() -> None:
    second = threading.Event()

    def work(item: int) -> int:
        if item == 1:
            assert second.wait(10)  # so they do run side by side
        else:
            second.set()
        return item * 10

    assert Together(work).run([1, 2]) == [10, 20]


def test_the_first_failure_stops_the_others() -> None:
    def work(item: str) -> bool:
        if item == "bad":
            raise ValueError(item)
        return together.stopping.wait(10)

    together = Together(work)
    with pytest.raises(ValueError, match="bad"):
        together.run(["slow", "bad"])
    assert together.stopping.is_set()
    together.end()


def test_ctrl_c_stops_them_all() -> None:
    def work(item: int) -> bool:
        if item == 0:
            raise KeyboardInterrupt
        return together.stopping.wait(10)

    together = Together(work)
    with pytest.raises(KeyboardInterrupt):
        together.run([0, 1, 2])
    assert together.stopping.is_set()
