"""Java services: Maven and Gradle, Spring Boot, Micronaut and Quarkus."""

from __future__ import annotations

import pytest

from tests.detect.given import Files, Look, dockerfile, port, runs, said
from tests.detect.starters import PETCLINIC, QUARKUS

WEB = "<project><artifactId>a</artifactId>spring-boot-starter-web actuator prometheus</project>"
YML = "src/main/resources/application.yml"
PROPERTIES = "src/main/resources/application.properties"
SHOWN = "management.endpoints.web.exposure.include=health,prometheus\n"


def test_the_name_is_the_projects_and_not_its_parents(look: Look) -> None:
    found = look(PETCLINIC)
    assert (found.name.value, found.name.because) == ("spring-petclinic", "pom.xml:10")


@pytest.mark.parametrize(
    ("files", "build", "image"),
    [
        ({"pom.xml": WEB}, "mvn -B package -DskipTests", "maven:3-eclipse-temurin-17"),
        ({"pom.xml": WEB, "mvnw": ""}, "./mvnw -B package -DskipTests", "eclipse-temurin:17-jdk"),
        ({"build.gradle": "sourceCompatibility = '21'"}, "gradle assemble", "gradle:8-jdk21"),
        (
            {"build.gradle.kts": "jvmToolchain(21)", "gradlew": ""},
            "./gradlew assemble",
            "eclipse-temurin:21-jdk",
        ),
    ],
)  # fmt: skip
def test_the_wrapper_is_used_where_there_is_one(
    look: Look, files: Files, build: str, image: str
) -> None:
    found = look(files)
    assert found.ecosystem.build is not None
    assert found.ecosystem.build.value == build
    assert dockerfile(found)[0] == f"FROM {image} AS test"


@pytest.mark.parametrize(
    ("file", "text", "number", "because"),
    [
        (YML, "a: 1\nserver:\n  port: 8081\n", 8081, f"{YML}:3"),
        (YML, "server:\n  port: ${PORT:8082}\n", 8082, f"{YML}:2"),
        (YML, "server.port: 8083\n", 8083, f"{YML}:1"),
        (PROPERTIES, "# x\nserver.port=8084\n", 8084, f"{PROPERTIES}:2"),
        (YML, "server: {port: 0}\n", 8080, "the default of spring-boot"),
        (YML, "server: [\n", 8080, "the default of spring-boot"),
        (
            YML,
            "spring.config.activate.on-profile: dev\nserver.port: 1\n---\nserver.port: 8085\n",
            8085,
            f"{YML}:2",
        ),
        (
            PROPERTIES,
            "server.port=8086\n#---\nspring.profiles=dev\nserver.port=1\n",
            8086,
            f"{PROPERTIES}:1",
        ),
    ],
)
def test_the_port_is_the_one_of_every_environment(
    look: Look, file: str, text: str, number: int, because: str
) -> None:
    found = look({"pom.xml": WEB, file: text}).port
    assert found is not None
    assert (found.value, found.because) == (number, because)


def test_the_actuator_is_behind_the_context_path(look: Look) -> None:
    found = look({"pom.xml": WEB, PROPERTIES: SHOWN + "server.servlet.context-path=/shop\n"})
    assert said(found.health)["readiness"] == {"path": "/shop/actuator/health/readiness"}
    assert found.metrics is not None
    assert found.metrics.value == "/shop/actuator/prometheus"


def test_metrics_that_the_actuator_does_not_show_are_told(look: Look) -> None:
    found = look({"pom.xml": WEB})
    assert found.metrics is None
    assert ["does not show it" in note for note in found.notes] == [True]


def test_an_actuator_on_a_port_of_its_own_is_told(look: Look) -> None:
    found = look({"pom.xml": WEB, PROPERTIES: "management.server.port=9000\n"})
    assert found.health == {}
    assert "the actuator is on a port of its own (9000)" in found.notes[0]


def test_micronaut_and_quarkus_have_their_own_routes(look: Look) -> None:
    assert said(look(QUARKUS).health)["liveness"] == {"path": "/q/health/live"}


def test_micronaut_has_its_own_routes_and_port(look: Look) -> None:
    build = 'implementation("io.micronaut:micronaut-management")\nprometheus\n'
    found = look({"build.gradle.kts": build, YML: "micronaut:\n  server:\n    port: 8090\n"})
    assert said(found.health)["readiness"] == {"path": "/health/readiness"}
    assert (port(found), found.metrics and found.metrics.value) == (8090, "/prometheus")


def test_a_spring_service_without_the_web_is_a_worker(look: Look) -> None:
    assert look({"pom.xml": "<project>spring-boot-starter-batch</project>"}).worker


def test_gradles_name_tests_and_linter_are_seen(look: Look) -> None:
    found = look({
        "build.gradle": "apply plugin: 'checkstyle'",
        "settings.gradle": "rootProject.name = 'shipping'\n",
        "src/test/java/A.java": "",
        "src/integrationTest/java/A.java": "",
    })  # fmt: skip
    assert found.name.value == "shipping"
    assert runs(found) == {"unit": "gradle test", "integration": "gradle integrationTest"}
    assert found.ecosystem.lint is not None
    assert found.ecosystem.lint.value == "gradle checkstyleMain"


def test_integration_tests_of_maven_need_its_plugin(look: Look) -> None:
    tests = {"src/test/java/AIT.java": ""}
    assert runs(look({"pom.xml": WEB, **tests})) == {"unit": "mvn -B test"}


def test_several_modules_are_told(look: Look) -> None:
    found = look({"pom.xml": "<project><modules><module>web</module></modules></project>"})
    assert "several modules" in found.notes[0]
    assert any("*/target/*.jar" in line for line in dockerfile(found))
