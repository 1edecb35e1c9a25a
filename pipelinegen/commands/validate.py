"""``pipelinegen validate``: are the config files right? All faults at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelinegen.errors import BAD_INPUT, OK, InputError, Problem


@click.command(name="validate")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="json: for programs; github: annotations in a pull request.",
)
def command(paths: tuple[Path, ...], form: str) -> None:
    """Check pipeline.yaml and platform.yaml, and name every fault with file, line and column.

    PATHS are files, or folders whose services are all checked; default: this folder.

    \b
    Examples:
      pipelinegen validate
      pipelinegen validate services/ platform.yaml --format github
    """
    problems, checked = _problems(paths or (Path(),))
    if form == "json":
        _json(problems)
    elif form == "github":
        for problem in problems:
            click.echo(_annotation(problem))
    else:
        for problem in problems:
            click.echo(problem.text() + "\n", err=True)
    if problems:
        faults = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        click.echo(f"{faults} in {_count(checked)}" if checked else faults, err=True)
        sys.exit(BAD_INPUT)
    click.echo(f"{_count(checked)}: all right", err=True)
    sys.exit(OK)


def _count(checked: int) -> str:
    return "1 file" if checked == 1 else f"{checked} files"


def _files(path: Path) -> list[Path]:
    from pipelinegen.workspace.discover import services

    if not path.is_dir():
        return [path]
    platform = path / "platform.yaml"
    if not platform.is_file():
        return services(path)
    try:
        return [platform, *services(path)]
    except InputError:  # the organisation's own repository: a platform and no service
        return [platform]


def _problems(paths: tuple[Path, ...]) -> tuple[list[Problem], int]:
    """The problems of all files, each once though many services share a platform."""
    from pipelinegen.config.load import Loader

    loader = Loader()
    found: dict[Problem, None] = {}
    checked: dict[Path, None] = {}
    for path in paths:
        try:
            files = _files(path)
        except InputError as error:
            found.update(dict.fromkeys(error.problems))
            continue
        for file in files:
            checked[file] = None
            try:
                if file.name.startswith("platform"):
                    loader.platform(str(file), Path())
                else:
                    loader.service(file)
            except InputError as error:
                found.update(dict.fromkeys(error.problems))
    return list(found), len(checked)


def _json(problems: list[Problem]) -> None:
    import json
    from dataclasses import asdict

    click.echo(json.dumps([asdict(problem) for problem in problems], indent=2, ensure_ascii=False))


def _annotation(problem: Problem) -> str:
    """A workflow command; % and line ends are escaped, in properties `:` and `,` too.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """

    def data(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    file = data(problem.path).replace(":", "%3A").replace(",", "%2C")
    place = f",line={problem.line},col={problem.column}" if problem.line else ""
    message = f"{problem.message}. {problem.hint}" if problem.hint else problem.message
    return f"::error file={file}{place}::{data(message)}"
