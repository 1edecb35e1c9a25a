"""The declarative linter's answers. What is wrong with a Jenkinsfile, a function says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.lab.groovy import Groovy

Lint = Callable[[str], list[tuple[int, int, str]]]


def accept(jenkinsfile: str) -> list[tuple[int, int, str]]:
    """Finds nothing wrong with anything; a test that is about the linter gives another."""
    return []


@contextmanager
def validator() -> Iterator[Lint]:
    """The harness's declarative validator. It needs Java, and its first answer takes a second."""
    with Groovy() as groovy:

        def lint(jenkinsfile: str) -> list[tuple[int, int, str]]:
            errors = groovy.validate(jenkinsfile)
            return [(error.line or 0, error.column or 0, error.message) for error in errors]

        yield lint


def as_text(jenkinsfile: str | None, lint: Lint) -> str:
    if jenkinsfile is None:
        return "No Jenkinsfile specified"
    if not _pipeline(jenkinsfile):
        return f"Jenkinsfile content '{jenkinsfile}' did not contain the 'pipeline' step"
    if not (errors := lint(jenkinsfile)):
        return "Jenkinsfile successfully validated."
    lines = jenkinsfile.splitlines()
    told = [_written(lines, *error) for error in errors]
    return "\n".join(["Errors encountered validating Jenkinsfile:", *told])


def as_json(jenkinsfile: str | None, lint: Lint) -> dict[str, Any]:
    if not jenkinsfile:
        return _failure("No content found for 'jenkinsfile' parameter")
    if not _pipeline(jenkinsfile):
        said = f"Jenkinsfile content '{jenkinsfile}' did not contain the 'pipeline' step"
        return _failure(said)
    if not (errors := lint(jenkinsfile)):
        return {"result": "success"}
    told = [_located(*error) for error in errors]
    # One error stands alone and several in a list: net.sf.json's accumulate.
    return _failure(told[0] if len(told) == 1 else told)


def _failure(error: str | list[str]) -> dict[str, Any]:
    return {"result": "failure", "errors": [{"error": error}]}


def _located(line: int, column: int, message: str) -> str:
    return message if " @ line " in message else f"{message} @ line {line}, column {column}."


def _written(lines: list[str], line: int, column: int, message: str) -> str:
    """org.codehaus.groovy.control.messages.SyntaxErrorMessage: with the line and a mark below."""
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    mark = " " * (column - 1) + "^"
    return f"WorkflowScript: {line}: {_located(line, column, message)}\n   {shown}\n   {mark}\n"


def _pipeline(jenkinsfile: str) -> bool:
    return "pipeline" in jenkinsfile
