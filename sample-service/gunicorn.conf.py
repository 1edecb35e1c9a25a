"""How gunicorn runs the service; read by it from the working directory."""

import os
from pathlib import Path

from orders import logs

bind = f"0.0.0.0:{os.environ.get('PORT', '8080')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
# Long enough for open requests to end, shorter than the 30 s that Kubernetes waits.
graceful_timeout = 20
# Its socket would be written to a home directory, which a numbered user does not have.
control_socket_disable = True
logconfig_dict = logs.configuration(os.environ.get("LOG_LEVEL", "info"))


def _metrics_directory():
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(directory) if directory else None


def on_starting(server):
    """A container that starts again must not add its last life's counters to its own."""
    if directory := _metrics_directory():
        directory.mkdir(parents=True, exist_ok=True)
        for left_over in directory.glob("*.db"):
            left_over.unlink()


def child_exit(server, worker):
    """Without this the gauges of workers that are gone stay for ever."""
    if _metrics_directory():
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
