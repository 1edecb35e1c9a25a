"""What the image of a Python service has to install, copy and start."""

from __future__ import annotations

import json
import re
from typing import Any

from pipelinegen.detect.found import Ecosystem
from pipelinegen.detect.parse import entries, table
from pipelinegen.detect.repo import Fact, Repo

# What stands beside the code and is no part of what runs.
_BESIDE = re.compile(
    r"tests?|docs?|spec|e2e|ci|k8s|kubernetes|kube|manifests|deploy|deployment|charts?|helm|docker"
    r"|scripts?|tools|bench(marks)?|examples?|reports|requirements|notebooks|.*\.egg-info"
)
_NO_MODULE = re.compile(r"(setup|conftest|noxfile|tasks|fabfile|test_.*|.*_test)\.py")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_APPLICATION = re.compile(
    r"^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)?"
    r"(?:Flask|FastAPI|Starlette|Sanic|Quart|Bottle|create_app|make_app)\b",
    re.MULTILINE,
)
_MAKER = re.compile(r"^def (create_app|make_app)\(([^)]*)\)", re.MULTILINE)
_DEV = (
    "requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "requirements/dev.txt",
    "requirements-test.txt", "requirements_test.txt", "test-requirements.txt",
    "requirements/test.txt", "requirements/tests.txt",
)  # fmt: skip
_GROUPS = ("test", "tests", "testing", "dev", "development")


def look(repo: Repo, project: dict[str, Any], found: Ecosystem, wanted: set[str]) -> None:
    """Complete ``found`` with it."""
    section = table(project.get("project"))
    requirements = repo.has("requirements.txt", "requirements/base.txt", "requirements/prod.txt")
    extras = [g for g in _GROUPS if g in table(section.get("optional-dependencies"))]
    groups = [g for g in _GROUPS if g in table(project.get("dependency-groups"))]
    found.versions |= {
        "copies": "\n".join(_copies(repo)),
        "source": "src" if repo.folders("src") else "",
        "requirements": requirements or "",
        "dev": repo.has(*_DEV) or "",
        "extras": json.dumps(extras) if extras else "",
        "groups": " ".join(f"--group {group}" for group in groups),
        "tools": " ".join(_tools(found)),
        "lock": repo.has("poetry.lock", "uv.lock") or "",
        # Read from the file, so that they are installed before the source is copied.
        "declared": "declared" if _declares(section, found.versions["python"]) else "",
        "pipenv": repo.has("Pipfile") or "",
        "installs": "yes" if "build-system" in project or section or repo.has("setup.py") else "",
    }
    found.versions["command"] = json.dumps(_command(repo, section, found, wanted))


def _declares(section: dict[str, Any], python: str) -> bool:
    dynamic = {"dependencies", "optional-dependencies"} & set(
        map(str, entries(section.get("dynamic")))
    )
    reads_toml = int(python.partition(".")[2]) >= 11
    return bool(entries(section.get("dependencies"))) and not dynamic and reads_toml


def _tools(found: Ecosystem) -> list[str]:
    """The tools that the stages call."""
    runs = [command.value.run for command in found.tests.values()]
    tools = ["pytest"] if any("pytest" in run for run in runs) else []
    return tools + [t for t in ("ruff", "flake8") if found.lint and t in found.lint.value]


def _copies(repo: Repo) -> list[str]:
    """The arguments of COPY, line by line: a folder each, and all modules together."""
    if repo.folders("src"):
        return ["src ./src/"]
    tops = sorted({file.split("/")[0] for file in repo.files if "/" in file})
    folders = [top for top in tops if not _BESIDE.fullmatch(top)]
    modules = [f for f in repo.files if f.endswith(".py") and "/" not in f]
    modules = [f for f in modules if not _NO_MODULE.fullmatch(f)]
    modules += [f for f in ("alembic.ini",) if repo.has(f)]
    odd = any(not _NAME.fullmatch(name) for name in [*folders, *modules])
    if odd or not (folders or modules) or len(folders) > 12 or len(modules) > 12:
        return [". ."]
    copies = [f"{folder} ./{folder}/" for folder in folders]
    return [*copies, " ".join([*modules, "./"])] if modules else copies


