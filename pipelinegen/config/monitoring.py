"""``monitoring`` in ``platform.yaml``: where counters, alerts, dashboards and logs of an
organisation go."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model, shared
from pipelinegen.config.names import Email, StageName, TeamName, Text, Url

_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?):(?P<port>[0-9]{1,5})\Z")


def address(value: str) -> str:
    """Check that it is ``host:port``.

    Raises:
        PydanticCustomError: it is not.
    """
    found = _ADDRESS.match(value)
    if not found or not 0 < int(found["port"]) <= 65535:
        raise PydanticCustomError(
            "address", "`{value}` is not an address: write `host:port`", {"value": value}
        )
    return value


def _mounted(value: str) -> str:
    if not re.match(r"/[A-Za-z0-9._/-]*[A-Za-z0-9._-]\Z", value) or ".." in value.split("/"):
        raise PydanticCustomError(
            "path",
            "`{value}` is not the path of a mounted file: write it in full, like "
            "`/etc/alertmanager/secrets/slack`",
            {"value": value},
        )
    return value


Address = Annotated[str, AfterValidator(address)]
# A file that the program finds where it runs, such as a mounted Secret.
MountedFile = Annotated[str, AfterValidator(_mounted)]


class Slack(Model):
    """A Slack channel, written to through an incoming webhook."""

    channel: Text = Field(description="The channel.", examples=["#shop-oncall"])
    url_file: MountedFile = Field(
        description="The file in Alertmanager's container that holds the webhook's URL, which is a "
        "secret.",
        examples=["/etc/alertmanager/secrets/slack"],
    )


class Receiver(Model):
    """Who hears of an alert; set one of the two or both."""

    slack: Slack | None = Field(None, description="A Slack channel.")
    email: list[Email] = Field(default_factory=list, description="E-mail addresses.")

    @model_validator(mode="after")
    def _somebody(self) -> Receiver:
        if self.slack is None and not self.email:
            raise PydanticCustomError("receiver", "nobody would hear: set `slack` or `email`")
        return self


class Smtp(Model):
    """The server that takes Alertmanager's mails."""

    server: Address = Field(description="host:port.", examples=["smtp.example.com:587"])
    sender: Email = Field(description="The sender's address.", examples=["alerts@example.com"])
    username: Text | None = Field(None, description="The user, where it asks for one.")
    password_file: MountedFile | None = Field(
        None, description="The file in Alertmanager's container that holds the password."
    )
    tls: bool = Field(True, description="false: mails go there in the clear.")


class Prometheus(Model):
    """How each cluster's Prometheus gets what it has to know."""

    scrape: Literal["annotations", "podMonitor", "serviceMonitor"] = Field(
        "annotations",
        description="How it finds pods: by their `prometheus.io/*` annotations, or by objects of "
        "the Prometheus Operator in the chart.",
    )
    rules: Literal["files", "prometheusRule"] = Field(
        "files",
        description="How rules get there: collected by `pipelinegen monitoring`, or as an object "
        "of the Prometheus Operator in the chart.",
    )
    alertmanagers: list[Address] = Field(
        default_factory=list,
        description="Where it sends alerts.",
        examples=[["alertmanager.monitoring:9093"]],
    )
    # Some rules look at five minutes, as far as an instant looks back.
    interval_seconds: int = Field(
        30, ge=1, le=120, description="Seconds between two scrapes, and two evaluations of rules."
    )


class Grafana(Model):
    """Where dashboards are looked at."""

    url: Url | None = Field(
        None,
        description="Its address, for links and for `pipelinegen dashboards`; $GRAFANA_URL counts "
        "before it.",
        examples=["https://grafana.example.com"],
    )
    dashboards: Literal["api", "configMap"] = Field(
        "api",
        description="How dashboards get there: pushed by `pipelinegen dashboards apply`, or as "
        "ConfigMaps in the chart, which Grafana's sidecar reads.",
    )


class Graylog(Model):
    """Where logs are looked at."""

    url: Url | None = Field(
        None,
        description="Its address, for links and for `pipelinegen logs`; $GRAYLOG_URL counts before "
        "it.",
        examples=["https://graylog.example.com"],
    )
    gelf: Address | None = Field(
        None,
        description="Its GELF TCP input, to which Fluent Bit sends.",
        examples=["graylog.logging:12201"],
    )


class Monitoring(Model):
    """Counters, alerts, dashboards and logs; made for every deployed service when this is set."""

    prometheus: Prometheus = Field(
        default_factory=shared(Prometheus), description="The Prometheus of each cluster."
    )
    grafana: Grafana = Field(default_factory=shared(Grafana), description="Grafana.")
    graylog: Graylog = Field(default_factory=shared(Graylog), description="Graylog.")
    smtp: Smtp | None = Field(None, description="The server for Alertmanager's mails.")
    receivers: dict[StageName, Receiver] = Field(
        default_factory=dict,
        description="Who hears of alerts, by a name that `notify` of an alert may say.",
        examples=[{"shop-oncall": {"email": ["oncall@example.com"]}}],
    )
    teams: dict[TeamName, StageName] = Field(
        default_factory=dict,
        description="Each team's receiver.",
        examples=[{"shop": "shop-oncall"}],
    )
    receiver: StageName | None = Field(
        None, description="The receiver for teams without one; default: the first one."
    )
