"""All files of a service: ``{path: text}``. Pure: the same config gives the same bytes."""

from __future__ import annotations

import json
from functools import cache

from pipelinegen import __version__, data
from pipelinegen.config.loaded import PLATFORM_COPY, Config
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.declaration import FILE, declaration
from pipelinegen.plan.observed import monitoring
from pipelinegen.plan.parts import TOOLS_DIRECTORY, TOOLS_DOCKERFILE
from pipelinegen.plan.values import MONITORING, value_files
from pipelinegen.render.header import header, without_header
from pipelinegen.render.ide import ide_files
from pipelinegen.render.jenkinsfile import jenkinsfile
from pipelinegen.render.templates import render
from pipelinegen.render.yamltext import dump

# The header of a file that knows no comments.
NOTE = f"Made by pipelinegen {__version__}: `pipelinegen generate` renews it."
SCHEMA = f"{TOOLS_DIRECTORY}/pipeline.schema.json"

# What the tools container holds.
HELM = "4.1.4"
KUBECTL = "1.35.2"
DOCKER = "28"
PYTHON = "3.13"


def files(config: Config) -> dict[str, str]:
    """Everything that is generated for one service, by path from its folder."""
    plan = build_plan(config)
    made = {"Jenkinsfile": jenkinsfile(plan)}
    for path, values in value_files(config).items():
        made[path] = header() + dump(values)
    if monitoring(config) is not None:
        made |= _watched(config)
    made[f"{TOOLS_DIRECTORY}/{TOOLS_DOCKERFILE}"] = _tools()
    made[SCHEMA] = _schema()
    made[FILE] = _pretty({"$comment": NOTE, **declaration(config)})
    if config.platform_copied and config.platform.document:
        made[PLATFORM_COPY.as_posix()] = _platform(config.platform.document.text)
    made |= ide_files(config, plan)
    return made


def _watched(config: Config) -> dict[str, str]:
    """What watches the service; loaded only here, since many platforms have no monitoring."""
    from pipelinegen.render.dashboard import dashboard_files
    from pipelinegen.render.incluster import monitoring_values
    from pipelinegen.render.rules import rules_files

    values = monitoring_values(config)
    made = {} if values is None else {MONITORING: header() + dump(values)}
    return {**made, **rules_files(config), **dashboard_files(config)}


@cache
def _platform(text: str) -> str:
    """The organisation's part, for a checkout that does not hold it."""
    top = header(source="the file that its `platform` names")
    return top + without_header(text.removeprefix("\ufeff"))


@cache
def _tools() -> str:
    return render(
        "tools.Dockerfile.j2",
        header=header(),
        version=__version__,
        helm=HELM,
        kubectl=KUBECTL,
        docker=DOCKER,
        python=PYTHON,
    )


@cache
def _schema() -> str:
    """The editor's schema of pipeline.yaml, a definition a line; its header is a key."""
    schema = json.loads(data.schema("pipeline").read_text("utf-8"))
    definitions = schema.pop("$defs")
    lines = [f"{json.dumps(key)}: {_compact(value)}" for key, value in definitions.items()]
    top = [f"{json.dumps(k)}: {_compact(v)}" for k, v in {"$comment": NOTE, **schema}.items()]
    return "{\n" + ",\n".join(top) + ',\n"$defs": {\n' + ",\n".join(lines) + "\n}}\n"


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
