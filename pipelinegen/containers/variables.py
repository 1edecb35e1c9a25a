"""The variables with the URLs of a run that is up, read from its containers' labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelinegen.containers import labels

if TYPE_CHECKING:
    from pipelinegen.containers.group import Containers


def variables(containers: Containers, *, inside: bool) -> dict[str, str]:
    """The URL of each container that has a variable.

    Dependencies of a dependency are left out: their variables are not those of the tests.

    Args:
        containers: the run.
        inside: whether who reads them is on the run's network.
    """
    found: dict[str, str] = {}
    mark: dict[str, str | list[str] | bool] = {"label": f"{labels.RUN}={containers.run}"}
    for container in containers.client.containers.list(filters=mark):
        said = container.labels
        variable = said.get(labels.VARIABLE)
        if not variable:
            continue
        if inside:
            found[variable] = said[labels.INSIDE]
            continue
        host, port = containers.reach(container)
        url = said[labels.URL].replace("{host}", host).replace("{port}", str(port))
        found[variable] = url
    return dict(sorted(found.items()))
