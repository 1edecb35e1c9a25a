"""The ``dependencies`` section: what a service needs, as a container and where it is deployed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model
from pipelinegen.config.deploy import SecretRef
from pipelinegen.config.document import Fault
from pipelinegen.config.names import (
    Command,
    EnvName,
    ImageReference,
    ImageTag,
    RepoPath,
    Text,
    Url,
    UrlPath,
)

DependencyType = Literal[
    "postgres", "mysql", "mariadb", "redis", "rabbitmq", "kafka", "mongodb", "s3", "aws", "http",
    "service",
]  # fmt: skip

# Which files each kind loads before the first test.
INIT = {
    "postgres": (".sql", ".sh"),
    "mysql": (".sql", ".sh"),
    "mariadb": (".sql", ".sh"),
    "mongodb": (".js", ".sh"),
}
WEB = ("http", "service")
# What `format` may name.
PLACES = ("url", "host", "port", "user", "password", "database")


class Dependency(Model):
    """Something that the service needs while it runs."""

    type: DependencyType = Field(
        description="What it is; `service` is another service of the platform."
    )
    version: ImageTag | None = Field(None, description="Its version.", examples=["15"])
    image: ImageReference | None = Field(None, description="The image for tests, by reference.")
    env: EnvName | None = Field(
        None,
        description="The environment variable in which the service expects its URL.",
        examples=["DATABASE_URL"],
    )
    format: Text | None = Field(
        None,
        description="How the URL of its container is written in that variable, with `{url}`, "
        "`{host}`, `{port}`, `{user}`, `{password}`, `{database}`; default: `{url}`.",
        examples=["jdbc:postgresql://{host}:{port}/{database}?user={user}&password={password}"],
    )
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        None, description="The port of its container; default: the kind's own, 8080 for services."
    )
    health: UrlPath | None = Field(
        None,
        description="The HTTP path that answers 200-399 when its container is ready; default: it "
        "is ready when it answers anything.",
        examples=["/healthz"],
    )
    init: list[RepoPath] = Field(
        default_factory=list,
        description="Files that are loaded into its container before the first test.",
        examples=[["db/schema.sql"]],
    )
    migrate: Command | None = Field(
        None,
        description="A command that brings its schema up to date before the first test; it finds "
        "the URL in the variable of `env`.",
        examples=["alembic upgrade head"],
    )
    url: Url | None = Field(None, description="Its URL where the service is deployed.")
    secret: SecretRef | None = Field(
        None,
        description="The Secret with its URL where the service is deployed; default for all but "
        "other services: `<service>-<dependency>`, key `url`.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Dependency:
        if self.url is not None and self.secret is not None:
            raise PydanticCustomError("source", "set `url` or `secret`, not both")
        for key in ("migrate", "format"):
            if getattr(self, key) is not None and self.env is None:
                raise PydanticCustomError(key, f"`{key}` needs `env`, the variable of the URL")
        for name in re.findall(r"\{(\w*)\}", self.format or ""):
            if name not in PLACES:
                known = ", ".join(f"{{{place}}}" for place in PLACES)
                raise PydanticCustomError("format", f"`format` knows {known}, not `{{{name}}}`")
        if self.health is not None and self.type not in WEB:
            raise PydanticCustomError(
                "health", "`health` is for http and service; the others are asked in their own way"
            )
        return self

    @model_validator(mode="after")
    def _can_load(self) -> Dependency:
        known = INIT.get(self.type, ())
        for file in self.init:
            if not file.endswith(known):
                can = " or ".join(known) or "no files"
                raise PydanticCustomError("init", f"{self.type} loads {can}, not `{file}`")
        return self


def repeated(dependencies: Mapping[str, Dependency]) -> Iterator[Fault]:
    """Two dependencies cannot have their URLs in one variable."""
    seen: dict[str, str] = {}
    for name, dependency in dependencies.items():
        if dependency.env is None:
            continue
        if dependency.env in seen:
            yield (
                ("dependencies", name, "env"),
                f"`{dependency.env}` is already the URL of `{seen[dependency.env]}`",
                "give each dependency a variable of its own",
                False,
            )
        seen[dependency.env] = name
