"""What ``deploy`` says of pods besides what runs in them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model
from pipelinegen.config.names import (
    AnnotationKey,
    Namespace,
    SecretKey,
    SecretName,
    ServiceName,
    Text,
    printable,
    storable,
)
from pipelinegen.config.quantities import storage_quantity

# What a ConfigMap holds: https://kubernetes.io/docs/concepts/configuration/configmap/
MOST_BYTES = 1024 * 1024

# Kubernetes' own default for `terminationGracePeriodSeconds`.
GRACE_SECONDS = 30


# A colon would end the path in what some container runtimes are told; the others are the kernel's.
_NO_PATH = re.compile(r"[:\\\s\x00-\x1f\x7f]|//|/\.{1,2}(/|\Z)|/\Z|\A[^/]|\A/(dev|proc|sys)(/|\Z)")


def _container_path(value: str) -> str:
    if not value or _NO_PATH.search(printable(value)):
        raise PydanticCustomError(
            "path",
            "`{value}` is not allowed: write a path in the container, like `/var/cache/orders`: "
            "absolute, without `..`, spaces and colons, and none of the kernel's",
            {"value": value},
        )
    return value


ContainerPath = Annotated[str, AfterValidator(_container_path)]

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
_LABEL = re.compile(r"([A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?\Z")


def _label_value(value: str) -> str:
    if not _LABEL.match(value):
        raise PydanticCustomError(
            "name",
            "`{value}` is not allowed: a label's value takes up to 63 letters, digits and `-_.`",
            {"value": value},
        )
    return value


LabelKey = AnnotationKey  # Kubernetes has the same rule for both
LabelValue = Annotated[str, AfterValidator(_label_value)]
FileText = Annotated[str, AfterValidator(storable)]
Size = Annotated[str, BeforeValidator(storage_quantity, json_schema_input_type=str | int)]


class Security(Model):
    """What a pod may do beyond the least; the rest is as Kubernetes' restricted standard says.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """

    read_only_root_filesystem: bool | None = Field(
        None,
        description="false: it may write everywhere, not only to `/tmp` and what `writable` names.",
    )


class SecretSource(Model):
    """Where the value of a variable comes from; the value itself is never written here.

    Either a Secret that is in the cluster, or an entry of a store, which External Secrets
    (https://external-secrets.io) puts into one.
    """

    name: SecretName | None = Field(None, description="The Secret's name.", examples=["orders-db"])
    key: SecretKey | None = Field(
        None, description="The key in the Secret; default: `url`.", examples=["token"]
    )
    store: SecretName | None = Field(
        None, description="The ClusterSecretStore of External Secrets.", examples=["vault"]
    )
    remote: Text | None = Field(
        None, description="The entry in the store.", examples=["shop/orders"]
    )
    property: Text | None = Field(
        None, description="The part of the entry, where it has parts.", examples=["token"]
    )


class Shutdown(Model):
    """How a pod ends.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
    """

    grace_seconds: int | None = Field(
        None,
        ge=1,
        le=24 * 60 * 60,
        description="Seconds until a pod that ends is killed, `drainSeconds` among them.",
        examples=[60],
    )
    drain_seconds: int | None = Field(
        None,
        ge=0,
        le=60 * 60,
        description="Seconds that a pod still serves before it gets SIGTERM, so that no request "
        "is sent to it any more by then. None without a port.",
        examples=[10],
    )


class Spread(Model):
    """How pods are spread over the cluster; over hosts and zones they are as far as it can be."""

    zone: Literal["preferred", "required"] | None = Field(
        None,
        description="required: a pod for which there is no room in the right zone waits; default: "
        "preferred.",
    )


class Peer(Model):
    """Pods that may connect: those of a service, of a namespace, or of a service there."""

    service: ServiceName | None = Field(
        None,
        description="Pods with this `app.kubernetes.io/name`, in the same namespace unless one is "
        "named.",
        examples=["gateway"],
    )
    namespace: Namespace | None = Field(
        None, description="Pods of this namespace.", examples=["monitoring"]
    )

    @model_validator(mode="after")
    def _says_something(self) -> Peer:
        if self.service is None and self.namespace is None:
            raise PydanticCustomError("peer", "name a `service`, a `namespace`, or both")
        return self


class NetworkPolicy(Model):
    """Who may connect to the service's port and to that of its metrics; nobody else may.

    https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """

    sources: Annotated[list[Peer], Field(min_length=1)] | None = Field(
        None,
        alias="from",
        description="Who may; with an ingress also the namespace of its controller.",
        examples=[[{"service": "gateway"}, {"namespace": "monitoring"}]],
    )


class Toleration(Model):
    """A taint that pods put up with.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """

    key: LabelKey = Field(description="The taint's key.", examples=["dedicated"])
    value: LabelValue | None = Field(
        None, description="The taint's value; default: any.", examples=["shop"]
    )
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="The taint's effect; default: any."
    )
