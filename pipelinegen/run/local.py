"""A service's stages on this machine: its plan, its working tree, and the branch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.model import Plan
from pipelinegen.run.checkout import Checkout, checkout, current_branch
from pipelinegen.run.work import Group, work


@dataclass(frozen=True)
class Local:
    """What may be run here.

    Args:
        config: the service.
        plan: its plan.
        here: the working tree.
        branch: the branch whose stages run.
        groups: the stages in their order.
    """

    config: Config
    plan: Plan
    here: Checkout
    branch: str
    groups: list[Group]


def local(directory: Path, branch: str | None = None) -> Local:
    """Read a service.

    Args:
        directory: its folder.
        branch: run as on that branch; None is the one that is checked out.

    Raises:
        InputError: its files are at fault.
        OutsideError: the folder for its caches cannot be made.
    """
    config = Loader().service(directory)
    plan, here = build_plan(config), checkout(config)
    branch = branch or current_branch(here.root, config.model.pipeline.main_branch)
    return Local(config, plan, here, branch, work(plan, branch))
