"""``pipelinegen graph`` draws the pipeline as it will run, for a terminal and for Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given

from pipelinegen.commands.graph import command
from pipelinegen.errors import PipelinegenError
from pipelinegen.plan.model import Agent, Parallel, Plan, Sequence, Stage, Step
from pipelinegen.render import graph
from tests.configs import load, plan
from tests.strategies import texts

EVERYTHING = """
lint: {run: ruff check .}
build: {run: make}
dependencies: {db: {type: postgres, env: DB}}
tests:
  unit: {run: "pytest tests/unit\\necho done"}
  integration: {run: pytest tests/integration, docker: true}
  browsers: {run: pytest tests/browsers, docker: true}
  system: {run: pytest tests/system, modes: {branch: containers, main: deployed}}
stages: {contract: {after: integration, run: make contract, when: {branch: main}}}
deploy: {production: {approvers: [leads, "o'hara & <sons>"], waves: [[eu-a, eu-b], [us-a], [us-b]]}}
"""


def run(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(command, [str(folder), *arguments])
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_the_text_has_a_line_for_every_stage_in_order(tmp_path: Path) -> None:
    load(tmp_path, EVERYTHING)
    shown = run(tmp_path).splitlines()
    expected: list[str] = []
    for node in plan(tmp_path, EVERYTHING).nodes:
        expected.append(node.title)
        if not isinstance(node, Stage):
            expected += [stage.title for stage in node.stages]
    titles = [
        re.split(r"  +", line.replace("├─", "").replace("└─", "").strip())[0] for line in shown
    ]
    assert titles == ["orders (shop)", "", *expected]


def test_the_text_tells_what_is_parallel_what_runs_and_who_is_waited_for(tmp_path: Path) -> None:
    load(tmp_path, EVERYTHING)
    lines = {
        re.split(r"  +", line.strip())[0].lstrip("├└─ "): line
        for line in run(tmp_path).splitlines()
    }
    assert lines["Checks"].endswith("  in parallel")
    assert lines["Unit tests"].endswith("$ pytest tests/unit; echo done")
    assert lines["Contract"].endswith("on main; $ make contract")
    gate = next(line for line in lines.values() if "waits" in line)
    assert gate.endswith("waits up to 24 h for leads, o'hara & <sons>")


def test_a_gate_without_approvers_is_open_to_who_may_build(tmp_path: Path) -> None:
    load(tmp_path)
    assert "waits up to 24 h for anyone who may build" in run(tmp_path)


def test_mermaid_joins_the_stages_as_they_follow_each_other(tmp_path: Path) -> None:
    load(tmp_path, EVERYTHING)
    lines = run(tmp_path, "--format", "mermaid").splitlines()
    assert lines[:2] == ["flowchart LR", '    subgraph g0["Checks"]']
    shown = "\n".join(lines)
    assert len(re.findall(r"^ +s\w+[\[{]", shown, re.MULTILINE)) == len(
        list(plan(tmp_path, EVERYTHING).stages())
    )
    assert shown.count("subgraph") == shown.count("\n    end")
    arrows = re.findall(r"(s\w+) --> (s\w+)", shown)
    boxes = re.findall(r"^ +(s\w+)[\[{]", shown, re.MULTILINE)
    # Every box but those of the first node is reached, and all but the last node's lead on.
    assert {a for a, _ in arrows} | {b for _, b in arrows} == set(boxes)
    assert {b for _, b in arrows} == set(boxes) - {"s0_0", "s0_1", "s0_2"}
    assert '{{"' in shown  # the gate's own shape


def stage(title: str) -> Stage:
    return Stage("x", title, Step("runTests", {"command": title}), Agent(".", "Dockerfile"))


def drawn(title: str) -> Plan:
    inner = (stage(title), stage(title))
    nodes = (stage(title), Parallel(title, inner), Sequence("x", title, inner))
    return Plan("orders", "shop", "lib", "label", None, 1, 1, True, nodes, None)


@given(title=texts(min_size=1))
def test_mermaid_reads_any_label_as_the_text_that_it_is(title: str) -> None:
    shown = graph.mermaid(drawn(title))
    lines = shown.splitlines()
    assert all(re.fullmatch(r"[\w\s\"#;\[\]{},.:·/*()<>-]*", line) for line in lines)
    labels = re.findall(r'\["([^"]*)"\]', shown)
    assert len(labels) == 7
    for label in labels:
        assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) == title


@given(title=texts(min_size=1))
def test_the_text_keeps_a_line_a_stage_whatever_a_command_holds(title: str) -> None:
    shown = graph.text(drawn(title))
    assert len(shown.splitlines()) == 2 + 7
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_a_folder_without_a_service_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path)])
    assert isinstance(result.exception, PipelinegenError)
    assert "there is no such file" in str(result.exception)


@pytest.mark.parametrize("argument", ["nowhere", "--format=png"])
def test_a_path_or_a_format_that_there_is_not_is_a_usage_error(argument: str) -> None:
    result = CliRunner().invoke(command, [argument])
    assert result.exit_code == 2
    assert argument.removeprefix("--format=") in result.stderr
