"""The dependencies of a pipeline.yaml by themselves, for tests: they may not have the platform."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from pipelinegen.config import faults
from pipelinegen.config.base import Model
from pipelinegen.config.dependency import Dependency, repeated
from pipelinegen.config.names import DependencyName
from pipelinegen.config.sources import read
from pipelinegen.config.yamlfile import parse
from pipelinegen.errors import InputError


class _Declared(Model):
    dependencies: dict[DependencyName, Dependency] = Field(default_factory=dict)


def declared(file: Path) -> dict[str, Dependency]:
    """The dependencies by their names.

    Args:
        file: the pipeline.yaml.

    Raises:
        InputError: the section is at fault, or two of them have the same variable.
    """
    document, found = parse(str(file), read(file))
    said = document.data.get("dependencies")
    model = None
    try:
        model = _Declared.model_validate({} if said is None else {"dependencies": said})
    except ValidationError as error:
        found += faults.problems(error, "pipeline", document.place, ())
    else:
        found += [
            document.place(path).problem(message, hint, at_key=at_key)
            for path, message, hint, at_key in repeated(model.dependencies)
        ]
        found += [
            document.place(("dependencies", name, "init", number)).problem(
                f"there is no `{each}`", "the path is relative to the folder of this file"
            )
            for name, dependency in model.dependencies.items()
            for number, each in enumerate(dependency.init)
            if not (file.parent / each).is_file()
        ]
    if model is None or found:
        raise InputError(found)
    return model.dependencies
