"""One JSON object a line on stdout, gunicorn's own lines as well."""

from __future__ import annotations

from typing import Any


def configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig` and for gunicorn's `logconfig_dict`."""
    # gunicorn merges this into its own: every logger of its that writes text is named here.
    plain = {"level": level.upper(), "handlers": [], "propagate": True, "qualname": ""}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(message)s %(levelname)s %(name)s",
                "rename_fields": {"levelname": "level", "name": "logger"},
                "static_fields": {"service": "orders"},
                "timestamp": True,
            }
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stdout",
            }
        },
        "root": {"level": level.upper(), "handlers": ["stdout"]},
        "loggers": {
            "gunicorn.error": plain,
            # The application says more of each request, and leaves out the probes.
            "gunicorn.access": plain | {"level": "CRITICAL"},
            # A line a connection to the catalogue is too much even when debugging.
            "urllib3": {"level": "INFO"},
        },
    }
