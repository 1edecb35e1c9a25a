"""What system tests have around them: the service and its dependencies as containers."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from pipelinegen.config.loaded import Config
from pipelinegen.containers.build import Line
from pipelinegen.containers.group import Containers
from pipelinegen.containers.system import build_service, wanted
from pipelinegen.containers.variables import variables
from pipelinegen.run.checkout import Checkout


@dataclass(frozen=True)
class Around:
    """What is up.

    Args:
        network: the Docker network on which it is.
        variables: the variables with its URLs, as a container on that network has them.
    """

    network: str
    variables: dict[str, str]


@contextlib.contextmanager
def around(config: Config, here: Checkout, line: Line) -> Iterator[Around]:
    """Bring it up (vars/systemUp.groovy); it is removed at the end, whatever happens.

    Args:
        config: the service.
        here: its working tree.
        line: gets what is told meanwhile.

    Raises:
        PipelinegenError: something does not come up.
    """
    with Containers(f"{here.build}-{os.getpid()}", owner=os.getpid(), tell=line) as containers:
        image = build_service(config, containers.daemon, here.build, line)
        containers.get_all(wanted(config, containers.label, image, {}))
        yield Around(str(containers.network.name), variables(containers, inside=True))
