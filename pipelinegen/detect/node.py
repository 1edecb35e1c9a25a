"""Node: npm, yarn or pnpm."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from pipelinegen.detect import routes
from pipelinegen.detect.found import Command, Ecosystem
from pipelinegen.detect.parse import read_json, table, words
from pipelinegen.detect.repo import Fact, Repo

_WEB = ("express", "fastify", "koa", "@nestjs/core", "hapi", "@hapi/hapi", "next", "restify")
_BROWSERS = (
    "playwright", "@playwright/test", "cypress", "puppeteer", "selenium-webdriver", "testcafe",
    "nightwatch", "@wdio/cli",
)  # fmt: skip
_SUFFIXES = (".js", ".mjs", ".cjs", ".ts")
_CURRENT = 22
# https://nodejs.org/api/http.html : a server without a framework
_HTTP = re.compile(
    r"""\bfrom\s+['"](node:)?https?['"]|require\(['"](node:)?https?['"]\)|\bcreateServer\("""
)
# https://nodejs.org/api/test.html#test-reporters
_REPORTERS = (
    "--test-reporter=spec --test-reporter-destination=stdout "
    "--test-reporter=junit --test-reporter-destination=reports/unit.xml"
)


def look(repo: Repo) -> Ecosystem | None:
    """A Node service, if this is one."""
    if not repo.has("package.json"):
        return None
    package = table(read_json(repo.text("package.json")))
    if not package:
        return None
    manager, lock = _manager(repo, package)
    found = Ecosystem(
        language=f"Node with {manager.removesuffix('-berry')}",
        kind="node",
        because="package.json",
        caches=[manager.removesuffix("-berry")],
        versions={
            "manager": manager,
            "node": _version(repo, package),
            "lock": lock,
            "pnpm": _pnpm(repo, package),
        },
    )
    if words(package.get("name")):
        line = repo.find("package.json", r'"name"\s*:')
        found.name = Fact(package["name"], line.because if line else "package.json")
    scripts = {name: run for name, run in table(package.get("scripts")).items() if words(run)}
    wanted = {**table(package.get("dependencies")), **table(package.get("devDependencies"))}
    # Yarn 2 and later run nothing that was not installed in this very folder.
    prefix, run = ("yarn install --immutable && ", "yarn") if "berry" in manager else ("", manager)
    for script in ("lint", "build"):
        if script in scripts:
            setattr(found, script, Fact(f"{prefix}{run} run {script}", _line(repo, script)))
    _tests(repo, f"{prefix}{run}", scripts, wanted, found)
    found.web = any(name in wanted for name in _WEB) or any(
        _HTTP.search(repo.text(file)) for file in repo.sources(*_SUFFIXES)
    )
    found.port = routes.port(repo, *_SUFFIXES) or _port_of_script(repo, scripts)
    if found.port is None and "next" in wanted:
        found.port = Fact(3000, "the default of Next.js")
    found.versions |= {
        "build": "build" if "build" in scripts else "",
        "prepare": "prepare" if "prepare" in scripts else "",
        "command": _command(repo, package, scripts, found),
    }
    return found


def _manager(repo: Repo, package: dict[str, Any]) -> tuple[str, str]:
    """The package manager, and its lock file."""
    asked = words(package.get("packageManager")).partition("@")
    for name, lock in (("pnpm", "pnpm-lock.yaml"), ("yarn", "yarn.lock")):
        if repo.has(lock) or asked[0] == name:
            modern = repo.has(".yarnrc.yml") or "__metadata:" in repo.text("yarn.lock")
            berry = modern or re.match(r"[2-9]", asked[2])
            return f"{name}-berry" if name == "yarn" and berry else name, repo.has(lock) or ""
    return "npm", repo.has("package-lock.json", "npm-shrinkwrap.json") or ""


def _pnpm(repo: Repo, package: dict[str, Any]) -> str:
    """The pnpm that reads this lock file (https://github.com/pnpm/spec)."""
    asked = re.match(r"pnpm@(\d+(?:\.\d+)*)", words(package.get("packageManager")))
    lock = repo.find("pnpm-lock.yaml", r"^lockfileVersion:\s*'?(\d+)")
    known = {"5": "7", "6": "8", "9": "9"}
    return asked.group(1) if asked else known.get(lock.value if lock else "", "9")


