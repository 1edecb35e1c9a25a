"""``pipeline.yaml``: what one service is, how it is built and tested, and where it runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from pipelinegen.config.base import Model, shared
from pipelinegen.config.dependency import Dependency
from pipelinegen.config.deploy import Deploy, EnvValue
from pipelinegen.config.jobs import PipelineJob
from pipelinegen.config.names import (
    Branch,
    Command,
    DependencyName,
    EnvName,
    Glob,
    ImageRepository,
    RepoPath,
    ServiceName,
    StageName,
    StageTarget,
    TeamName,
    Text,
)
from pipelinegen.config.observability import Observability
from pipelinegen.config.platform import Notify, Platform

API_VERSION = "pipelinegen/v1"

Cache = Literal["go", "gradle", "maven", "npm", "nuget", "pip", "pnpm", "poetry", "uv", "yarn"]
Minutes = Annotated[int, Field(ge=1, le=24 * 60)]
Env = dict[EnvName, EnvValue]


class Service(Model):
    """Who this is."""

    name: ServiceName = Field(description="The service's name.", examples=["orders"])
    team: TeamName = Field(
        description="The team that owns it: its namespace and Jenkins folder.", examples=["shop"]
    )
    description: Text | None = Field(None, description="One sentence for people.")
    path: RepoPath | None = Field(
        None,
        description="The folder of this file within the git repository, when it is not the top; "
        "`.` when it will be the top of one.",
        examples=["services/orders"],
    )


class Agent(Model):
    """The container in which lint, build and tests run."""

    dockerfile: RepoPath | None = Field(None, description="Default: `build.dockerfile`.")
    target: StageTarget | None = Field(
        None,
        description="The Dockerfile's stage that holds the test tools; default: the last one.",
        examples=["test"],
    )
    caches: list[Cache] = Field(
        default_factory=list,
        description="Download caches that are kept on the agent between builds of the job.",
        examples=[["pip"]],
    )


class Image(Model):
    """The image that is deployed."""

    target: StageTarget | None = Field(
        None, description="The Dockerfile's stage; default: the last one.", examples=["runtime"]
    )
    repository: ImageRepository | None = Field(
        None, description="Default: the platform's registry and the service's name."
    )


class Build(Model):
    """How the service is built."""

    dockerfile: RepoPath = Field("Dockerfile", description="The Dockerfile.")
    run: Command | None = Field(
        None,
        description="A command that compiles and packages, run in the agent's container.",
        examples=["mvn -B package -DskipTests"],
    )
    agent: Agent = Field(default_factory=shared(Agent), description="The tests' container.")
    image: Image = Field(default_factory=shared(Image), description="The deployed image.")


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Branches = Annotated[
    list[Branch], BeforeValidator(_one_or_more, json_schema_input_type=str | list[str])
]


class When(Model):
    """Where a stage runs; any of the conditions is enough."""

    branch: Branches = Field(
        default_factory=list,
        description="A branch, or a pattern with `*` (one part) and `**` (any depth).",
        examples=["main", "release/*"],
    )
    pull_request: bool = Field(False, description="true: in builds of pull requests.")

    @model_validator(mode="after")
    def _says_something(self) -> When:
        if not self.branch and not self.pull_request:
            raise PydanticCustomError("when", "name a `branch`, or set `pullRequest: true`")
        return self


class Task(Model):
    """A command that runs in the agent's container."""

    run: Command = Field(description="The shell command.", examples=["pytest tests/unit"])
    env: Env = Field(default_factory=dict, description="Environment variables for it.")
    docker: bool = Field(
        False, description="true: it starts containers of its own (testcontainers)."
    )
    timeout_minutes: Minutes = Field(30, description="Minutes until it is stopped.")
    when: When | None = Field(None, description="Where it runs; default: in every build.")
    junit: Glob | None = Field(
        None,
        description="JUnit reports that it writes; known test tools need no setting.",
        examples=["reports/unit.xml"],
    )
    coverage: Glob | None = Field(
        None, description="Cobertura reports that it writes.", examples=["coverage.xml"]
    )


