"""What the well-known test tools and package managers need, so that no service has to say it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelinegen.config.service import Cache


@dataclass(frozen=True)
class Reports:
    """Where a command leaves its JUnit reports, and what makes it write them."""

    junit: str
    env: dict[str, str] = field(default_factory=dict)


def reports(stage: str, command: str) -> Reports:
    """The reports of a command whose stage does not say where they are.

    Args:
        stage: the stage's name; several stages must not share a file.
        command: the shell command.
    """
    word = re.compile(r"(?:^|[\s;&|/])(pytest|mvnw?|gradlew?)(?=[\s;&|]|$)").search(command)
    match word.group(1) if word else None:
        case "pytest" if "--junit" not in command:
            # https://docs.pytest.org/en/stable/reference/reference.html#envvar-PYTEST_ADDOPTS
            file = f"reports/{stage}.xml"
            return Reports(file, {"PYTEST_ADDOPTS": f"--junitxml={file}"})
        case "mvn" | "mvnw":
            return Reports("**/target/surefire-reports/*.xml,**/target/failsafe-reports/*.xml")
        case "gradle" | "gradlew":
            return Reports("**/build/test-results/**/*.xml")
    return Reports(f"reports/{stage}*.xml")


# The variable by which each tool is told where to keep its downloads. {cache} is a folder beside
# the job's workspace: there any user of the container may write, and it outlives the build.
CACHES: dict[Cache, dict[str, str]] = {
    "go": {"GOMODCACHE": "{cache}/go/mod", "GOCACHE": "{cache}/go/build"},
    "gradle": {"GRADLE_USER_HOME": "{cache}/gradle"},
    "maven": {"MAVEN_OPTS": "-Dmaven.repo.local={cache}/maven"},
    "npm": {"npm_config_cache": "{cache}/npm"},
    "nuget": {"NUGET_PACKAGES": "{cache}/nuget"},
    "pip": {"PIP_CACHE_DIR": "{cache}/pip"},
    "pnpm": {"npm_config_store_dir": "{cache}/pnpm"},
    "poetry": {"POETRY_CACHE_DIR": "{cache}/poetry"},
    "uv": {"UV_CACHE_DIR": "{cache}/uv"},
    "yarn": {"YARN_CACHE_FOLDER": "{cache}/yarn"},
}