def _tests(
    repo: Repo, run: str, scripts: dict[str, str], wanted: dict[str, Any], found: Ecosystem
) -> None:
    test = scripts.get("test", "")
    if test and "no test specified" not in test:
        command = Command(f"{run} test")
        if "node --test" in test and "--test-reporter" not in test:
            command = Command(f"mkdir -p reports && {run} test", env={"NODE_OPTIONS": _REPORTERS})
        found.tests["unit"] = Fact(command, _line(repo, "test"))
    browsers = any(name in wanted for name in _BROWSERS)
    for stage, names in {
        "integration": ("test:integration", "integration", *(() if browsers else _E2E)),
        "browsers": ("test:browsers", *(_E2E if browsers else ())),
        "system": ("test:system",),
    }.items():
        name = next((name for name in names if name in scripts), None)
        if name:
            docker = stage != "system"
            found.tests[stage] = Fact(Command(f"{run} run {name}", docker), _line(repo, name))


_E2E = ("test:e2e", "e2e")


def _line(repo: Repo, script: str) -> str:
    found = repo.find("package.json", rf'"{re.escape(script)}"\s*:\s*"')
    return found.because if found else "package.json"


def _version(repo: Repo, package: dict[str, Any]) -> str:
    """The major version that is asked for; for a lower bound, a current one."""
    pinned = repo.find(".nvmrc", r"^v?(\d+)") or repo.find(".node-version", r"^v?(\d+)")
    asked = words(table(package.get("engines")).get("node"))
    number = re.search(r"(\d{1,3})", asked)
    if pinned:
        return pinned.value
    if number is None:
        return str(_CURRENT)
    least = asked.lstrip().startswith(">") and "<" not in asked
    return str(max(_CURRENT, int(number.group(1)))) if least else str(int(number.group(1)))


def _port_of_script(repo: Repo, scripts: dict[str, str]) -> Fact[int] | None:
    """`next start -p 4000` and the like."""
    for name in ("start:prod", "start"):
        port = re.search(r"(?:-p|--port|PORT)[ =](\d{2,5})\b", scripts.get(name, ""))
        if port and int(port.group(1)) < 65536:
            return Fact(int(port.group(1)), _line(repo, name))
    return None


def _command(repo: Repo, package: dict[str, Any], scripts: dict[str, str], found: Ecosystem) -> str:
    """What starts the service, without a package manager between it and the signals."""
    kept = table(package.get("dependencies"))
    for name in ("start:prod", "start:production", "start"):
        split = _split(scripts.get(name, ""))
        if split and split[0] == "node" and not {"--watch", "nodemon"} & set(split):
            return json.dumps(split)
        if split and split[0] in kept:
            return json.dumps([f"node_modules/.bin/{split[0]}", *split[1:]])
    known = ("src/server.js", "server.js", "src/index.js", "index.js", "src/app.js", "app.js")
    main = words(package.get("main")) or repo.has(*known)
    # What `build` makes is not there yet.
    if main and (repo.has(main, f"{main}.js") or main.startswith(("dist/", "build/", "lib/"))):
        return json.dumps(["node", main])
    start = "start" in scripts
    found.notes.append(
        "Dockerfile: the command that starts the service was not seen: check CMD, "
        + ("which calls `npm run start`" if start else "which has only a guess")
    )
    return json.dumps(["npm", "run", "start"] if start else ["node", "index.js"])


def _split(script: str) -> list[str]:
    """A script's words; none where it needs a shell."""
    try:
        split = shlex.split(script)
    except ValueError:
        return []
    if split[:1] == ["cross-env"]:
        split = split[1:]
    while split and re.fullmatch(r"[A-Z_]+=[\w./-]*", split[0]):
        split = split[1:]
    return [] if re.search(r"[;&|<>$`*?\n]", script) else split
