"""``pipelinegen promote``: what was verified in one account, to the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._clusters import (
    ACCOUNTS,
    Place,
    format_option,
    place,
    place_options,
    stoppable,
    yes_option,
)
from pipelinegen.errors import Refused

if TYPE_CHECKING:
    from pipelinegen.deploy.status import Status
    from pipelinegen.deploy.target import Image


@click.command(name="promote")
@click.option("--from", "source", type=ACCOUNTS, required=True, help="Where it was verified.")
@click.option("--to", "target", type=ACCOUNTS, required=True, help="Where it goes.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@place_options
@yes_option
@format_option
def command(source: str, target: str, dry_run: bool, yes: bool, form: str, **said: Any) -> None:
    """Deploy to one account what runs in another.

    It is the same digest, and only one that was verified in every cluster of the first account and
    runs there now, ready. `--wave`, `--region` and `--cluster` are about the second one.

    \b
    Examples:
      pipelinegen promote --from stage --to production --dry-run
      pipelinegen promote --from stage --to production --wave 1
    """
    from pipelinegen.commands.deploy import roll_out

    where = place(target, said)
    nowhere = {"wave": None, "region": None, "cluster": None}
    image = _verified(place(source, {**said, **nowhere}))
    shown = f" ({image.version})" if image.version else ""
    click.echo(f"Verified in {source}: {image.digest}{shown}", err=True)
    code = roll_out(where, image, dry_run=dry_run, yes=yes, form=form)
    click.get_current_context().exit(code)


def _verified(source: Place) -> Image:
    """What was verified in an account.

    Raises:
        Refused: its clusters differ, or one was not verified.
    """
    from pipelinegen.deploy.rollout import each
    from pipelinegen.deploy.status import status
    from pipelinegen.deploy.target import Image

    with stoppable(source.programs):
        found = each(source.targets(), status)
    wrong = [f"{one.cluster}: {why}" for one in found if (why := _why_not(one))]
    if wrong:
        raise Refused("\n".join([*wrong, "      = deploy there until it is verified, or look why"]))
    digests = {one.digest: one.cluster for one in found}
    if len(digests) > 1:
        shown = "; ".join(f"{cluster} has {digest}" for digest, cluster in digests.items())
        raise Refused(f"the clusters differ: {shown}")
    return Image(found[0].digest, found[0].version)


def _why_not(one: Status) -> str:
    if one.why:
        return f"{one.state}: {one.why.splitlines()[-1]}"
    if not one.revision or not one.digest:
        return "nothing is deployed there by its digest"
    if one.state != "deployed" or one.ready < one.wanted:
        return f"{one.state}, {one.ready}/{one.wanted} ready"
    return "" if one.verified else "what runs there was not verified"
