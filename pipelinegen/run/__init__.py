"""The plan executed on this machine, with Docker."""
