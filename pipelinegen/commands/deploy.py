"""``pipelinegen deploy``: an image to the clusters of an account, wave after wave."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from pipelinegen.commands._clusters import (
    ACCOUNTS,
    Place,
    confirm,
    format_option,
    live,
    place,
    place_options,
    stoppable,
    who,
    yes_option,
)
from pipelinegen.errors import NO, OK, OUTSIDE, OutsideError

if TYPE_CHECKING:
    from pipelinegen.deploy.changes import Changes
    from pipelinegen.deploy.rollout import Outcome
    from pipelinegen.deploy.target import Image, Target


@click.command(name="deploy")
@click.option("--account", type=ACCOUNTS, required=True, help="Where to.")
@click.option("--image", required=True, metavar="DIGEST", help="sha256:…, or REPOSITORY@sha256:…")
@click.option(
    "--version",
    metavar="TEXT",
    help="What people call it; default: $PIPELINEGEN_BUILD, else as it was.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@place_options
@yes_option
@format_option
def command(
    account: str,
    image: str,
    version: str | None,
    dry_run: bool,
    yes: bool,
    form: str,
    **said: Any,
) -> None:
    """Deploy an image to the clusters of an account.

    First it shows what will change in each cluster: what the API server would make of the new
    manifests, against what runs there. Then the clusters of a wave get it at the same time. When
    their pods are ready and `deploy.verify` holds, the next wave begins. A wave that fails goes
    back to the release that it had.

    Run again after an interruption it finishes. Exit code 1 when a wave has failed or somebody else
    is deploying, 3 when a cluster does not answer.

    \b
    Examples:
      pipelinegen deploy --account test --image sha256:4f1c… --dry-run
      pipelinegen deploy --account production --wave 1 --image "$PIPELINEGEN_IMAGE"
      pipelinegen deploy --account production --cluster eu-a --image sha256:4f1c… \\
        --kubeconfig eu-a=$HOME/.kube/eu-a
    """
    from pipelinegen.deploy.target import Image, digest

    where = place(account, said)
    named = version if version is not None else os.environ.get("PIPELINEGEN_BUILD", "")
    wanted = Image(digest(where.config, image), named)
    code = roll_out(where, wanted, dry_run=dry_run, yes=yes, form=form)
    click.get_current_context().exit(code)


def roll_out(where: Place, image: Image, *, dry_run: bool, yes: bool, form: str) -> int:
    """Show what changes, then do it; the exit code says how it went.

    Raises:
        PipelinegenError: it could not begin.
    """
    targets = where.targets()
    earlier = where.targets(before) if (before := _before(where)) else []
    with stoppable(where.programs):
        preview = _preview(targets, image)
        if form == "text":
            _show(preview, whole=dry_run)
        if dry_run:
            if form == "json":
                click.echo(json.dumps([_planned(t, preview[t.name]) for t in targets], indent=2))
            return OK
        names = ", ".join(target.name for target in targets)
        confirm(f"Deploy {image.digest[:19]} to {names}?", yes)
        outcomes = _roll_out(where, image, targets, earlier, preview)
    return tell_outcomes(list(outcomes.values()), form)


def _before(where: Place) -> list[Any]:
    """The waves that go back as well when one of these fails."""
    from pipelinegen.plan.waves import waves

    first = where.waves[0]
    if where.config.model.deploy.production.rollback != "all" or first.account != "production":
        return []
    every = waves(where.config, first.account)
    return [wave for wave in every if wave.number < first.number]


def _roll_out(
    where: Place,
    image: Image,
    targets: list[Target],
    earlier: list[Target],
    preview: dict[str, Changes],
) -> dict[str, Outcome]:
    from pipelinegen.deploy.board import Board
    from pipelinegen.deploy.rollout import Outcome, Rollout

    by_name = {target.name: target for target in targets}
    waves = [(wave.number, [by_name[site.name] for site in wave.sites]) for wave in where.waves]
    outcomes = {t.name: Outcome(t.name, number) for number, group in waves for t in group}
    with Board(live=live()) as board:
        rollout = Rollout(where.config, image, who(where.config), board, preview)
        rollout.run(waves, earlier, outcomes)
    return outcomes


def _preview(targets: list[Target], image: Image) -> dict[str, Changes]:
    """What changes in each cluster; all have to answer before any is touched."""
    from pipelinegen.deploy.access import ClusterError
    from pipelinegen.deploy.changes import Changes, changes
    from pipelinegen.deploy.release import current
    from pipelinegen.deploy.rollout import each

    def find(target: Target) -> Changes | ClusterError:
        try:
            return changes(target, image, current(target))
        except ClusterError as error:
            return error

    found = each(targets, find)
    if errors := [error for error in found if isinstance(error, ClusterError)]:
        raise OutsideError("\n".join([*map(str, errors), "      = no cluster was touched"]))
    names = [target.name for target in targets]
    return {n: c for n, c in zip(names, found, strict=True) if isinstance(c, Changes)}


def _show(found: dict[str, Changes], *, whole: bool) -> None:
    """The changes, those that are alike together; of what is new all lines only as a whole."""
    groups: dict[str, list[str]] = {}
    for name, changes in found.items():
        groups.setdefault(_heading(changes) + "\n" + changes.text(new=whole), []).append(name)
    for text, names in groups.items():
        heading, _, diff = text.partition("\n")
        click.echo(click.style(f"{', '.join(names)}: {heading}", bold=True), err=True)
        for line in diff.splitlines():
            mark = line.strip()[:1]
            colour = {"+": "green", "-": "red"}.get(mark)
            click.echo("  " + click.style(line, fg=colour), err=True)


def _heading(changes: Changes) -> str:
    if not changes.revision:
        return "nothing runs there yet"
    stuck = "" if changes.status == "deployed" else f", left {changes.status}"
    image = changes.runs
    runs = f"{image.version or image.digest[:19] or 'an image without a digest'} runs{stuck}"
    count = len(changes.objects)
    return f"{runs}; {count} object{'s change' if count != 1 else ' changes'}" if count else runs


def _planned(target: Target, changes: Changes) -> dict[str, Any]:
    return {
        "cluster": target.name,
        "account": target.site.account,
        "region": target.site.region,
        "revision": changes.revision,
        "digest": changes.runs.digest,
        "version": changes.runs.version,
        "changes": [
            {"what": c.what, "kind": c.kind, "name": c.name, "diff": list(c.diff)}
            for c in changes.objects
        ],
    }


def tell_outcomes(outcomes: list[Outcome], form: str, good: str = "deployed") -> int:
    """The result, and the exit code that it means."""
    from dataclasses import asdict

    from pipelinegen.deploy.board import clock

    if form == "json":
        click.echo(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    else:
        width = max(len(outcome.cluster) for outcome in outcomes)
        for outcome in outcomes:
            first = outcome.why.partition("\n")[0]
            revision = f"revision {outcome.revision}" if outcome.revision else ""
            parts = [outcome.cluster.ljust(width), outcome.state.ljust(11), revision.ljust(12)]
            took = clock(outcome.seconds) if outcome.seconds else ""
            click.echo("  ".join([*parts, took.rjust(9), first]).rstrip())
    if all(outcome.state in (good, "unchanged") for outcome in outcomes):
        return OK
    gone = all(outcome.outside for outcome in outcomes if outcome.why)
    return OUTSIDE if gone else NO
