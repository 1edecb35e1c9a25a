"""Go modules."""

from __future__ import annotations

import re

from pipelinegen.detect import routes
from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.repo import Fact, Repo

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
        versions={"go": version.value if version else "1.24", "package": package},
        lint=Fact("go vet ./...", "go.mod"),
    )
    if repo.has(".golangci.yml", ".golangci.yaml"):
        found.lint = Fact("golangci-lint run", ".golangci.yml")
    tests = repo.matching(r"_test\.go$")
    if tests:
        # The template's test target has gotestsum, which writes the reports.
        found.tests["unit"] = Fact(Command("go test ./..."), tests[0])
    sources = repo.sources(".go")
    found.web = any(name in repo.text(file) for file in sources for name in _WEB)
    found.port = routes.port(repo, ".go")
    return found
