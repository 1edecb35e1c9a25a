"""The only place that writes into a service's repository."""

from pipelinegen.workspace.apply import apply, plan_changes
from pipelinegen.workspace.atomic import write_new
from pipelinegen.workspace.change import Change, Outcome

__all__ = ["Change", "Outcome", "apply", "plan_changes", "write_new"]
