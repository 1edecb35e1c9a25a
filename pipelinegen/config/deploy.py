"""The ``deploy`` section: what runs in a cluster, everywhere and where one place differs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model, shared
from pipelinegen.config.names import (
    AnnotationKey,
    Approver,
    ClusterName,
    EnvName,
    Host,
    IngressClass,
    Namespace,
    RegionName,
    SecretKey,
    SecretName,
    UrlPath,
    printable,
)
from pipelinegen.config.pod import (
    ContainerPath,
    FileText,
    LabelKey,
    LabelValue,
    NetworkPolicy,
    SecretSource,
    Security,
    Shutdown,
    Size,
    Spread,
    Toleration,
)
from pipelinegen.config.quantities import cpu_quantity, memory_quantity
from pipelinegen.config.verify import Rollback, Verify

Cpu = Annotated[str, BeforeValidator(cpu_quantity)]
Memory = Annotated[str, BeforeValidator(memory_quantity)]
Account = Literal["test", "stage", "production"]


def _env_text(value: object) -> object:
    # An environment variable is text. Whole numbers and true/false read the same as they are
    # written; 1.10 would silently become 1.1.
    if isinstance(value, float):
        raise PydanticCustomError("env_number", "a number with a decimal point must be quoted")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


EnvValue = Annotated[
    str,
    BeforeValidator(_env_text, json_schema_input_type=str | int | bool),
    AfterValidator(printable),
]

AnnotationValue = Annotated[str, AfterValidator(printable)]


class Amounts(Model):
    """An amount of each resource."""

    cpu: Cpu | None = Field(None, description="CPU cores.", examples=["100m", "0.5", "2"])
    memory: Memory | None = Field(None, description="Memory.", examples=["128Mi", "1Gi"])


class Resources(Model):
    """https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"""

    requests: Amounts | None = Field(None, description="What the scheduler reserves for a pod.")
    limits: Amounts | None = Field(
        None,
        description="What a pod may use at most: over its memory it is killed, over its CPU "
        "slowed.",
    )


class Probe(Model):
    """One probe. Without a path it only checks that the port accepts connections.

    https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """

    path: UrlPath | None = Field(
        None, description="The HTTP path that must answer 200-399.", examples=["/healthz"]
    )
    initial_delay_seconds: int | None = Field(
        None, ge=0, description="Seconds after the start before the first probe."
    )
    period_seconds: int | None = Field(None, ge=1, description="Seconds between two probes.")
    timeout_seconds: int | None = Field(None, ge=1, description="Seconds until no answer is a no.")
    failure_threshold: int | None = Field(
        None, ge=1, description="This many failures in a row count as failed."
    )
    success_threshold: int | None = Field(
        None, ge=1, description="This many successes in a row count as ready (readiness only)."
    )


class Health(Model):
    """The three probes of a pod; a probe set to null is left out."""

    liveness: Probe | None = Field(None, description="When it fails, the container is restarted.")
    readiness: Probe | None = Field(None, description="While it fails, the pod gets no traffic.")
    startup: Probe | None = Field(
        None, description="Until it succeeds once, the other probes wait: for slow starters."
    )


class SecretRef(Model):
    """One key of a Secret that exists in the cluster; the value itself is never written here."""

    name: SecretName = Field(description="The Secret's name.", examples=["orders-db"])
    key: SecretKey = Field("url", description="The key in the Secret.", examples=["url"])


class Autoscaling(Model):
    """A HorizontalPodAutoscaler on CPU use; it then owns the number of replicas."""

    min_replicas: int | None = Field(None, ge=1, description="Pods at least; default: `replicas`.")
    max_replicas: int | None = Field(None, ge=1, description="Pods at most.")
    cpu: int | None = Field(
        None, ge=1, le=1000, description="Aim: average CPU use, in percent of the requests."
    )


class DisruptionBudget(Model):
    """How many pods may be missing while nodes are drained; set one of the two."""

    max_unavailable: int | None = Field(None, ge=0, description="Pods that may be missing.")
    min_available: int | None = Field(None, ge=0, description="Pods that must stay.")


class Ingress(Model):
    """Reachable from outside the cluster under a host name."""

    host: Host | None = Field(None, description="Host name.", examples=["orders.example.com"])
    path: UrlPath | None = Field(None, description="Path prefix; default `/`.")
    class_name: IngressClass | None = Field(
        None, description="The IngressClass.", examples=["nginx"]
    )
    tls_secret: SecretName | None = Field(None, description="The Secret with the certificate.")
    annotations: dict[AnnotationKey, AnnotationValue | None] | None = Field(
        None, description="Annotations."
    )


class ServiceAccount(Model):
    """The service account that is made for the service."""

    annotations: dict[AnnotationKey, AnnotationValue | None] | None = Field(
        None, description="Annotations, such as the cloud role that it may assume."
    )


class Settings(Model):
    """What runs, for all clusters or for some. Maps merge, lists are replaced, null removes."""

    replicas: int | None = Field(None, ge=0, description="Number of pods.")
    resources: Resources | None = Field(None, description="CPU and memory of a pod.")
    health: Health | None = Field(None, description="Probes.")
    env: dict[EnvName, EnvValue | None] | None = Field(
        None, description="Environment variables.", examples=[{"LOG_LEVEL": "info"}]
    )
    secrets: dict[EnvName, SecretSource | None] | None = Field(
        None,
        description="Environment variables that are taken from Secrets in the cluster, or by "
        "External Secrets from a store.",
        examples=[
            {"API_KEY": {"name": "orders-api", "key": "token"}},
            {"API_KEY": {"store": "vault", "remote": "shop/orders", "property": "token"}},
        ],
    )
    autoscaling: Autoscaling | None = Field(None, description="Scale with the load.")
    disruption_budget: DisruptionBudget | None = Field(None, description="While nodes are drained.")
    ingress: Ingress | None = Field(None, description="Traffic from outside the cluster.")
    service_account: ServiceAccount | None = Field(None, description="Its service account.")
    shutdown: Shutdown | None = Field(
        None, description="How a pod ends.", examples=[{"graceSeconds": 60, "drainSeconds": 10}]
    )
    writable: dict[ContainerPath, Size | None] | None = Field(
        None,
        description="Empty folders that a pod may write to, besides `/tmp`, with the most that "
        "they may hold, or `unlimited`; who writes more is evicted. They end with the pod.",
        examples=[{"/var/cache/orders": "100Mi", "/data": "unlimited"}],
    )
    config_files: dict[ContainerPath, FileText | None] | None = Field(
        None,
        description="Files that a pod finds, read-only, and their text; all of them together take "
        "at most 1 MiB. A change restarts the pods, one after the other.",
        examples=[{"/etc/orders/mode": "fast\n"}],
    )
    security: Security | None = Field(
        None,
        description="What a pod may do beyond the least.",
        examples=[{"readOnlyRootFilesystem": False}],
    )
    spread: Spread | None = Field(
        None,
        description="How pods are spread over zones.",
        examples=[{"zone": "required"}],
    )
    network_policy: NetworkPolicy | None = Field(
        None,
        description="Who may connect; without it everybody in the cluster.",
        examples=[{"from": [{"service": "gateway"}, {"namespace": "monitoring"}]}],
    )
    node_selector: dict[LabelKey, LabelValue | None] | None = Field(
        None,
        description="Labels of the nodes that pods run on.",
        examples=[{"kubernetes.io/arch": "arm64"}],
    )
    tolerations: list[Toleration] | None = Field(
        None,
        description="Taints that pods put up with.",
        examples=[[{"key": "dedicated", "value": "shop"}]],
    )


class RegionSettings(Settings):
    """What differs in one region."""

    enabled: bool | None = Field(
        None, description="false: the service is deliberately not deployed in this region."
    )


class Production(Model):
    """How production is reached."""

    approvers: list[Approver] | None = Field(
        None,
        description="Jenkins users or groups that may approve; without it whoever may build.",
        examples=[["shop-leads"]],
    )
    approval: bool = Field(True, description="false: production follows stage without a gate.")
    approval_hours: int = Field(
        24, ge=1, le=24 * 14, description="Hours until an unanswered approval ends the build."
    )
    waves: list[Annotated[list[ClusterName], Field(min_length=1)]] | None = Field(
        None,
        description="Clusters that are deployed together, wave after wave; every production "
        "cluster exactly once. Default: a wave per region.",
        examples=[[["eu-a"], ["eu-b"], ["us-a", "us-b"]]],
    )
    rollback: Rollback = Field(
        "wave",
        description="What goes back to the release it had when a wave fails: that `wave`, or "
        "`all` waves.",
    )


class Deploy(Settings):
    """Where and how the service runs. Later ones win: region, then account, then cluster."""

    namespace: Namespace | None = Field(None, description="Default: the team's name.")
    regions: dict[RegionName, RegionSettings] | None = Field(
        None,
        description="What differs per region. Without it all regions are alike; with it every "
        "region that has clusters must be named.",
    )
    accounts: dict[Account, Settings] | None = Field(
        None, description="What differs per account: test, stage, production."
    )
    clusters: dict[ClusterName, Settings] | None = Field(
        None, description="What differs in one cluster."
    )
    production: Production = Field(
        default_factory=shared(Production), description="The gate and the waves."
    )
    verify: Verify = Field(
        default_factory=shared(Verify),
        description="What has to hold in the clusters of a wave before the next one begins.",
    )
    ready_minutes: int = Field(
        10, ge=1, le=24 * 60, description="Minutes in which the new pods have to become ready."
    )


# What a service gets that says nothing. Merged under its `deploy`, as Helm merges values.
DEFAULTS: dict[str, Any] = {
    "replicas": 2,
    "resources": {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"memory": "256Mi"},
    },
    "health": {"liveness": {}, "readiness": {}},
    "disruptionBudget": {"maxUnavailable": 1},
    "shutdown": {"graceSeconds": 30, "drainSeconds": 5},
}
