"""The collector of a cluster: Fluent Bit takes the lines of the services' containers to Graylog."""

from __future__ import annotations

from pipelinegen.config.platform import Platform
from pipelinegen.render.header import header
from pipelinegen.render.templates import render

# A release that reads all of its configuration as YAML has to be 3.2 or later.
IMAGE = "cr.fluentbit.io/fluent/fluent-bit:5.0.3"
_SOURCE = "platform.yaml"
_COMMAND = "monitoring"
FOLDER = "fluent-bit"


def fluent_bit(platform: Platform) -> dict[str, str]:
    """A folder for ``kubectl apply -k``; the same in each cluster, since pods say where they are.

    Every line of a pod with the label ``pipelinegen/team`` becomes a GELF message. A service's own
    JSON fields stay; the pod's are ``container_name``, ``service``, ``version``, ``team``,
    ``account``, ``region``, ``cluster``, ``pod``, ``namespace`` and ``stream``. A level becomes
    syslog's number in ``level``, and ``level_name`` keeps how the service wrote it.

    A script does that, since the filters that could (``modify``, ``type_converter``) know no level
    that is a number. The options are those of https://docs.fluentbit.io/manual:
    ``data-pipeline/inputs/tail``, ``data-pipeline/filters/kubernetes``,
    ``data-pipeline/filters/lua``, ``data-pipeline/outputs/gelf``,
    ``administration/buffering-and-storage``, ``administration/scheduling-and-retries``,
    ``administration/monitoring`` and ``administration/configuring-fluent-bit/yaml``.

    Args:
        platform: the organisation's part.

    Returns:
        The files, by their paths; none where the platform names no GELF input.
    """
    monitoring = platform.monitoring
    if monitoring is None or monitoring.graylog.gelf is None:
        return {}
    host, _, port = monitoring.graylog.gelf.rpartition(":")
    view = {
        "header": header(source=_SOURCE, command=_COMMAND),
        "lua_header": header("--", source=_SOURCE, command=_COMMAND),
        "host": host,
        "port": int(port),
        "image": IMAGE,
    }
    names = ("kustomization.yaml", "daemonset.yaml", "fluent-bit.yaml", "fields.lua")
    return {f"{FOLDER}/{name}": render(f"fluent-bit/{name}.j2", **view) for name in names}
