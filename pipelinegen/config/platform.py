"""``platform.yaml``: where an organisation's services run, and what they have in common."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model, shared
from pipelinegen.config.jobs import Jobs
from pipelinegen.config.monitoring import Monitoring
from pipelinegen.config.names import (
    ClusterName,
    CredentialId,
    DependencyName,
    Email,
    Host,
    IngressClass,
    LibraryName,
    RegionName,
    Registry,
    SecretName,
    Text,
    Url,
)


class ImageRegistry(Model):
    """Where images are pushed to and pulled from."""

    url: Registry = Field(
        description="host[:port][/path]; an image is `<url>/<service>`.",
        examples=["registry.example.com/shop"],
    )
    credentials: CredentialId | None = Field(
        None, description="Jenkins credential id (user name and password) for pushing."
    )
    pull_secret: SecretName | None = Field(
        None,
        description="The Secret with which clusters pull images (of the type "
        "`kubernetes.io/dockerconfigjson`); it has to be in every namespace.",
        examples=["registry-pull"],
    )


class Jenkins(Model):
    """The Jenkins controller that runs the pipelines."""

    label: Text = Field("docker", description="Label of the agents that have Docker.")
    docker_group: int | None = Field(
        None,
        ge=0,
        description="Numeric group of the agents' Docker socket (`stat -c %g "
        "/var/run/docker.sock`), so that containers of any user may use it.",
        examples=[999],
    )
    library: LibraryName = Field(
        "pipelinegen", description="The shared library's name on the controller."
    )
    url: Url | None = Field(
        None,
        description="Its address, for `pipelinegen jobs`; $JENKINS_URL counts before it.",
        examples=["https://jenkins.example.com/"],
    )
    jobs: Jobs = Field(
        default_factory=shared(Jobs), description="The jobs that `pipelinegen jobs` makes."
    )


class Region(Model):
    """A region."""

    description: Text | None = Field(None, description="For people.", examples=["Ireland"])


class Cluster(Model):
    """A Kubernetes cluster."""

    region: RegionName = Field(description="One of the platform's regions.")
    kubeconfig: CredentialId | None = Field(
        None,
        description="Jenkins credential id of the kubeconfig (a secret file); default: "
        "`kubeconfig-<cluster>`.",
    )
    context: Text | None = Field(
        None, description="The context in the kubeconfig; default: the cluster's name."
    )
    prometheus: Url | None = Field(
        None,
        description="Its Prometheus, which `deploy.verify.query` asks.",
        examples=["https://prometheus.eu-a.example.com"],
    )


class Managed(Model):
    """Where a dependency is in an account; set one of the two."""

    url: Url | None = Field(
        None, description="Its URL.", examples=["https://catalog.test.example.com"]
    )
    credentials: CredentialId | None = Field(
        None,
        description="Jenkins credential id (secret text) that holds its URL, where that is secret.",
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Managed:
        if (self.url is None) == (self.credentials is None):
            raise PydanticCustomError("managed", "set `url` or `credentials`, one of them")
        return self


class TemporaryIngress(Model):
    """How tests reach a temporary release from outside of its cluster."""

    domain: Host = Field(
        description="A temporary release is `<release>.<domain>` there.",
        examples=["test.example.com"],
    )
    class_name: IngressClass | None = Field(
        None, description="The IngressClass.", examples=["nginx"]
    )
    tls_secret: SecretName | None = Field(
        None, description="The Secret with a certificate for `*.<domain>`; then its URL is https."
    )


class AccountClusters(Model):
    """One account."""

    clusters: dict[ClusterName, Cluster] = Field(default_factory=dict, description="Its clusters.")
    dependencies: dict[DependencyName, Managed] = Field(
        default_factory=dict,
        description="Where dependencies are, for system tests beside what is deployed. What is not "
        "named is looked for in the cluster.",
    )
    temporary: TemporaryIngress | None = Field(
        None,
        description="How tests reach a temporary release; default: by its Service's address.",
    )


class Accounts(Model):
    """The accounts, in the order in which a change passes through them."""

    test: AccountClusters | None = Field(None, description="Where system tests run.")
    stage: AccountClusters | None = Field(None, description="The last stop before production.")
    production: AccountClusters | None = Field(None, description="The real thing.")


class Notify(Model):
    """Who hears of a broken and of a mended main branch."""

    slack: Text | None = Field(None, description="A Slack channel.", examples=["#shop-ci"])
    email: list[Email] = Field(default_factory=list, description="E-mail addresses.")


_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_*-]+)*\Z")


def _dotted(value: str) -> str:
    if not _KEY.match(value):
        raise PydanticCustomError(
            "key", "`{value}` is not a key: write it with dots, like `deploy.replicas`",
            {"value": value},
        )  # fmt: skip
    return value


class Platform(Model):
    """The organisation's part."""

    api_version: Literal["pipelinegen/v1"] | None = Field(
        None, description="The format of this file."
    )
    registry: ImageRegistry | None = Field(None, description="The image registry.")
    jenkins: Jenkins = Field(default_factory=shared(Jenkins), description="Jenkins.")
    regions: dict[RegionName, Region] = Field(
        default_factory=dict, description="Regions, in the order in which they are deployed."
    )
    accounts: Accounts = Field(default_factory=shared(Accounts), description="Accounts.")
    notify: Notify | None = Field(None, description="For services that name nobody.")
    monitoring: Monitoring | None = Field(
        None, description="Where counters, alerts, dashboards and logs go."
    )
    defaults: dict[str, Any] = Field(
        default_factory=dict,
        description="Keys of pipeline.yaml with the values that a service gets which does not set "
        "them.",
        examples=[{"deploy": {"replicas": 3}}],
    )
    locked: list[Annotated[str, AfterValidator(_dotted)]] = Field(
        default_factory=list,
        description="Keys that a service may not set, nor override for a region, account or "
        "cluster.",
        examples=[["deploy.production.approvers"]],
    )
