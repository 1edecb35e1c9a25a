"""CodeNarc finds what each of its Jenkins rules is for, in a step as in a Jenkinsfile."""

from __future__ import annotations

import pytest

from tests.lab.codenarc import CodeNarcError, Violation, codenarc

WRONG = {
    "ClassNotSerializable": "class Wave {\n    String name\n}\n",
    "ClosureInGString": 'def call() {\n    echo "${ -> env.X }"\n}\n',
    "CpsCallFromNonCpsMethod": "@NonCPS\ndef call() {\n    other()\n}\ndef other() { sh 'x' }\n",
    "ExpressionInCpsMethodNotSerializable": (
        "import java.util.regex.Matcher\n"
        "def call(String s) {\n    Matcher m = s =~ 'x'\n    sh 'y'\n}\n"
    ),
    "ForbiddenCallInCpsMethod": "def call(List l) {\n    l.toSorted { a, b -> a <=> b }\n}\n",
    "ObjectOverrideOnlyNonCpsMethods": (
        "class Wave implements Serializable {\n    String toString() { 'x' }\n}\n"
    ),
    "ParameterOrReturnTypeNotSerializable": (
        "import java.util.regex.Matcher\ndef call(Matcher m) {\n    sh 'y'\n}\n"
    ),
}


@pytest.fixture(scope="module")
def found() -> list[Violation]:
    files = {f"{rule}.groovy": text for rule, text in WRONG.items()}
    files["Jenkinsfile"] = "@Library('a@b') _\n\necho \"${ -> env.X }\"\n"
    files["right.groovy"] = "@NonCPS\nString call(List l) {\n    return l.sort().join(',')\n}\n"
    return codenarc(files)


@pytest.mark.parametrize("rule", WRONG)
def test_each_rule_looks_at_a_step(found: list[Violation], rule: str) -> None:
    assert rule in {one.rule for one in found if one.file == f"{rule}.groovy"}


def test_a_violation_has_its_place(found: list[Violation]) -> None:
    (one,) = [one for one in found if one.file == "Jenkinsfile"]
    assert (one.line, one.rule) == (3, "ClosureInGString")


def test_what_is_right_passes(found: list[Violation]) -> None:
    assert [one for one in found if one.file == "right.groovy"] == []


def test_files_that_do_not_compile_are_named() -> None:
    sources = {"a/Jenkinsfile": "echo 1\n", "b/Jenkinsfile": "x = {(\n", "vars/c.groovy": "@Nope x"}
    with pytest.raises(
        CodeNarcError, match=r"(?s)^Compilation failed: b/Jenkinsfile, vars/c\.groovy"
    ):
        codenarc(sources)
