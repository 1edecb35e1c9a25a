"""``pipelinegen jobs``: the services' jobs on a Jenkins server."""

from __future__ import annotations

import click

from pipelinegen.commands._jobs_builds import build, lint, logs, status
from pipelinegen.commands._jobs_plan import apply, plan


@click.group(name="jobs")
def command() -> None:
    """The services' jobs on a Jenkins server: made, kept in step, started, followed.

    The server is $JENKINS_URL, else `jenkins.url` of platform.yaml. Who we are there stands in
    $JENKINS_USER and $JENKINS_TOKEN, in the system's keyring, or in
    ~/.config/pipelinegen/jenkins.yaml, which only its owner may read.

    \b
    Examples:
      pipelinegen jobs plan --root services
      pipelinegen jobs apply --root services --yes
      pipelinegen jobs build orders --branch feature/x --follow
    """


for _each in (plan, apply, lint, build, logs, status):
    command.add_command(_each)
