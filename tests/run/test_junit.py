"""JUnit reports: counted, with the failed tests' own words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelinegen.run.junit import Failure, Tally, read, written
from tests.helpers import write_tree

PYTEST = """<testsuites><testsuite name="pytest">
<testcase classname="tests.test_a" name="test_ok"/>
<testcase classname="tests.test_a" name="test_no"><failure message="assert 1 == 2">
def test_no():
&gt;   assert 1 == 2
E   assert 1 == 2</failure></testcase>
<testcase classname="tests.test_a" name="test_later"><skipped message="not yet"/></testcase>
</testsuite></testsuites>"""
SUREFIRE = """<testsuite name="OrderTest"><testcase classname="shop.OrderTest" name="totals">
<error message="boom" type="E">shop.E: boom
	at shop.OrderTest.totals(OrderTest.java:7)</error><failure>again</failure>
</testcase></testsuite>"""


def test_tests_are_counted_and_failures_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"reports/unit.xml": PYTEST})
    tests, wrong = read(tmp_path, ["reports/unit.xml"], {})
    assert wrong == []
    assert tests is not None
    assert (tests.run, tests.failed, tests.skipped) == (3, 1, 1)
    assert tests.failures[0].name == "tests.test_a: test_no"
    assert tests.failures[0].first_lines() == ["assert 1 == 2"]


def test_an_error_counts_as_a_failure_and_once(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a/target/surefire-reports/TEST-a.xml": SUREFIRE})
    tests, _ = read(tmp_path, ["**/target/surefire-reports/*.xml"], {})
    assert tests is not None
    assert (tests.run, tests.failed) == (1, 1)


def test_a_failure_without_a_message_is_told_by_its_text() -> None:
    failure = Failure("a: b", "", "\n\nfirst\n\nsecond\nthird\n4\n5\n6")
    assert failure.first_lines() == ["first", "second", "third", "4", "5"]
    assert Failure("a: b", "sum", "whole").first_lines() == ["sum"]


def test_reports_of_an_earlier_run_do_not_count(tmp_path: Path) -> None:
    write_tree(tmp_path, {"old.xml": PYTEST, "again.xml": PYTEST})
    os.utime(tmp_path / "again.xml", (1000, 1000))
    before = written(tmp_path, ["*.xml"])
    write_tree(tmp_path, {"again.xml": SUREFIRE})
    tests, _ = read(tmp_path, ["*.xml"], before)
    assert tests is not None
    assert tests.run == 1


def test_no_report_is_not_the_same_as_no_test(tmp_path: Path) -> None:
    assert read(tmp_path, ["reports/*.xml"], {}) == (None, [])
    write_tree(tmp_path, {"reports/a.xml": "<testsuites/>"})
    assert read(tmp_path, ["reports/*.xml"], {}) == (Tally(), [])


@pytest.mark.parametrize("content", ["", "<testsuite", "not xml"])
def test_a_broken_report_is_named_and_the_others_count(tmp_path: Path, content: str) -> None:
    write_tree(tmp_path, {"a.xml": content, "b.xml": PYTEST})
    tests, wrong = read(tmp_path, ["*.xml"], {})
    assert tests is not None
    assert tests.run == 3
    assert len(wrong) == 1
    assert "a.xml: not a JUnit report" in wrong[0]


def test_a_file_that_two_patterns_match_counts_once(tmp_path: Path) -> None:
    write_tree(tmp_path, {"r/a.xml": PYTEST})
    tests, _ = read(tmp_path, ["r/*.xml", "**/a.xml", "r/"], {})
    assert tests is not None
    assert tests.run == 3
