"""What Prometheus reads, right also when several processes answer."""

from __future__ import annotations

import os

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

ORDERS = Counter("orders_total", "Orders that were placed.", ["currency"])
REQUESTS = Histogram("http_request_duration_seconds", "Requests.", ["method", "route", "status"])


def page() -> Response:
    """The metrics of all workers, whichever of them answers this scrape."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        # A fresh one for each scrape: a registry that is kept counts every sample twice.
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
