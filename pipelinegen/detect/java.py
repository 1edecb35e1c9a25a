"""Java and Kotlin: Maven or Gradle."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from pipelinegen.detect import java_frameworks
from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.repo import Fact, Repo

_RESOURCES = "src/main/resources/"
_SETTINGS = ("settings.gradle.kts", "settings.gradle")
_FRAMEWORKS = {
    "spring-boot": "spring-boot",
    "springframework.boot": "spring-boot",
    "micronaut": "micronaut",
    "quarkus": "quarkus",
    "dropwizard": "dropwizard",
}


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
    framework = next((name for mark, name in _FRAMEWORKS.items() if mark in text), "")
    found.versions["quarkus"] = "quarkus" if framework == "quarkus" else ""
    found.web = bool(framework) or "jetty" in text or "undertow" in text
    if framework == "spring-boot":
        found.web = bool(re.search("starter-(web|webflux|jersey|graphql|data-rest)", text))
    modules = "<module>" in text or "include" in repo.text(repo.has(*_SETTINGS) or "")
    found.versions["modules"] = "modules" if modules else ""
    if modules:
        found.notes.append(
            f"{found.because} has several modules: the Dockerfile takes the largest jar of them; "
            "check that it is the one to start"
        )
    if found.web:
        java_frameworks.look(repo, found, framework, text)
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
        versions={"java": _release(text), "mvn": mvn, "wrapper": wrapper or ""},
    )
    found.name = _artifact(repo)
    found.build = Fact(f"{mvn} package -DskipTests", "pom.xml")
    if repo.folders("src/test"):
        found.tests["unit"] = Fact(Command(f"{mvn} test"), "src/test/")
    integration = repo.matching(r"^src/(test|it)/.*IT\.(java|kt)$")
    if integration and "failsafe" in text:
        options = ["", *(["-DskipUnitTests=true"] if "skipUnitTests" in text else [])]
        # As Quarkus' generator writes it, they are left out unless asked for.
        options += ["-DskipITs=false"] if re.search(r"<skipITs>\s*true", text) else []
        command = Command(f"{mvn} verify{' '.join(options)}", docker=True)
        found.tests["integration"] = Fact(command, integration[0])
    if "maven-checkstyle-plugin" in text:
        found.lint = Fact(f"{mvn} checkstyle:check", "pom.xml, checkstyle")
    elif "spotless-maven-plugin" in text:
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
        versions={"java": java, "gradle": gradle, "wrapper": repo.has("gradlew") or ""},
    )
    settings = repo.has(*_SETTINGS)
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
