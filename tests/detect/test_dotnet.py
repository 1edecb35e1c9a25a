"""ASP.NET and other .NET services."""

from __future__ import annotations

import pytest

from tests.detect.given import Look, dockerfile, port, runs
from tests.detect.starters import ASPNET

WEB = '<Project Sdk="Microsoft.NET.Sdk.Web"><TargetFramework>net{}</TargetFramework></Project>'


def test_packages_are_restored_before_the_source_is_copied(look: Look) -> None:
    lines = dockerfile(look({**ASPNET, "Directory.Packages.props": ""}))
    build = lines[lines.index("FROM test AS build") :]
    assert build[1:6] == [
        "COPY Directory.Packages.props ./",
        "COPY src/Shop.Api/Shop.Api.csproj ./src/Shop.Api/",
        "COPY src/Shop.Domain/Shop.Domain.csproj ./src/Shop.Domain/",
        "RUN dotnet restore src/Shop.Api/Shop.Api.csproj",
        "COPY . .",
    ]


@pytest.mark.parametrize("version", ["6.0", "8.0"])
def test_the_default_port_is_one_that_needs_no_root(look: Look, version: str) -> None:
    found = look({"a.csproj": WEB.format(version)})
    assert port(found) == 8080
    assert "ENV ASPNETCORE_URLS=http://+:8080" in dockerfile(found)


def test_the_port_of_appsettings_wins(look: Look) -> None:
    found = look({"a.csproj": WEB.format("8.0"), "appsettings.json": '{"Urls": "http://+:8085"}'})
    assert port(found) == 8085
    assert not any(line.startswith("ENV ASPNETCORE_URLS") for line in dockerfile(found))


def test_a_project_with_its_own_assembly_name_starts_that(look: Look) -> None:
    project = "<Project><AssemblyName>Worker</AssemblyName></Project>"
    found = look({"my app/a b.csproj": project, "a.sln": ""})
    assert found.worker
    assert dockerfile(found)[-1] == 'CMD ["dotnet", "Worker.dll"]'
    assert any("dotnet publish 'my app/a b.csproj'" in line for line in dockerfile(found))


def test_reports_are_written_where_the_logger_is_there(look: Look) -> None:
    tests = "Microsoft.NET.Test.Sdk JunitXml.TestLogger"
    found = look({"a.csproj": WEB.format("8.0"), "t/t.csproj": tests, ".editorconfig": ""})
    assert "reports/unit.{assembly}.xml" in runs(found)["unit"]
    assert found.ecosystem.lint is not None


def test_a_second_web_project_is_told(look: Look) -> None:
    found = look({"a/a.csproj": WEB.format("8.0"), "b/b.csproj": WEB.format("8.0"), "x.sln": ""})
    assert found.notes == [
        "a/a.csproj is taken for the service; there are web projects beside: b/b.csproj"
    ]
