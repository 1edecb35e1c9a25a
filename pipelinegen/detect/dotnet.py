""".NET."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import PurePosixPath

from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.repo import Fact, Repo

# What `dotnet restore` reads beside the projects.
_SETTINGS = r"^(Directory\.(Build|Packages)\.props|nuget\.config|NuGet\.Config|global\.json)$"


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
    port = _port(repo, main)
    plain = all(re.fullmatch(r"[\w./-]+", project, re.ASCII) for project in own)
    found = Ecosystem(
        language=f".NET {dotnet}",
        kind="dotnet",
        because=main,
        name=Fact(PurePosixPath(main).stem, main),
        caches=["nuget"],
        versions={
            "dotnet": dotnet,
            "listen": "",
            "project": shlex.quote(main),
            "assembly": json.dumps(f"{_assembly(repo, main)}.dll"),
            "projects": " ".join(own) if plain else "",
            "settings": " ".join(repo.matching(_SETTINGS)),
        },
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
    if found.web:
        # Without a setting, ASP.NET's images of 8.0 and later say 8080, and earlier ones 80, which
        # only root may open: the Dockerfile sets it for both.
        found.port = port or Fact(8080, "the default of ASP.NET's images")
        found.versions["listen"] = "" if port else "8080"
    webs = [p for p in own if "Microsoft.NET.Sdk.Web" in repo.text(p)]
    if len(webs) > 1:
        others = ", ".join(webs[1:])
        found.notes.append(
            f"{main} is taken for the service; there are web projects beside: {others}"
        )
    return found


def _port(repo: Repo, project: str) -> Fact[int] | None:
    """The port of appsettings.json; launchSettings.json holds only on a developer's machine."""
    folder = project.rsplit("/", 1)[0] + "/" if "/" in project else ""
    pattern = r'"(?:Urls?)"\s*:\s*"http://[^":]*:(\d{1,5})\b'
    port = repo.search([f"{folder}appsettings.json"], pattern)
    return Fact(int(port.value), port.because) if port and 0 < int(port.value) < 65536 else None


def _assembly(repo: Repo, project: str) -> str:
    named = re.search(r"<AssemblyName>([^<]+)</AssemblyName>", repo.text(project))
    return named.group(1) if named else PurePosixPath(project).stem
