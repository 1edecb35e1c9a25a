"""What every model of a config file has in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Strict and frozen: an unknown key, or text where a number is due, is an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        defer_build=True,  # most models are only ever a part of another one
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        # `eu-west-1:` with nothing behind it means "with the defaults".
        return {} if value is None else value


M = TypeVar("M", bound=Model)


def shared(model: type[M]) -> Callable[[], M]:
    """A factory of a model's defaults: frozen, so that all services that say nothing share one."""
    return cache(lambda: model())
