"""What a team and its organisation write: the two files, their models and their faults."""

FILE = "pipeline.yaml"
