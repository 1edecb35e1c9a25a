""".NET."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.repo import Fact, Repo


def look(repo: Repo) -> Ecosystem | None:
    """A .NET service, if this is one."""
    projects = repo.matching(r"\.(cs|fs)proj$")
    if not projects:
        return None
    tests = [p for p in projects if "Microsoft.NET.Test.Sdk" in repo.text(p)]
    own = [p for p in projects if p not in tests]
    main = next((p for p in own if "Microsoft.NET.Sdk.Web" in repo.text(p)), (own or projects)[0])
    solution = next(iter(repo.matching(r"\.slnx?$")), None)
    version = re.search(r"<TargetFrameworks?>net(\d+\.\d+)", repo.text(main))
    dotnet = version.group(1) if version else "8.0"
    name = PurePosixPath(main).stem
    found = Ecosystem(
        language=f".NET {dotnet}",
        kind="dotnet",
        because=main,
        name=Fact(name.lower(), main),
        caches=["nuget"],
        versions={"dotnet": dotnet, "project": main, "assembly": _assembly(repo, main)},
    )
    found.build = Fact("dotnet build", solution or main)
    if tests:
        command = Command("dotnet test")
        if any("JunitXml.TestLogger" in repo.text(p) for p in tests):
            run = 'dotnet test --logger "junit;LogFilePath=$PWD/reports/unit.{assembly}.xml"'
            command = Command(run)
        found.tests["unit"] = Fact(command, tests[0])
    if repo.has(".editorconfig"):
        found.lint = Fact("dotnet format --verify-no-changes", ".editorconfig")
    found.web = "Microsoft.NET.Sdk.Web" in repo.text(main)
    folder = main.rsplit("/", 1)[0] + "/" if "/" in main else ""
    settings = [f"{folder}appsettings.json", f"{folder}Properties/launchSettings.json"]
    port = repo.search(settings, r'"(?:Urls?|applicationUrl)"\s*:\s*"http://[^":]*:(\d+)')
    if port:
        found.port = Fact(int(port.value), port.because)
    elif found.web:
        # https://learn.microsoft.com/dotnet/core/compatibility/containers/8.0/aspnet-port
        found.port = Fact(8080, "the default of ASP.NET's images")
    return found


def _assembly(repo: Repo, project: str) -> str:
    named = re.search(r"<AssemblyName>([^<]+)</AssemblyName>", repo.text(project))
    return named.group(1) if named else PurePosixPath(project).stem
