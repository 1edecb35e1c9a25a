"""Go modules."""

from __future__ import annotations

import re
import shlex

from pipelinegen.detect import routes
from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.repo import Fact, Repo

# Folders that a service reads while it runs.
_DATA = ("templates", "static", "public", "assets", "web", "views", "migrations", "locales")
_WEB = ("net/http", "gin-gonic/gin", "labstack/echo", "gofiber/fiber", "go-chi/chi", "gorilla/mux")


def look(repo: Repo) -> Ecosystem | None:
    """A Go service, if this is one."""
    module = repo.find("go.mod", r"^module\s+(\S+)")
    if module is None:
        return None
    version = repo.find("go.mod", r"^go\s+(\d+\.\d+)")
    mains = [f for f in repo.sources(".go") if re.search(r"^func main\(\)", repo.text(f), re.M)]
    package = "./" + mains[0].rsplit("/", 1)[0] if mains and "/" in mains[0] else "."
    last = re.sub(r"/v\d+$", "", module.value).rsplit("/", 1)[-1]
    found = Ecosystem(
        language=f"Go {version.value if version else ''}".strip(),
        kind="go",
        because="go.mod",
        name=Fact(last, module.because),
        caches=["go"],
        versions={
            "go": _image_version(version.value if version else "1.24"),
            "package": shlex.quote(package),
            "linter": "",
            "data": " ".join(folder for folder in _DATA if repo.folders(folder)),
        },
        lint=Fact("go vet ./...", "go.mod"),
    )
    linter = repo.has(".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")
    if linter:
        found.lint = Fact("golangci-lint run", linter)
        second = re.search(r"""^\W*version\W+2\b""", repo.text(linter), re.MULTILINE)
        found.versions["linter"] = "v2.1.6" if second else "v1.64.8"
    if len(mains) > 1:
        others = ", ".join(mains[1:])
        found.notes.append(f"{mains[0]} is taken for the service; there are others: {others}")
    tests = repo.matching(r"_test\.go$")
    if tests:
        # The template's test target has gotestsum, which writes the reports.
        found.tests["unit"] = Fact(Command("go test ./..."), tests[0])
    sources = repo.sources(".go")
    found.web = any(name in repo.text(file) for file in sources for name in _WEB)
    found.port = routes.port(repo, ".go")
    return found


def _image_version(asked: str) -> str:
    """The toolchain of the image; a newer one builds older modules, and gotestsum needs 1.22."""
    major, minor = map(int, asked.split("."))
    return f"{major}.{max(minor, 22)}"
