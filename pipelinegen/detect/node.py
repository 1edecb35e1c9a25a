"""Node: npm, yarn or pnpm."""

from __future__ import annotations

import json
import re
from typing import Any

from pipelinegen.detect import routes
from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.repo import Fact, Repo

_WEB = ("express", "fastify", "koa", "@nestjs/core", "hapi", "@hapi/hapi", "next", "restify")
_SUFFIXES = (".js", ".mjs", ".cjs", ".ts")


def look(repo: Repo) -> Ecosystem | None:
    """A Node service, if this is one."""
    if not repo.has("package.json"):
        return None
    try:
        package: dict[str, Any] = json.loads(repo.text("package.json"))
    except ValueError:
        return None
    if not isinstance(package, dict):
        return None
    manager = "pnpm" if repo.has("pnpm-lock.yaml") else "yarn" if repo.has("yarn.lock") else "npm"
    found = Ecosystem(
        language=f"Node with {manager}",
        kind="node",
        because="package.json",
        caches=[manager],
        versions={
            "manager": manager,
            "node": _version(repo, package),
            "lock": repo.has("package-lock.json", "yarn.lock", "pnpm-lock.yaml") or "",
        },
    )
    if isinstance(package.get("name"), str):
        line = repo.find("package.json", r'"name"\s*:')
        found.name = Fact(package["name"], line.because if line else "package.json")
    scripts = package.get("scripts", {})
    for script, stage in (("lint", "lint"), ("build", "build")):
        if script in scripts:
            command = Fact(f"{manager} run {script}", _line(repo, script))
            setattr(found, stage, command)
    _tests(repo, manager, scripts, found)
    wanted = {**package.get("dependencies", {}), **package.get("devDependencies", {})}
    sources = repo.sources(*_SUFFIXES)
    found.web = any(name in wanted for name in _WEB) or any(
        re.search(
            r"""\bfrom\s+['"](node:)?http['"]|require\(['"](node:)?http['"]\)""", repo.text(f)
        )
        for f in sources
    )
    found.port = routes.port(repo, *_SUFFIXES)
    found.versions["command"] = _command(repo, package)
    return found


def _tests(repo: Repo, manager: str, scripts: dict[str, Any], found: Ecosystem) -> None:
    run = f"{manager} test" if manager != "npm" else "npm test"
    test = str(scripts.get("test", ""))
    if test and "no test specified" not in test:
        command = Command(run)
        if "node --test" in test and "--test-reporter" not in test:
            # https://nodejs.org/api/test.html#test-reporters
            options = (
                "--test-reporter=spec --test-reporter-destination=stdout "
                "--test-reporter=junit --test-reporter-destination=reports/unit.xml"
            )
            command = Command(f"mkdir -p reports && {run}", env={"NODE_OPTIONS": options})
        found.tests["unit"] = Fact(command, _line(repo, "test"))
    for stage, names in {
        "integration": ("test:integration", "integration"),
        "browsers": ("test:e2e", "e2e", "test:browsers"),
        "system": ("test:system",),
    }.items():
        name = next((name for name in names if name in scripts), None)
        if name:
            docker = stage != "system"
            found.tests[stage] = Fact(Command(f"{manager} run {name}", docker), _line(repo, name))


def _line(repo: Repo, script: str) -> str:
    found = repo.find("package.json", rf'"{re.escape(script)}"\s*:')
    return found.because if found else "package.json"


def _version(repo: Repo, package: dict[str, Any]) -> str:
    pinned = repo.find(".nvmrc", r"v?(\d+)")
    asked = re.search(r"(\d+)", str(package.get("engines", {}).get("node", "")))
    return pinned.value if pinned else asked.group(1) if asked else "22"


def _command(repo: Repo, package: dict[str, Any]) -> str:
    start = re.fullmatch(r"node ([\w./-]+)", str(package.get("scripts", {}).get("start", "")))
    main = start.group(1) if start else package.get("main")
    main = main or repo.has(
        "src/server.js", "server.js", "src/index.js", "index.js", "dist/main.js"
    )
    return json.dumps(["node", str(main or "index.js")])
