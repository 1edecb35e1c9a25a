"""The only place that writes into a service's repository."""

from pipelinegen.workspace.apply import Change, Outcome, apply, plan_changes
from pipelinegen.workspace.atomic import write_new

__all__ = ["Change", "Outcome", "apply", "plan_changes", "write_new"]
