"""The services below a folder that share one platform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelinegen.errors import InputError, Problem

if TYPE_CHECKING:
    from pipelinegen.config.loaded import Config, PlatformFile
    from pipelinegen.config.monitoring import Monitoring


def services_with_monitoring(root: Path) -> tuple[PlatformFile, Monitoring, list[Config]]:
    """The services below a folder, and the platform that they share.

    Raises:
        InputError: all faults of their files, several platforms, or one without ``monitoring``.
    """
    from pipelinegen.config.load import Loader
    from pipelinegen.workspace.discover import services

    loader, problems = Loader(), list[Problem]()
    found: list[Config] = []
    for file in services(root):
        try:
            found.append(loader.service(file))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    first, *others = found
    for other in others:
        if other.platform.model != first.platform.model:
            message = f"its platform is another one than that of {first.document.path}"
            hint = "name a folder with --root whose services share one"
            raise InputError([Problem(other.document.path, 0, 0, message, hint)])
    where = first.platform.model.monitoring
    if where is None:
        hint = "add `monitoring: {}` to it"
        message = "its platform has no `monitoring`"
        raise InputError([Problem(first.document.path, 0, 0, message, hint)])
    return first.platform, where, found