def _command(repo: Repo, section: dict[str, Any], found: Ecosystem, wanted: set[str]) -> list[str]:
    """What starts the service; a note where it is not what an expert would start."""
    port = found.port.value if found.port else 8000
    bind = f"0.0.0.0:{port}"
    scripts = table(section.get("scripts"))
    if scripts and not found.web:
        return [next(iter(scripts))]
    wsgi, asgi = _django(repo, "wsgi"), _django(repo, "asgi")
    target, factory = _application(repo)
    if wsgi and "gunicorn" in wanted:
        return ["gunicorn", "--bind", bind, wsgi]
    for server in ("uvicorn", "hypercorn", "daphne"):
        if asgi and server in wanted:
            return _asgi(server, asgi, port)
    if repo.has("manage.py") and "django" in wanted:
        found.notes.append(_development("Django", "gunicorn"))
        # Its reloader would run the service twice.
        return ["python", "manage.py", "runserver", "--noreload", bind]
    if target and "flask" not in wanted:
        for server in ("uvicorn", "hypercorn"):
            if server in wanted:
                return [*_asgi(server, target, port), *(["--factory"] if factory else [])]
    if target and "gunicorn" in wanted:
        return ["gunicorn", "--bind", bind, f"{target}()" if factory else target]
    if target and "flask" in wanted:
        found.notes.append(_development("Flask", "gunicorn"))
        module = target.partition(":")[0] if factory or target.endswith((":app",)) else target
        return ["flask", "--app", module, "run", "--host", "0.0.0.0", "--port", str(port)]
    return _script(repo, found)


def _asgi(server: str, target: str, port: int) -> list[str]:
    match server:
        case "hypercorn":
            return ["hypercorn", "--bind", f"0.0.0.0:{port}", target]
        case "daphne":
            return ["daphne", "--bind", "0.0.0.0", "--port", str(port), target]
    return ["uvicorn", target, "--host", "0.0.0.0", "--port", str(port)]


def _development(framework: str, server: str) -> str:
    return (
        f"Dockerfile: CMD starts {framework}'s development server, since no other is required: "
        f"add {server} to what is required, and start that"
    )


def _script(repo: Repo, found: Ecosystem) -> list[str]:
    """A script or a module that runs by itself."""
    guarded = _guarded(repo)
    starts = [f for f in repo.files if re.fullmatch(r"(app|main|server|worker|run)\.py", f)]
    if guarded and "/" not in guarded.value and guarded.value in starts:
        return ["python", guarded.value]
    if starts:
        return ["python", starts[0]]
    if guarded:
        file = guarded.value.removeprefix("src/").removesuffix(".py")
        return ["python", "-m", file.replace("/", ".").removesuffix(".__main__")]
    if main := repo.matching(r"^(src/)?[^/]+/__main__\.py$"):
        return ["python", "-m", main[0].split("/")[-2]]
    found.notes.append(
        "Dockerfile: the command that starts the service was not seen: write it into CMD"
    )
    return ["python", "-m", "app"]


def _guarded(repo: Repo) -> Fact[str] | None:
    files = [f for f in repo.sources(".py") if f not in ("manage.py", "setup.py")]
    found = repo.search(files, r"^if __name__ == .__main__.:")
    return Fact(found.because.rpartition(":")[0], found.because) if found else None


def _django(repo: Repo, kind: str) -> str | None:
    for file in repo.matching(rf"(^|/){kind}\.py$"):
        if f"get_{kind}_application" in repo.text(file):
            return f"{_module(file)}:application"
    return None


def _application(repo: Repo) -> tuple[str | None, bool]:
    """``module:name`` of the application object, and whether it is a function that makes one."""
    for file in repo.sources(".py"):
        if match := _APPLICATION.search(repo.text(file)):
            return f"{_module(file)}:{match.group(1)}", False
    for file in repo.sources(".py"):
        match = _MAKER.search(repo.text(file))
        # A server calls it without arguments.
        if match and all("=" in part for part in match.group(2).split(",") if part.strip(" *\n")):
            return f"{_module(file)}:{match.group(1)}", True
    return None, False


def _module(file: str) -> str:
    module = file.removeprefix("src/").removesuffix(".py").replace("/", ".")
    return module.removesuffix(".__init__")
