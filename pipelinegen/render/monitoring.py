"""What the platform's monitoring reads of all services together: ``{path: text}``."""

from __future__ import annotations

from collections.abc import Sequence

from pipelinegen.config.loaded import Config, PlatformFile
from pipelinegen.config.monitoring import Monitoring
from pipelinegen.render.alertmanager import alertmanager_files
from pipelinegen.render.scrape import prometheus_configuration, prometheus_file

# What each of the folders is for, as the command's help tells it.
FOLDERS = {
    "prometheus": "for each cluster, the configuration of its Prometheus and the services' rules",
    "alertmanager": "its configuration and the templates of its messages",
}


def monitoring_files(
    platform: PlatformFile, monitoring: Monitoring, services: Sequence[Config]
) -> dict[str, str]:
    """Everything that is made for the platform.

    Args:
        platform: the platform of all services.
        monitoring: its ``monitoring``.
        services: the services.
    """
    made = alertmanager_files(monitoring)
    if monitoring.prometheus.scrape == "annotations":
        for site in platform.sites:
            text = prometheus_configuration(site, monitoring.prometheus)
            made[prometheus_file(site.name)] = text
    return made
