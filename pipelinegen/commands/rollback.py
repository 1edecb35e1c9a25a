"""``pipelinegen rollback``: a service back to what it was, in the clusters of an account."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._clusters import (
    ACCOUNTS,
    confirm,
    format_option,
    live,
    place,
    place_options,
    stoppable,
    who,
    yes_option,
)
from pipelinegen.errors import PipelinegenError

if TYPE_CHECKING:
    from pipelinegen.deploy.target import Target


@click.command(name="rollback")
@click.option("--account", type=ACCOUNTS, required=True, help="Where.")
@click.option("--to", type=int, metavar="REVISION", help="Default: the good one before this one.")
@place_options
@yes_option
@format_option
def command(account: str, to: int | None, yes: bool, form: str, **said: Any) -> None:
    """Bring clusters back to the release that they had before.

    That is the revision that was verified before the one that runs; `--to` names another one. All
    clusters that were asked for go back at the same time.

    \b
    Examples:
      pipelinegen rollback --account production
      pipelinegen rollback --account production --cluster us-a --to 7
    """
    from pipelinegen.commands.deploy import tell_outcomes
    from pipelinegen.deploy.back import restore
    from pipelinegen.deploy.board import Board
    from pipelinegen.deploy.lease import held, read_state
    from pipelinegen.deploy.ready import NotReady
    from pipelinegen.deploy.release import history
    from pipelinegen.deploy.rollout import Outcome, each

    where = place(account, said)
    targets, build = where.targets(), who(where.config)
    minutes = where.config.model.deploy.ready_minutes

    def find(target: Target) -> tuple[int, list[int]]:
        known = [revision.number for revision in history(target) if revision.was_there]
        return (to or read_state(target).before), known

    def back(pair: tuple[Target, int]) -> Outcome:
        target, revision = pair
        outcome, began = Outcome(target.name, 0), time.monotonic()
        tell = board.teller(target.name)
        try:
            with held(target, build, tell) as lease:
                outcome.revision = restore(target, lease, revision, minutes, tell)
            outcome.state = "rolled back"
            board.tell(target.name, f"rolled back to revision {revision}", done=True)
        except (PipelinegenError, NotReady) as error:
            outcome.state, outcome.why = "failed", str(error)
            board.tell(target.name, f"failed: {error}", done=True)
        outcome.seconds = round(time.monotonic() - began, 1)
        return outcome

    with stoppable(where.programs):
        pairs = []
        for target, (revision, known) in zip(targets, each(targets, find), strict=True):
            _check(target.name, revision, known)
            click.echo(f"{target.name}: from revision {known[-1]} to {revision}", err=True)
            pairs.append((target, revision))
        confirm(f"Roll back {', '.join(target.name for target in targets)}?", yes)
        with Board(live=live()) as board:
            outcomes = each(pairs, back)
            board.forget()
    click.get_current_context().exit(tell_outcomes(outcomes, form, good="rolled back"))


def _check(cluster: str, revision: int, known: list[int]) -> None:
    there = ", ".join(map(str, known)) or "none"
    if not revision:
        raise PipelinegenError(
            f"{cluster}: no verified revision before the one that runs is known\n"
            f"      = name one with `--to` (there: {there})"
        )
    if revision not in known:
        raise PipelinegenError(f"{cluster}: there is no revision {revision} (there: {there})")
