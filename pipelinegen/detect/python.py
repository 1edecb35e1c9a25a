"""Python: pip, Poetry or uv."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from pipelinegen.detect import routes
from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.repo import Fact, Repo

_WEB = ("flask", "fastapi", "django", "starlette", "aiohttp", "sanic", "tornado", "bottle")
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "daphne")
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
    project = _pyproject(repo)
    tool = project.get("tool", {})
    wanted = _requirements(repo, project)
    runner, kind, cache = "", "python-pip", "pip"
    if "poetry" in tool:
        runner, kind, cache = "poetry run ", "python-poetry", "poetry"
    elif _is_uv(repo, project):
        runner, kind, cache = "uv run ", "python-uv", "uv"
    named = project.get("project", {}).get("name") or tool.get("poetry", {}).get("name")
    found = Ecosystem(
        language=f"Python with {cache}",
        kind=kind,
        because=file,
        name=Fact(named, "pyproject.toml") if isinstance(named, str) else None,
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
    if "ruff" in wanted or "ruff" in tool or repo.has("ruff.toml", ".ruff.toml"):
        found.lint = Fact(f"{runner}ruff check .", "ruff is set up")
    elif "flake8" in wanted or repo.has(".flake8"):
        found.lint = Fact(f"{runner}flake8", "flake8 is set up")
    _dockerfile_facts(repo, project, found, wanted)
    return found


def _pyproject(repo: Repo) -> dict[str, Any]:
    try:
        return tomllib.loads(repo.text("pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return {}


def _is_uv(repo: Repo, project: dict[str, Any]) -> bool:
    if repo.has("uv.lock") or "uv" in project.get("tool", {}):
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
    section = project.get("project", {})
    groups = [section.get("dependencies", [])]
    groups += section.get("optional-dependencies", {}).values()
    groups += project.get("dependency-groups", {}).values()
    lines += [item for group in groups for item in group if isinstance(item, str)]
    poetry = project.get("tool", {}).get("poetry", {})
    tables = [poetry, *poetry.get("group", {}).values()]
    lines += [name for table in tables for name in table.get("dependencies", {})]
    names = (re.match(r"\s*([A-Za-z0-9_.-]+)", line) for line in lines)
    return {match.group(1).lower() for match in names if match}


def _version(repo: Repo, project: dict[str, Any]) -> str:
    """The newest minor version that is asked for, or a current one."""
    pinned = repo.find(".python-version", r"^(3\.\d+)")
    if pinned:
        return pinned.value
    asked = str(project.get("project", {}).get("requires-python", ""))
    asked = asked or str(
        project.get("tool", {}).get("poetry", {}).get("dependencies", {}).get("python", "")
    )
    exact = re.search(r"(?:==|~=|^)\s*(3\.\d+)", asked)
    least = re.search(r"(?:>=|\^|>)\s*3\.(\d+)", asked)
    if exact:
        return exact.group(1)
    return f"3.{max(12, int(least.group(1)))}" if least else "3.12"


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


def _dockerfile_facts(
    repo: Repo, project: dict[str, Any], found: Ecosystem, wanted: set[str]
) -> None:
    """What the image has to install, copy and start."""
    packages = sorted(
        {file.split("/")[0] for file in repo.matching(r"^[^/]+/__init__\.py$")} - {"tests", "test"}
    )
    if repo.folders("src"):
        packages = ["src"]
    modules = [f for f in repo.files if re.fullmatch(r"(app|main|server|wsgi|asgi|worker)\.py", f)]
    found.versions["copies"] = " ".join([*packages, *modules]) or "."
    found.versions["requirements"] = repo.has("requirements.txt") or ""
    found.versions["dev"] = (
        repo.has("requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt")
        or repo.has("requirements/dev.txt", "test-requirements.txt")
        or ""
    )
    found.versions["lock"] = repo.has("poetry.lock", "uv.lock") or ""
    scripts = project.get("project", {}).get("scripts", {})
    port = found.port.value if found.port else 8000
    target = _application(repo)
    if scripts and not found.web:
        command = json.dumps([next(iter(scripts))])
    elif target and "uvicorn" in wanted:
        command = json.dumps(["uvicorn", target, "--host", "0.0.0.0", "--port", str(port)])
    elif target and "gunicorn" in wanted:
        command = json.dumps(["gunicorn", "--bind", f"0.0.0.0:{port}", target])
    elif modules:
        command = json.dumps(["python", modules[0]])
    elif runs := repo.search(repo.sources(".py"), r"^if __name__ == .__main__.:"):
        file = runs.because.rpartition(":")[0].removeprefix("src/").removesuffix(".py")
        command = json.dumps(["python", "-m", file.replace("/", ".").removesuffix(".__main__")])
    elif main := repo.matching(r"^(src/)?[^/]+/__main__\.py$"):
        command = json.dumps(["python", "-m", main[0].split("/")[-2]])
    else:
        command = json.dumps(["python", "-m", "app"])
        found.notes.append(
            "Dockerfile: the command that starts the service was not seen: check CMD"
        )
    found.versions["command"] = command


def _application(repo: Repo) -> str | None:
    """``module:name`` of the application object."""
    for file in repo.sources(".py"):
        match = re.search(
            r"^(\w+)\s*(?::[^=\n]+)?=\s*(?:Flask|FastAPI|Starlette|create_app|get_wsgi_application|"
            r"get_asgi_application|make_app)\b",
            repo.text(file),
            re.MULTILINE,
        )
        if match:
            module = file.removeprefix("src/").removesuffix(".py").replace("/", ".")
            return f"{module.removesuffix('.__init__')}:{match.group(1)}"
    return None
