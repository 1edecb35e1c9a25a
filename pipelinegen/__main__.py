"""``python -m pipelinegen``: the command line without its script."""

from pipelinegen.cli import main

main()
