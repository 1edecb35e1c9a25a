"""Which of a plan's stages run here, and the list of them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from pipelinegen.errors import PipelinegenError, Refused
from pipelinegen.plan.model import Plan
from pipelinegen.run.work import Elsewhere, Group, Work


def choose(groups: Sequence[Group], names: Sequence[str]) -> list[tuple[Work, ...]]:
    """The stages that are named, else those that run on the branch; in the plan's order.

    Raises:
        PipelinegenError: a name is not a stage's.
        Refused: a stage cannot run here, or there is none.
    """
    known: dict[str, Work | Elsewhere] = {}
    for work in (work for group in groups for work in group):
        # Of two stages of one name it is that which can run here.
        if work.name not in known or isinstance(work, Work):
            known[work.name] = work
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            mean = f" Did you mean `{close[0]}`?" if close else ""
            raise PipelinegenError(
                f"There is no stage `{name}`.{mean} The stages are: {', '.join(known)}."
            )
        if isinstance(found := known[name], Elsewhere):
            raise Refused(f"`{name}` runs in Jenkins only: {found.reason}.")
    here = [tuple(work for work in group if isinstance(work, Work)) for group in groups]
    chosen = [
        tuple(work for work in group if (work.name in names if names else work.runs))
        for group in here
    ]
    if not any(chosen):
        raise Refused("No stage runs here on this branch: see `pipelinegen run --list`.")
    return [group for group in chosen if group]


def listing(plan: Plan, branch: str, groups: Sequence[Group]) -> str:
    """A line a stage: its command, or why it does not run."""
    when = {stage.name: stage.when.words for stage in plan.stages() if stage.when}
    rows: list[tuple[str, str]] = []
    for work in (work for group in groups for work in group):
        if isinstance(work, Elsewhere):
            rows.append((work.name, f"(in Jenkins only: {work.reason})"))
        elif not work.runs:
            rows.append((work.name, f"(only {when[work.name]}; this is {branch})"))
        else:
            rows.append((work.name, first_line(work)))
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name.ljust(width)}  {told}\n" for name, told in rows)


def first_line(work: Work) -> str:
    """What a stage does, on one line."""
    if work.script is None:
        return f"docker build of {work.repository}"
    return "$ " + "; ".join(work.script.strip().splitlines())
