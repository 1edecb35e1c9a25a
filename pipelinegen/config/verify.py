"""How a deployment is found good before the next clusters get it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelinegen.config.base import Model
from pipelinegen.config.names import Command, Text, UrlPath


class Verify(Model):
    """What has to hold in each cluster of a wave, once its pods are ready."""

    smoke: list[UrlPath] = Field(
        default_factory=list,
        description="HTTP paths that every new pod has to answer with 200-399.",
        examples=[["/readyz", "/api/version"]],
    )
    run: Command | None = Field(
        None,
        description="A command that tests the new pods: it finds the service at `$SYSTEM_URL`, and "
        "`$ACCOUNT`, `$REGION` and `$CLUSTER`. In Jenkins it runs in the deploy stage's container.",
        examples=["sh tests/smoke.sh"],
    )
    bake_minutes: float = Field(
        0, ge=0, le=24 * 60, description="Minutes in which no pod may fail or restart."
    )
    query: Text | None = Field(
        None,
        description="A Prometheus query that has to return something, asked at the end; "
        "`$service`, `$namespace`, `$region` and `$cluster` in it are replaced. Needs the "
        "cluster's `prometheus` in platform.yaml.",
        examples=['sum(rate(http_errors_total{service="$service"}[5m])) < 0.1'],
    )


# What is rolled back when a wave of production fails: it alone, or the waves before it as well.
Rollback = Literal["wave", "all"]
