"""What the platform's monitoring reads of all services together: ``{path: text}``."""

from __future__ import annotations

from collections.abc import Sequence

from pipelinegen.config.loaded import Config, PlatformFile
from pipelinegen.config.monitoring import Monitoring
from pipelinegen.render.alertmanager import alertmanager_files
from pipelinegen.render.contentpack import content_pack
from pipelinegen.render.fluentbit import fluent_bit
from pipelinegen.render.scrape import prometheus_configuration, prometheus_file

# The folders of what is made; nothing else is in a folder of ours.
FOLDERS = ("prometheus", "alertmanager", "fluent-bit", "graylog")


def monitoring_files(
    platform: PlatformFile,
    monitoring: Monitoring,
    services: Sequence[Config],
    content_pack_before: str | None = None,
) -> dict[str, str]:
    """Everything that is made for the platform.

    Args:
        platform: the platform of all services.
        monitoring: its ``monitoring``.
        services: the services.
        content_pack_before: Graylog's content pack as it was made the last time.
    """
    made = alertmanager_files(monitoring)
    if monitoring.prometheus.scrape == "annotations":
        for site in platform.sites:
            text = prometheus_configuration(site, monitoring.prometheus)
            made[prometheus_file(site.name)] = text
    made |= fluent_bit(platform.model)
    made |= content_pack(services, content_pack_before)
    return made
