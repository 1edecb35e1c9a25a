"""Merging is Helm's: maps deep, lists replaced, null removes; and a difference undoes it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.config.merge import Data, difference, keep_nulls, merge

# Few keys and values, so that they meet; 1, 1.0 and true are equal in Python and not in YAML.
scalars = st.sampled_from([0, 1, 1.0, True, False, "", "1", "a"])
values = st.recursive(
    scalars | st.lists(scalars, max_size=2),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=8,
)
maps = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)
with_nulls = st.recursive(
    scalars | st.none(),
    lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3),
    max_leaves=8,
)


def exact(value: Any) -> Any:
    """``value`` with each scalar's type, since ``1 == True``."""
    if isinstance(value, dict):
        return {key: exact(below) for key, below in value.items()}
    if isinstance(value, list):
        return [exact(below) for below in value]
    return type(value), value


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": 1}, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"b": None}, {"a": 1}),
        ({}, {}, {}),
    ],
)
def test_merging_is_helms(base: Data, over: Data, merged: Data) -> None:
    assert merge(base, over) == merged


@given(maps, maps)
def test_the_difference_leads_from_one_to_the_other(base: Data, wanted: Data) -> None:
    before = copy.deepcopy((base, wanted))
    assert exact(merge(base, difference(base, wanted))) == exact(wanted)
    assert exact((*before,)) == exact((base, wanted))


@given(maps)
def test_what_is_equal_differs_in_nothing(data: Data) -> None:
    assert difference(data, copy.deepcopy(data)) == {}


@given(maps, maps)
def test_a_difference_holds_nothing_that_is_there_already(base: Data, wanted: Data) -> None:
    def check(base: Data, change: Data) -> None:
        for key, value in change.items():
            if isinstance(value, dict) and isinstance(base.get(key), dict):
                assert value
                check(base[key], value)
            else:
                assert key not in base or exact(base[key]) != exact(value)

    check(base, difference(base, wanted))


@given(maps, maps, maps)
def test_overrides_are_laid_over_one_after_the_other(base: Data, one: Data, two: Data) -> None:
    assert merge(base, one, two) == merge(merge(base, one), two)


@given(maps, st.dictionaries(st.sampled_from("abcd"), with_nulls, max_size=4))
def test_no_null_is_left_of_a_merge_and_none_is_lost_that_is_kept(base: Data, over: Data) -> None:
    def nulls(data: Any, at: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
        if isinstance(data, dict):
            return {path for key in data for path in nulls(data[key], (*at, key))}
        return {at} if data is None else set()

    merged = merge(base, over)
    assert nulls(merged) == set()
    assert nulls(keep_nulls(over, merged)) == nulls(over)
