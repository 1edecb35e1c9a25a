"""``when``: on which branches a stage runs, as Jenkins' ``branch`` condition decides it."""

from __future__ import annotations

import pytest

from pipelinegen.plan.model import Condition


@pytest.mark.parametrize(
    ("pattern", "branch", "holds"),
    [
        ("main", "main", True),
        ("main", "Main", True),  # Jenkins compares without regard to case
        ("main", "maintenance", False),
        ("release/*", "release/1.2", True),
        ("release/*", "release/1/2", False),
        ("release/*", "release", False),
        ("release/**", "release/1/2", True),
        ("release/**", "release", True),
        ("**", "any/depth/at-all", True),
        ("**/fix", "fix", True),
        ("**/fix", "a/b/fix", True),
        ("**/fix", "prefix", False),
        ("v?", "v1", True),
        ("v?", "v12", False),
        ("a.b", "axb", False),
        ("*", "a/b", False),
    ],
)
def test_a_pattern_is_one_of_ants(pattern: str, branch: str, holds: bool) -> None:
    assert Condition((pattern,)).holds(branch) is holds
    assert Condition((pattern,), negated=True).holds(branch) is not holds


def test_any_of_several_is_enough() -> None:
    condition = Condition(("main", "release/*"))
    assert condition.holds("main")
    assert condition.holds("release/2")
    assert not condition.holds("feature")


def test_a_pull_request_is_a_condition_of_its_own() -> None:
    condition = Condition(("main",), pull_request=True)
    assert condition.holds("PR-7", pull_request=True)
    assert not condition.holds("PR-7")
    assert not Condition(("main",)).holds("PR-7", pull_request=True)