class Modes(Model):
    """How the service's dependencies are there in the system tests."""

    branch: Literal["containers", "deployed", "none"] = Field(
        "containers", description="On branches and pull requests."
    )
    main: Literal["containers", "deployed", "none"] | None = Field(
        None, description="On the main branch; default: deployed where there is a test account."
    )


class SystemTask(Task):
    """System tests: the service and its dependencies together.

    containers: all of them are brought up as containers. deployed: a temporary release of the
    changed service runs beside the latest deployed ones in the test account.
    """

    modes: Modes = Field(default_factory=shared(Modes), description="Which way, where.")


class Tests(Model):
    """The service's tests; a kind that is not named has no stage."""

    unit: Task | None = Field(None, description="Fast, nothing beside the code.")
    integration: Task | None = Field(None, description="With real dependencies in containers.")
    browsers: Task | None = Field(None, description="Its pages in real browsers.")
    system: SystemTask | None = Field(None, description="Together with the services around it.")


class OwnStage(Task):
    """A stage of the team's own."""

    after: StageName | None = Field(None, description="The stage behind which it runs.")
    before: StageName | None = Field(None, description="The stage ahead of which it runs.")
    target: StageTarget | None = Field(None, description="Default: `build.agent.target`.")

    @model_validator(mode="after")
    def _one_place(self) -> OwnStage:
        if (self.after is None) == (self.before is None):
            raise PydanticCustomError("place", "say either `after` or `before` which stage it runs")
        return self


class Pipeline(Model):
    """How the Jenkins job behaves."""

    main_branch: Branch = Field("main", description="The branch that is deployed.")
    timeout_minutes: Minutes | None = Field(
        None,
        description="Minutes for all stages together, without the wait for an approval; default: "
        "what their own limits add up to.",
    )
    keep_builds: int = Field(30, ge=1, le=10_000, description="Builds that Jenkins keeps.")
    label: Text | None = Field(
        None, description="Label of the Jenkins agents; default: the platform's."
    )
    jobs: dict[StageName, PipelineJob] = Field(
        default_factory=dict,
        description="Jobs of the service beside the multibranch one, made by `pipelinegen jobs` as "
        "`<service>-<name>`.",
        examples=[{"nightly": {"script": "ci/nightly.Jenkinsfile", "cron": "H 2 * * *"}}],
    )


Ide = Literal["devcontainer", "vscode", "intellij"]


class ServiceConfig(Model):
    """One service."""

    api_version: Literal["pipelinegen/v1"] = Field(description="The format of this file.")
    service: Service = Field(description="Who this is.")
    platform: str | Platform | None = Field(
        None,
        description="The organisation's platform.yaml: a path, a URL, or its content.",
        examples=["../platform.yaml"],
    )
    build: Build = Field(default_factory=shared(Build), description="How it is built.")
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        8080, description="The port that it listens on; null: it listens on none (a worker)."
    )
    dependencies: dict[DependencyName, Dependency] = Field(
        default_factory=dict, description="What it needs while it runs."
    )
    lint: Task | None = Field(None, description="Static checks.")
    tests: Tests = Field(default_factory=shared(Tests), description="Its tests.")
    stages: dict[StageName, OwnStage] = Field(
        default_factory=dict, description="Stages of the team's own."
    )
    deploy: Deploy = Field(default_factory=shared(Deploy), description="How it runs.")
    observability: Observability = Field(
        default_factory=shared(Observability), description="What is measured, logged and told."
    )
    notify: Notify | None = Field(None, description="Default: the platform's.")
    pipeline: Pipeline = Field(default_factory=shared(Pipeline), description="The Jenkins job.")
    ide: list[Ide] = Field(
        default=["devcontainer"],
        description="What is written for editors: `devcontainer`, the tests' container with the "
        "dependencies beside it; `vscode` and `intellij`, a task for each test stage.",
        examples=[["devcontainer", "vscode"]],
    )
