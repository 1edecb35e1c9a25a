"""The steps of the shared library: they compile, say what they take, and take what is passed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelinegen import data
from tests.lab.groovy import Groovy

STEPS = sorted(data.library().glob("*.groovy"))
_LISTS = re.compile(r"checkArguments\('(\w+)', args, \[(.*?)\],\s*\[(.*?)\]\)", re.DOTALL)


def known_arguments(step: Path) -> tuple[set[str], set[str]]:
    """What a step needs, and what it takes beside that."""
    found = _LISTS.search(step.read_text("utf-8"))
    assert found is not None, f"{step.name} does not check its arguments"
    assert found.group(1) == step.stem
    needed, optional = (set(re.findall(r"'(\w+)'", text)) for text in found.groups()[1:])
    return needed, optional


def takes_a_map(step: Path) -> bool:
    return "call(Map args" in step.read_text("utf-8")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.stem)
def test_a_step_compiles_with_jenkins_groovy(groovy: Groovy, step: Path) -> None:
    assert groovy.compile(step.read_text("utf-8"), step.name) == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.stem)
def test_a_step_has_a_help_that_starts_with_an_example(step: Path) -> None:
    assert step.with_suffix(".txt").read_text("utf-8").startswith(f"{step.stem}(")


@pytest.mark.parametrize("step", [s for s in STEPS if takes_a_map(s)], ids=lambda step: step.stem)
def test_a_steps_help_names_every_argument_and_no_other(step: Path) -> None:
    needed, optional = known_arguments(step)
    explained = re.findall(r"^(\w+)  +\S", step.with_suffix(".txt").read_text("utf-8"), re.M)
    assert set(explained) == needed | optional
