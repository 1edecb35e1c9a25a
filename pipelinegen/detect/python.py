"""Python: pip, Poetry or uv."""

from __future__ import annotations

import re
from typing import Any

from pipelinegen.detect import python_image, routes
from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.parse import entries, read_toml, table, words
from pipelinegen.detect.repo import Fact, Repo

_WEB = ("flask", "fastapi", "django", "starlette", "aiohttp", "sanic", "tornado", "bottle")
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "daphne")
_CURRENT = 12
# The folders that teams keep their tests in, by the stage that they become.
_FOLDERS = {
    "unit": ("unit",),
    "integration": ("integration",),
    "browsers": ("browsers", "browser", "e2e", "ui"),
    "system": ("system",),
}


def look(repo: Repo) -> Ecosystem | None:
    """A Python service, if this is one."""
    file = repo.has("pyproject.toml", "requirements.txt", "setup.py", "Pipfile")
    if file is None or not repo.matching(r"\.py$"):
        return None
    project = read_toml(repo.text("pyproject.toml"))
    tool = table(project.get("tool"))
    wanted = _requirements(repo, project)
    runner, kind, cache = "", "python-pip", "pip"
    if "poetry" in tool:
        runner, kind, cache = "poetry run ", "python-poetry", "poetry"
    elif _is_uv(repo, project):
        runner, kind, cache = "uv run ", "python-uv", "uv"
    sections = (table(project.get("project")), table(tool.get("poetry")))
    named = next((name for part in sections if (name := words(part.get("name")))), None)
    found = Ecosystem(
        language=f"Python with {cache}",
        kind=kind,
        because=file,
        name=Fact(named, "pyproject.toml") if named else None,
        caches=[cache],
        versions={"python": _version(repo, project)},
    )
    framework = next((name for name in _WEB if name in wanted), None)
    found.web = framework is not None
    found.port = routes.port(repo, ".py", ".toml", "Procfile")
    if found.port is None and framework:
        default = 8000 if any(server in wanted for server in _SERVERS) else 5000
        found.port = Fact(default, f"the default of {framework}")
    found.tests = _tests(repo, runner)
    if repo.has("manage.py") and "django" in wanted and not _has_pytest(wanted):
        files = repo.matching(r"(^|/)(tests?(/.*)?|test_[^/]*)\.py$")
        command = Command(f"{runner}python manage.py test")
        found.tests = {"unit": Fact(command, files[0])} if files else {}
    if "ruff" in wanted or "ruff" in tool or repo.has("ruff.toml", ".ruff.toml"):
        found.lint = Fact(f"{runner}ruff check .", "ruff is set up")
    elif "flake8" in wanted or repo.has(".flake8"):
        found.lint = Fact(f"{runner}flake8", "flake8 is set up")
    python_image.look(repo, project, found, wanted)
    return found


def _has_pytest(wanted: set[str]) -> bool:
    return bool({"pytest", "pytest-django"} & wanted)


def _is_uv(repo: Repo, project: dict[str, Any]) -> bool:
    if repo.has("uv.lock") or "uv" in table(project.get("tool")):
        return True
    # Dependency groups and a pinned interpreter, and nothing of another tool.
    return (
        "dependency-groups" in project
        and repo.has(".python-version") is not None
        and repo.has("requirements.txt") is None
    )


def _requirements(repo: Repo, project: dict[str, Any]) -> set[str]:
    """The names of everything that is required, runtime and development."""
    lines: list[str] = []
    for file in repo.matching(r"^requirements[^/]*\.(txt|in)$|^requirements/[^/]+\.txt$|^Pipfile$"):
        lines += repo.text(file).splitlines()
    section = table(project.get("project"))
    groups = [section.get("dependencies")]
    groups += table(section.get("optional-dependencies")).values()
    groups += table(project.get("dependency-groups")).values()
    lines += [item for group in groups for item in entries(group) if isinstance(item, str)]
    poetry = table(table(project.get("tool")).get("poetry"))
    tables = [poetry, *map(table, table(poetry.get("group")).values())]
    old = "dev-dependencies"  # of Poetry before 1.2
    lines += [n for t in tables for key in ("dependencies", old) for n in table(t.get(key))]
    names = (re.match(r"[\s\"']*([A-Za-z0-9_.-]+)(.*)", line) for line in lines)
    found = {match.group(1).lower(): match.group(2) for match in names if match}
    # https://fastapi.tiangolo.com/#dependencies
    return {*found, *(["uvicorn"] if "[standard]" in found.get("fastapi", "") else [])}


def _version(repo: Repo, project: dict[str, Any]) -> str:
    """The newest minor version that is asked for, or a current one."""
    pinned = repo.find(".python-version", r"^(3\.\d+)")
    if pinned:
        return pinned.value
    asked = words(table(project.get("project")).get("requires-python"))
    poetry = table(table(project.get("tool")).get("poetry"))
    asked = asked or words(table(poetry.get("dependencies")).get("python"))
    exact = re.search(r"(?:==|~=|~|^)\s*(3\.\d{1,2})", asked)
    least = re.search(r"(?:>=|\^|>)\s*3\.(\d{1,2})", asked)
    below = re.search(r"<\s*3\.(\d{1,2})\b", asked)
    if exact:
        return exact.group(1)
    newest = max(_CURRENT, int(least.group(1))) if least else _CURRENT
    return f"3.{min(newest, int(below.group(1)) - 1) if below else newest}"


def _tests(repo: Repo, runner: str) -> dict[str, Fact[Command]]:
    tops = [top for top in ("tests", "test") if repo.folders(top)]
    found: dict[str, Fact[Command]] = {}
    for top in tops:
        for stage, names in _FOLDERS.items():
            for name in names:
                if stage not in found and repo.folders(f"{top}/{name}"):
                    docker = stage in ("integration", "browsers")
                    command = Command(f"{runner}pytest {top}/{name}", docker)
                    found[stage] = Fact(command, f"{top}/{name}/")
        if not found and repo.matching(rf"^{top}/.*test.*\.py$"):
            found["unit"] = Fact(Command(f"{runner}pytest"), f"{top}/")
    if not found and (files := repo.matching(r"(^|/)test_[^/]*\.py$")):
        found["unit"] = Fact(Command(f"{runner}pytest"), files[0])
    return found
