"""``pipelinegen monitoring``: what the platform's monitoring reads of all services."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelinegen.errors import NO, OK, InputError, Problem


@click.command(name="monitoring")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="The services in this folder and below; default: this folder.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and show a diff on drift.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(folder: Path, root: Path, check: bool, diff: bool) -> None:
    """Write what the platform's monitoring reads of all services into DIR.

    \b
    prometheus/CLUSTER/  the configuration of its Prometheus, and the services' rules
    alertmanager/        its configuration, and the templates of its messages
    grafana/             the teams' dashboards, where ConfigMaps bring them
    fluent-bit/          the collector of each cluster's logs, for `kubectl apply -k`
    graylog/             a content pack: streams, searches and a dashboard

    All services have to be below --root, and share one platform.yaml. Run it again when one of
    them has changed: what is no longer declared is removed. Edits by hand are merged, as
    `pipelinegen generate` does.

    \b
    Examples:
      pipelinegen monitoring ../monitoring --root services
      pipelinegen monitoring ../monitoring --root services --check     in CI
    """
    from pipelinegen.commands._one_platform import services_with_monitoring
    from pipelinegen.commands.generate import report, show
    from pipelinegen.render.contentpack import FILE as CONTENT_PACK
    from pipelinegen.render.monitoring import monitoring_files
    from pipelinegen.workspace import apply, plan_changes
    from pipelinegen.workspace.apply import BASES
    from pipelinegen.workspace.atomic import make_folder

    _check_own(folder)
    platform, where, services = services_with_monitoring(root)
    # Of a pack that somebody has edited, what was generated is kept beside it.
    before = _text(folder / BASES / CONTENT_PACK) or _text(folder / CONTENT_PACK)
    files = monitoring_files(platform, where, services, before)
    if check or diff:
        changes = plan_changes(folder, files, "monitoring")
        sys.exit(show(folder, changes, NO if check else OK, "monitoring"))
    make_folder(folder)
    changes = apply(folder, files, "monitoring")
    report(str(folder), changes, "monitoring")
    if any(change.outcome.blocks for change in changes):
        sys.exit(NO)


def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _check_own(folder: Path) -> None:
    """Refuse a folder that holds something else of ours, which this would remove."""
    from pipelinegen.config import FILE
    from pipelinegen.render.monitoring import FOLDERS
    from pipelinegen.workspace import lock

    known = lock.read(folder).files
    if (folder / FILE).exists() or any(path.split("/")[0] not in FOLDERS for path in known):
        hint = "name a folder of its own, for example ../monitoring"
        message = "holds something else that pipelinegen writes"
        raise InputError([Problem(str(folder), 0, 0, message, hint)])
