"""The command line: which command is where, and how a failure is reported."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from pipelinegen import __version__
from pipelinegen.errors import OUTSIDE, PipelinegenError

# Each is the module `pipelinegen.commands.<name>`, `_` for `-`; imported only when it is called.
_COMMANDS = {
    "init": "Look at this repository and write its pipeline.yaml.",
    "validate": "Check pipeline.yaml and platform.yaml, all faults at once.",
    "generate": "Write the Jenkinsfile and the Helm values.",
    "run": "Run the stages here, in the containers that Jenkins runs them in.",
    "shell": "Open a shell in a stage's container.",
    "system": "Bring the service and its dependencies up, as containers.",
    "with-dependencies": "Run a command while they are up.",
    "sweep": "Remove containers of tests that were forgotten.",
    "deploy": "Deploy an image to the clusters of an account, wave after wave.",
    "status": "Show what runs in each cluster.",
    "rollback": "Bring clusters back to the release that they had before.",
    "promote": "Deploy to one account what was verified in another.",
    "temp": "Bring the changed service up beside the deployed one, for tests.",
    "explain": "Show a key's effective value and where it comes from.",
    "values": "Print the Helm values of a region or cluster, merged.",
    "graph": "Draw the pipeline: stages, conditions, waves.",
    "schema": "Print the JSON Schema of pipeline.yaml or platform.yaml.",
    "library": "Export the Jenkins shared library as a repository of your own.",
    "jobs": "Make and run the services' jobs on a Jenkins server.",
    "logs": "Show what services have logged, from Graylog.",
    "monitoring": "Write what Prometheus, Alertmanager, Fluent Bit and Graylog read.",
    "dashboards": "Bring the services' dashboards to a Grafana server.",
    "check-metrics": "Compare a service's metrics with those that pipeline.yaml names.",
    "chart": "Print the folder of the Helm chart.",
}


class _Commands(click.Group):
    """A group that imports a command only when it runs; `--help` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"pipelinegen.commands.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            if close := get_close_matches(args[0], _COMMANDS, 1):
                message = f"No such command `{args[0]}`. Did you mean `{close[0]}`?"
                raise click.UsageError(message, ctx) from None
            raise error from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `pipelinegen init` in a service's repository, then `pipelinegen generate`. "
    "Exit codes: 0 done, 1 the answer is no (drift, conflict), 2 the input is wrong, 3 something "
    "outside failed.",
)
@click.version_option(__version__, prog_name="pipelinegen", message="%(prog)s %(version)s")
def cli() -> None:
    """One pipeline.yaml per microservice becomes its Jenkinsfile and its Helm values per region."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    try:
        code = cli.main(args=arguments, prog_name="pipelinegen", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted; run the same command again to finish.", err=True)
        code = 130
    except PipelinegenError as error:
        click.echo(error, err=True)
        code = error.exit_code
    except BrokenPipeError:
        # The reader (`| head`) has gone; Python would complain once more while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    except Exception:
        code = _bug()
    sys.exit(code if isinstance(code, int) else 0)


def _bug() -> int:
    """Keep the traceback in a file that can be sent, and say so."""
    import platform
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="pipelinegen-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(f"pipelinegen {__version__}, Python {platform.python_version()}\n")
        log.write(f"{' '.join(sys.argv[1:])}\n\n{traceback.format_exc()}")
    error = sys.exc_info()[1]
    click.echo(
        f"This is a bug in pipelinegen, not in your files: {type(error).__name__}: {error}\n"
        f"      = please report it with the file {log.name}",
        err=True,
    )
    return OUTSIDE
