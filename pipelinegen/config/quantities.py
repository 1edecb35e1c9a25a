"""Amounts of CPU and memory, as Kubernetes writes them."""

from __future__ import annotations

import re

from pydantic_core import PydanticCustomError

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_CPU = re.compile(r"([0-9]+m|[0-9]+(\.[0-9]{1,3})?)\Z")
UNLIMITED = "unlimited"
_MEMORY = re.compile(r"[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?\Z")


def cpu_quantity(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _CPU.match(value):
        raise PydanticCustomError(
            "quantity",
            "`{value}` is not an amount of CPU: write cores (`2`, `0.5`) or thousandths (`250m`)",
            {"value": value},
        )
    return value


def memory_quantity(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _MEMORY.match(value):
        raise PydanticCustomError(
            "quantity",
            "`{value}` is not an amount of memory: write bytes with a unit, like `256Mi` or `1Gi`",
            {"value": value},
        )
    return value


def storage_quantity(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value == UNLIMITED:
        return value
    # A limit of 0 is none to Kubernetes.
    if not isinstance(value, str) or not _MEMORY.match(value) or not quantity(value):
        raise PydanticCustomError(
            "quantity",
            "`{value}` is not a size: write bytes with a unit, like `100Mi` or `1Gi`, or "
            "`unlimited`",
            {"value": value},
        )
    return value


_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def quantity(value: str | int | float) -> float:
    """The number of cores or bytes that a checked Kubernetes quantity stands for."""
    text = str(value)
    number = text.rstrip("mkKMGTi")
    unit = text[len(number) :]
    return float(number) / 1000 if unit == "m" else float(number) * _UNITS[unit]
