"""Jinja2, set up so that a template can only loop and branch over finished data."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pipelinegen import data
from pipelinegen.render import quoting

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """The one environment: a name that is not there is an error, never an empty text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(data.templates(), encoding="utf-8"),
        undefined=StrictUndefined,
        autoescape=_is_html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,  # they do not change while we run
    )
    made.filters.update(groovy=quoting.groovy, shell=quoting.shell, yaml=quoting.yaml)
    made.filters.update(xml=quoting.config_xml)
    return made


def _is_html(template: str | None) -> bool:
    return template is not None and template.endswith(".html.j2")


def render(name: str, **view: object) -> str:
    """The text of a template in ``jenkins-templates/``; values are escaped in HTML alone."""
    return environment().get_template(name).render(**view)
