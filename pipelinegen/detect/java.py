"""Java and Kotlin: Maven or Gradle."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import yaml

from pipelinegen.detect.found import Command, Data, Ecosystem
from pipelinegen.detect.repo import Fact, Repo

_RESOURCES = "src/main/resources/"
_FILES = ("application.yml", "application.yaml", "application.properties")


def look(repo: Repo) -> Ecosystem | None:
    """A Maven or Gradle service, if this is one."""
    gradle = repo.has("build.gradle.kts", "build.gradle")
    if repo.has("pom.xml"):
        found = _maven(repo)
        text = repo.text("pom.xml")
    elif gradle:
        found = _gradle(repo, gradle)
        text = repo.text(gradle)
    else:
        return None
    # A JVM takes more than the defaults, and long to start.
    found.memory = ("512Mi", "768Mi")
    framework = next(
        (name for name in ("spring-boot", "micronaut", "quarkus", "dropwizard") if name in text), ""
    )
    found.web = bool(framework) or "jetty" in text or "undertow" in text
    if framework == "spring-boot" and not re.search("starter-(web|webflux|jersey)", text):
        found.web = "org.springframework.boot" in text and "starter-web" in text
    if found.web:
        _framework(repo, found, framework, text)
    return found


def _maven(repo: Repo) -> Ecosystem:
    wrapper = repo.has("mvnw")
    mvn = "./mvnw -B" if wrapper else "mvn -B"
    text = repo.text("pom.xml")
    found = Ecosystem(
        language=f"Java {_release(text)} with Maven",
        kind="java-maven",
        because="pom.xml",
        caches=["maven"],
        versions={"java": _release(text), "mvn": mvn},
    )
    found.name = _artifact(repo)
    found.build = Fact(f"{mvn} package -DskipTests", "pom.xml")
    if repo.folders("src/test"):
        found.tests["unit"] = Fact(Command(f"{mvn} test"), "src/test/")
    integration = repo.matching(r"^src/(test|it)/.*IT\.(java|kt)$")
    if integration and "failsafe" in text:
        command = Command(f"{mvn} verify -DskipUnitTests=true", docker=True)
        if "skipUnitTests" not in text:
            command = Command(f"{mvn} verify", docker=True)
        found.tests["integration"] = Fact(command, integration[0])
    if "checkstyle" in text:
        found.lint = Fact(f"{mvn} checkstyle:check", "pom.xml, checkstyle")
    elif "spotless" in text:
        found.lint = Fact(f"{mvn} spotless:check", "pom.xml, spotless")
    return found


def _gradle(repo: Repo, file: str) -> Ecosystem:
    gradle = "./gradlew" if repo.has("gradlew") else "gradle"
    text = repo.text(file)
    version = re.search(
        r"(?:languageVersion\D+|sourceCompatibility\D*?|JavaVersion\.VERSION_|jvmToolchain\()(\d+)",
        text,
    )
    java = version.group(1) if version else "17"
    found = Ecosystem(
        language=f"Java {java} with Gradle",
        kind="java-gradle",
        because=file,
        caches=["gradle"],
        versions={"java": java, "gradle": gradle},
    )
    settings = repo.has("settings.gradle.kts", "settings.gradle")
    if settings:
        found.name = repo.find(settings, r"rootProject\.name\s*=\s*[\"']([^\"']+)[\"']")
    found.build = Fact(f"{gradle} assemble", file)
    if repo.folders("src/test"):
        found.tests["unit"] = Fact(Command(f"{gradle} test"), "src/test/")
    if repo.folders("src/integrationTest"):
        command = Command(f"{gradle} integrationTest", docker=True)
        found.tests["integration"] = Fact(command, "src/integrationTest/")
    if "checkstyle" in text:
        found.lint = Fact(f"{gradle} checkstyleMain", f"{file}, checkstyle")
    elif "spotless" in text:
        found.lint = Fact(f"{gradle} spotlessCheck", f"{file}, spotless")
    return found


def _release(text: str) -> str:
    found = re.search(
        r"<(?:java\.version|maven\.compiler\.release|maven\.compiler\.source|release)>(?:1\.)?(\d+)",
        text,
    )
    return found.group(1) if found else "17"


def _artifact(repo: Repo) -> Fact[str] | None:
    """The project's own artifact id, which stands behind its parent's."""
    try:
        top = ElementTree.fromstring(repo.text("pom.xml"))
    except ElementTree.ParseError:
        return None
    name = top.findtext("{*}artifactId")
    if not name:
        return None
    line = repo.find("pom.xml", rf"<artifactId>\s*{re.escape(name.strip())}\s*</artifactId>")
    return Fact(name.strip(), line.because if line else "pom.xml")


def _framework(repo: Repo, found: Ecosystem, framework: str, text: str) -> None:
    """Port, health and metrics, from the framework's own configuration."""
    file = next((f"{_RESOURCES}{name}" for name in _FILES if repo.has(_RESOURCES + name)), None)
    settings = _settings(repo, file) if file else {}

    def said(*keys: str) -> tuple[str, Any] | None:
        return next(((key, settings[key]) for key in keys if key in settings), None)

    port = said("server.port", "micronaut.server.port", "quarkus.http.port")
    number = re.search(r"(\d{2,5})\}?$", str(port[1])) if port else None
    if file and port and number:
        found.port = Fact(int(number.group(1)), _line(repo, file, port[0]))
    else:
        found.port = Fact(8080, f"the default of {framework or 'the framework'}")
    if framework == "spring-boot" and "actuator" in text:
        base = str((said("management.endpoints.web.base-path") or ("", "/actuator"))[1])
        where = _line(repo, file, "management") if file else found.because
        probes: dict[str, Data] = {
            "liveness": {"path": f"{base}/health/liveness"},
            "readiness": {"path": f"{base}/health/readiness"},
        }
        found.health = {name: Fact(probe, where) for name, probe in probes.items()}
        if "prometheus" in text:
            found.metrics = Fact(f"{base}/prometheus", where)
    elif framework == "micronaut" and "management" in text:
        where = _line(repo, file, "endpoints") if file else found.because
        found.health = {
            name: Fact({"path": f"/health/{name}"}, where) for name in ("liveness", "readiness")
        }
        if "prometheus" in text:
            found.metrics = Fact("/prometheus", where)
    elif framework == "quarkus" and "smallrye-health" in text:
        found.health = {
            "liveness": Fact({"path": "/q/health/live"}, found.because),
            "readiness": Fact({"path": "/q/health/ready"}, found.because),
        }
        if "prometheus" in text:
            found.metrics = Fact("/q/metrics", found.because)
    if "liveness" in found.health:
        slow = {**found.health["liveness"].value, "periodSeconds": 5, "failureThreshold": 30}
        found.health["startup"] = Fact(slow, "a JVM starts slowly")


def _settings(repo: Repo, file: str) -> dict[str, Any]:
    """The settings with dotted keys."""
    text = repo.text(file)
    if file.endswith(".properties"):
        pairs = re.findall(r"^\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$", text, re.MULTILINE)
        return dict(pairs)
    flat: dict[str, Any] = {}
    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return flat

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                walk(f"{prefix}.{key}" if prefix else str(key), below)
        else:
            flat.setdefault(prefix, value)

    for document in documents[:1]:
        walk("", document)
    return flat


def _line(repo: Repo, file: str, key: str) -> str:
    """The line of a dotted key's last part."""
    last = re.escape(key.rsplit(".", 1)[-1])
    found = repo.find(file, rf"^[ \w.-]*\b{last}\s*[:=]")
    return found.because if found else file
